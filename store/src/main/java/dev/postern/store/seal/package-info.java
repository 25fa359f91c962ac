@NullMarked
package dev.postern.store.seal;

import org.jspecify.annotations.NullMarked;
