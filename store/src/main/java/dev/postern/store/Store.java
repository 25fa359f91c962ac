package dev.postern.store;

import dev.postern.store.auth.AppPasswords;
import dev.postern.store.auth.Users;
import dev.postern.store.auth.Verifier;
import dev.postern.store.seal.SecretBox;
import java.util.function.Consumer;

/**
 * An open store: the database, its cache and its change feed. Made by {@code StoreOpener}; closing
 * it ends its threads and connections.
 */
public interface Store extends AutoCloseable {

  Users users();

  AppPasswords appPasswords();

  Verifier verifier();

  SecretBox secretBox();

  /**
   * Tells {@code listener} the id of each user whose rows changed on any node, after this node's
   * cache has forgotten them; called on the feed's thread, within a second of the commit, and again
   * for every user in the cache ({@code "*"}) after the feed lost its place. Must return quickly.
   */
  void onUserChanged(Consumer<String> listener);

  /** Counters of cache and pool for metrics; cheap. */
  StoreStatistics statistics();

  /**
   * Asks the database for an answer, for at most two seconds; for health checks, never on an event
   * loop.
   */
  boolean isDatabaseUp();

  @Override
  void close();
}
