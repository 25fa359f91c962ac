package dev.postern.store.sql;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.postern.store.Store;
import dev.postern.store.StoreConfig;
import dev.postern.store.StoreException;
import dev.postern.store.audit.SignIns;
import dev.postern.store.auth.AppPasswordShape;
import dev.postern.store.auth.Attempt;
import dev.postern.store.auth.AuthOutcome;
import dev.postern.store.auth.AuthOutcome.Accepted;
import dev.postern.store.auth.IssuedAppPassword;
import dev.postern.store.auth.Protection;
import dev.postern.store.auth.RejectReason;
import dev.postern.store.auth.Scope;
import dev.postern.store.testing.LogLines;
import dev.postern.store.testing.TestConfig;
import java.net.InetAddress;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * A database that answers and takes nothing more: whoever has an app password logs in, cached or
 * not; what would be written waits; whoever wants to change something is told why not; and the log
 * says so once, not once a login.
 */
abstract class UnwritableDatabaseContract extends StoreContract {
  private static final int STRANGERS = 20;
  private static final Duration FLUSHED = Duration.ofSeconds(20);

  private final List<IssuedAppPassword> strangers = new ArrayList<>();
  private Optional<IssuedAppPassword> known = Optional.empty();
  private Optional<SqlStore> opened = Optional.empty();

  /** Nothing can be written from now on, by that store at least. */
  abstract void stopWriting(SqlStore store);

  abstract void letWriteAgain(SqlStore store);

  /** What an operator is told. */
  abstract String words();

  @BeforeEach
  void openWithAliceInTheCache() {
    Store before = open();
    add(before, ALICE);
    known = Optional.of(create(before, ALICE));
    for (int i = 0; i < STRANGERS; i++) {
      add(before, stranger(i));
      strangers.add(create(before, stranger(i)));
    }
    before.close();
    opened =
        Optional.of(
            SqlStore.open(
                TestConfig.of(database), false, clock, System::nanoTime, new SecureRandom()));
    store().joinAsNode("mx1");
    assertThat(verify(ALICE, alices())).isInstanceOf(Accepted.class);
    await().atMost(FLUSHED).until(() -> attempts() == 1);
  }

  @AfterEach
  void close() {
    opened.ifPresent(SqlStore::close);
  }

  private SqlStore store() {
    return opened.orElseThrow();
  }

  private IssuedAppPassword alices() {
    return known.orElseThrow();
  }

  private static String stranger(int i) {
    return "stranger" + i + "@example.com";
  }

  private AuthOutcome verify(String name, IssuedAppPassword issued) {
    return store()
        .verifier()
        .verify(
            new Attempt(
                name,
                AppPasswordShape.grouped(issued.secret()),
                Scope.IMAP,
                Protection.TLS_1_3,
                "plain",
                InetAddress.getLoopbackAddress(),
                "test"))
        .toCompletableFuture()
        .join();
  }

  private long attempts() {
    return store().signIns().list(SignIns.Query.ALL, Optional.empty(), 1000).stream()
        .mapToLong(SignIns.Entry::attempts)
        .sum();
  }

  private boolean isUseNoted(IssuedAppPassword issued) {
    return store()
        .appPasswords()
        .find(issued.appPassword().id())
        .orElseThrow()
        .lastUse()
        .isPresent();
  }

  @Test
  void lastUsesAndAttemptsWaitWhileEverybodyLogsIn() {
    stopWriting(store());
    try (LogLines log = new LogLines()) {
      int logins = 0;
      for (int round = 0; round < 10; round++) {
        for (int i = 0; i < STRANGERS; i++, logins++) {
          assertThat(verify(stranger(i), strangers.get(i))).isInstanceOf(Accepted.class);
        }
        assertThat(verify(ALICE, alices())).isInstanceOf(Accepted.class);
        assertThat(verify(ALICE, strangers.getFirst()))
            .isEqualTo(new AuthOutcome.Rejected(RejectReason.WRONG_SECRET));
        logins += 2;
      }
      await()
          .atMost(FLUSHED)
          .untilAsserted(() ->
              assertThat(log.lines())
                  .anyMatch(line -> line.contains("uses of app passwords wait"))
                  .anyMatch(line -> line.contains("login attempts wait")));
      // Every other round of the writer fails likewise; by the next heartbeat there were some.
      await().atMost(FLUSHED).until(() -> log.lines().stream().anyMatch(l -> l.contains("node")));
      assertThat(verify(ALICE, alices())).isInstanceOf(Accepted.class);
      assertThat(log.lines())
          .hasSizeLessThanOrEqualTo(4)
          .allSatisfy(line -> assertThat(line).contains(words()));
      assertThat(log.withStack()).isEmpty();

      letWriteAgain(store());
      int all = logins + 2;
      await().atMost(FLUSHED).untilAsserted(() -> assertThat(attempts()).isEqualTo(all));
      assertThat(strangers).allMatch(this::isUseNoted);
    }
  }

  @Test
  void whoeverChangesSomethingIsToldWhyNot() {
    stopWriting(store());
    assertThatThrownBy(
            () -> store().appPasswords().create(ALICE, TestConfig.spec("tablet"), TestConfig.ACTOR))
        .isInstanceOfSatisfying(
            StoreException.class, trouble -> assertThat(trouble.remedy()).isNotBlank())
        .hasMessageContaining(words());
    letWriteAgain(store());
    IssuedAppPassword made =
        store().appPasswords().create(ALICE, TestConfig.spec("tablet"), TestConfig.ACTOR);
    assertThat(verify(ALICE, made)).isInstanceOf(Accepted.class);
  }

  @Test
  void housekeepingSaysOnceThatItWaits() {
    stopWriting(store());
    Writes writes = new Writes(store().database(), clock, _ -> {});
    AppPasswordTable table = new AppPasswordTable(TestConfig.rowChecks());
    Housekeeping housekeeping =
        new Housekeeping(
            store().database(),
            writes,
            new Rotation(table, writes.dialect(), new ChangeLog(new SecureRandom())),
            new Expiration(table, writes, new ChangeLog(new SecureRandom())),
            () -> StoreConfig.AuditRules.DEFAULTS);
    clock.advance(Housekeeping.CHANGES_KEPT.plusDays(1));
    try (LogLines log = new LogLines()) {
      for (int i = 0; i < 5; i++) {
        housekeeping.run();
      }
      assertThat(log.lines().stream().filter(line -> line.startsWith("housekeeping")))
          .hasSize(1)
          .allSatisfy(line -> assertThat(line).contains(words()));
    }
  }
}
