package dev.postern.store;

import dev.postern.store.auth.Secret;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * What the store needs to open.
 *
 * @param pepper keys for the keyed digest of app passwords, newest last, at least one
 * @param sealingKeys keys for sealed secrets, newest last, at least one
 * @param databaseGrace how long rows in the cache go on serving while the database is down
 */
public record StoreConfig(
    Database database,
    List<Key> pepper,
    List<Key> sealingKeys,
    AppPasswordRules appPasswords,
    Duration databaseGrace) {

  public StoreConfig {
    pepper = List.copyOf(pepper);
    sealingKeys = List.copyOf(sealingKeys);
  }

  /** Where the data is. */
  public sealed interface Database {
    /** One file, made if missing; for a single node. */
    record Sqlite(Path file) implements Database {}

    /**
     * A server.
     *
     * @param url {@code postgresql://USER@HOST[:PORT]/DATABASE[?sslmode=…]}; beyond loopback {@code
     *     sslmode} is {@code verify-full} and nothing else is taken
     */
    record Postgres(URI url, Optional<Secret> password) implements Database {}
  }

  /**
   * A named key of 32 bytes.
   *
   * @param id 1–32 letters, digits, hyphens; stored beside every value made with the key
   */
  public record Key(String id, Secret bytes) {}

  /**
   * Policy of the site for new app passwords.
   *
   * @param limit most active ones a user may have, 1–1000
   * @param length characters, 16–32
   * @param expiresAfter empty: never
   * @param idleExpiresAfter empty: never
   * @param unusedExpiresAfter ends those that were never used at all; empty: never
   */
  public record AppPasswordRules(
      int limit,
      int length,
      Optional<Duration> expiresAfter,
      Optional<Duration> idleExpiresAfter,
      Optional<Duration> unusedExpiresAfter) {}
}
