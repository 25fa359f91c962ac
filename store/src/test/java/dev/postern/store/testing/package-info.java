/** What tests of this and other modules need: real databases and configurations for them. */
@NullMarked
package dev.postern.store.testing;

import org.jspecify.annotations.NullMarked;
