/**
 * The keys outside the database: which are held, which one is active, and how one is replaced and
 * ended. The database keeps a signed ring of them, so that it cannot choose.
 */
@NullMarked
package dev.postern.store.keys;

import org.jspecify.annotations.NullMarked;
