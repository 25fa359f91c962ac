/**
 * The database cannot lie: every row that decides about a login carries a signature over all it
 * means, and a version that only counts up.
 */
@NullMarked
package dev.postern.store.integrity;

import org.jspecify.annotations.NullMarked;
