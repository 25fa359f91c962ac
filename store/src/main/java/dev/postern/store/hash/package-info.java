/**
 * Hashes that are slow on purpose, and the threads that may compute them. Read {@link
 * dev.postern.store.hash.SlowHash} (what other systems store and how it is bounded), {@link
 * dev.postern.store.hash.Hardening} (our own memory-hard form), {@link
 * dev.postern.store.hash.SlowPool} (who gets a turn, and when nobody does).
 *
 * <p>Pure: no database, no network, no clock that is not given. Bouncy Castle is used by its
 * low-level classes and never registered as a provider.
 */
@NullMarked
package dev.postern.store.hash;

import org.jspecify.annotations.NullMarked;
