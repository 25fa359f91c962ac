/**
 * What tests of this and other modules need: real databases and configurations for them, and free
 * ports.
 */
@NullMarked
package dev.postern.store.testing;

import org.jspecify.annotations.NullMarked;
