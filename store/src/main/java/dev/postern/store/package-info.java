/**
 * Who may log in. {@link dev.postern.store.Store} is the only way in, {@link
 * dev.postern.store.StoreConfig} all it is told; a refusal is a {@link
 * dev.postern.store.RefusedException}, a database that cannot be had a {@link
 * dev.postern.store.StoreException}.
 *
 * <p>Inside: {@code auth} (verification), {@code hash} (slow hashes), {@code seal} (secrets at
 * rest), {@code sql} (databases).
 */
@NullMarked
package dev.postern.store;

import org.jspecify.annotations.NullMarked;
