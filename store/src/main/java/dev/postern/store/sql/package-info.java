/**
 * The database behind the store: SQLite and PostgreSQL through the same statements.
 *
 * <p>Read {@link dev.postern.store.sql.Database} (connections), {@link
 * dev.postern.store.sql.Writes} (every change is one transaction that also numbers the change),
 * {@link dev.postern.store.sql.ChangeFeed} (how other processes learn of it).
 */
@NullMarked
package dev.postern.store.sql;

import org.jspecify.annotations.NullMarked;
