package dev.postern.store.testing;

import dev.postern.store.Actor;
import dev.postern.store.Channel;
import dev.postern.store.StoreConfig;
import dev.postern.store.auth.NewAppPassword;
import dev.postern.store.auth.Scope;
import dev.postern.store.auth.Secret;
import dev.postern.store.integrity.RowChecks;
import dev.postern.store.integrity.RowSignatures;
import dev.postern.store.integrity.SeenVersions;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Configurations and values that tests have in common. */
public final class TestConfig {
  public static final Actor ACTOR = new Actor("tester", "admin", Channel.CLI);

  public static final StoreConfig.AppPasswordRules RULES =
      new StoreConfig.AppPasswordRules(
          40, 16, Optional.empty(), Optional.empty(), Optional.empty());

  private TestConfig() {}

  /** A store over that database with keys that are the same at each call. */
  public static StoreConfig of(StoreConfig.Database database) {
    return of(database, RULES, Duration.ofMinutes(15));
  }

  public static StoreConfig of(
      StoreConfig.Database database, StoreConfig.AppPasswordRules rules, Duration grace) {
    return new StoreConfig(
        database,
        List.of(key("p1", 1)),
        List.of(key("s1", 101)),
        List.of(),
        rules,
        grace,
        StoreConfig.AuditRules.DEFAULTS);
  }

  /** A key whose bytes follow from {@code seed}. */
  public static StoreConfig.Key key(String id, int seed) {
    byte[] bytes = new byte[StoreConfig.Key.LENGTH];
    for (int i = 0; i < bytes.length; i++) {
      bytes[i] = (byte) (seed + 7 * i);
    }
    return new StoreConfig.Key(id, Secret.owning(bytes));
  }

  /** An app password for reading and sending. */
  public static NewAppPassword spec(String label) {
    return new NewAppPassword(
        label,
        Set.of(Scope.IMAP, Scope.SUBMISSION),
        Optional.empty(),
        Optional.empty(),
        List.of(),
        Optional.empty());
  }

  /** Checks and signs rows like a store with {@link #of}; raises no alarm. */
  public static RowChecks rowChecks() {
    return new RowChecks(
        new RowSignatures(List.of(), List.of(key("s1", 101))),
        new SeenVersions(1),
        (_, _, _) -> {});
  }
}
