package dev.postern.store.sql;

import dev.postern.store.StoreConfig;
import dev.postern.store.auth.Secret;
import dev.postern.store.integrity.RowChecks;
import dev.postern.store.integrity.RowSignatures;
import dev.postern.store.integrity.SeenVersions;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** A store with keys that are the same each time, so that rows can be signed before it is open. */
public final class BenchConfig {
  /** The key of the keyed digest. */
  public static final StoreConfig.Key PEPPER = key("p1", 1);

  /** The key that seals, and from which the one for signatures comes. */
  static final StoreConfig.Key SEALING = key("s1", 101);

  private BenchConfig() {}

  /** A store over that database. */
  public static StoreConfig of(StoreConfig.Database database) {
    return new StoreConfig(
        database,
        List.of(PEPPER),
        List.of(SEALING),
        List.of(),
        new StoreConfig.AppPasswordRules(
            40, 16, Optional.empty(), Optional.empty(), Optional.empty()),
        Duration.ofMinutes(15),
        StoreConfig.AuditRules.DEFAULTS);
  }

  /** Signs rows like such a store; raises no alarm. */
  static RowChecks rowChecks() {
    return new RowChecks(
        new RowSignatures(List.of(), List.of(SEALING)), new SeenVersions(1), (_, _, _) -> {});
  }

  private static StoreConfig.Key key(String id, int seed) {
    byte[] bytes = new byte[StoreConfig.Key.LENGTH];
    for (int i = 0; i < bytes.length; i++) {
      bytes[i] = (byte) (seed + 7 * i);
    }
    return new StoreConfig.Key(id, Secret.owning(bytes));
  }
}
