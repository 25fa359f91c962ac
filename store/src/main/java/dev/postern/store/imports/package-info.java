/** Secrets that another mail system has stored, taken over as the hashes they are. */
@NullMarked
package dev.postern.store.imports;

import org.jspecify.annotations.NullMarked;
