/**
 * Who may log in. {@link dev.postern.store.Store} is the only way in, {@link
 * dev.postern.store.StoreConfig} all it is told; a refusal is a {@link
 * dev.postern.store.RefusedException}, a database that cannot be had a {@link
 * dev.postern.store.StoreException}.
 *
 * <p>Inside: {@code auth} (verification), {@code access} (the admin API's tokens), {@code guard}
 * (guessing, networks), {@code policy} (the site's own say), {@code session} (who is inside),
 * {@code audit} (what happened), {@code event} (whom it is told), {@code hash} (slow hashes),
 * {@code imports} (those of other systems), {@code seal} (secrets at rest), {@code integrity}
 * (signed rows), {@code keys} (their replacement), {@code sql} (databases).
 */
@NullMarked
package dev.postern.store;

import org.jspecify.annotations.NullMarked;
