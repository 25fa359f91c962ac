package dev.postern.store.sql;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.postern.store.Store;
import dev.postern.store.audit.SignIns;
import dev.postern.store.auth.AppPassword.State;
import dev.postern.store.auth.AuthOutcome;
import dev.postern.store.auth.IssuedAppPassword;
import dev.postern.store.auth.NewAppPassword;
import dev.postern.store.auth.RejectReason;
import dev.postern.store.auth.Standing;
import dev.postern.store.testing.TestConfig;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/**
 * The system's clock jumps back by an hour while stores are open. What has ended stays so (see also
 * {@link LifecycleContract} and {@link KeysContract}); everything else goes on.
 */
abstract class ClockSetBackContract extends StoreContract {
  private static final Duration BACK = Duration.ofHours(-1);
  private static final Duration SOON = Duration.ofSeconds(5);

  @Test
  void changesTakeEffectEverywhereAsEver() {
    Store here = open();
    Store there = open();
    add(here, ALICE);
    IssuedAppPassword before = create(here, ALICE);
    assertThat(refusal(there, ALICE, before.secret())).isEmpty();
    clock.advance(BACK);

    assertThat(refusal(there, ALICE, before.secret())).isEmpty();
    IssuedAppPassword after = create(here, ALICE);
    await()
        .atMost(SOON)
        .untilAsserted(() -> assertThat(refusal(there, ALICE, after.secret())).isEmpty());
    String id = before.appPassword().id();
    var _ = here.appPasswords().suspend(id, "leave", TestConfig.ACTOR);
    var _ = here.appPasswords().resume(id, TestConfig.ACTOR);
    IssuedAppPassword successor =
        here.appPasswords().rotate(id, Duration.ofHours(2), TestConfig.ACTOR);
    await()
        .atMost(SOON)
        .untilAsserted(() -> assertThat(refusal(there, ALICE, successor.secret())).isEmpty());
    var _ = here.appPasswords().revoke(after.appPassword().id(), "lost", TestConfig.ACTOR);
    await()
        .atMost(SOON)
        .untilAsserted(
            () -> assertThat(refusal(there, ALICE, after.secret())).contains(RejectReason.REVOKED));
  }

  /** So it is with a database that is full, to which no sweep can write. */
  @Test
  void whatNoSweepHasSeenStaysEndedOnANodeThatHasSeenTheTime() {
    Store store = open();
    add(store, ALICE);
    IssuedAppPassword issued = withTenMinutes(store);
    IssuedAppPassword lasting = create(store, ALICE);
    AuthOutcome.Accepted before = (AuthOutcome.Accepted) verify(store, ALICE, issued.secret());
    clock.advance(Duration.ofMinutes(11));
    assertThat(refusal(store, ALICE, lasting.secret())).isEmpty();
    clock.advance(BACK);

    assertThat(refusal(store, ALICE, issued.secret())).contains(RejectReason.EXPIRED);
    assertThat(store.verifier().recheck(before.grant()).toCompletableFuture().join())
        .isEqualTo(new Standing.Ended(RejectReason.EXPIRED));
    assertThat(refusal(store, ALICE, lasting.secret())).isEmpty();
  }

  /** A jump to the future and back must not outlast the process. */
  @Test
  void whatIsPutOnRecordGoesByTheSystemsClock() {
    Store store = open();
    add(store, ALICE);
    IssuedAppPassword seen = create(store, ALICE);
    IssuedAppPassword other = create(store, ALICE);
    clock.advance(Duration.ofDays(366));
    assertThat(refusal(store, ALICE, seen.secret())).isEmpty();
    clock.advance(Duration.ofDays(-366));
    assertThat(refusal(store, ALICE, other.secret())).isEmpty();
    Instant now = clock.instant();
    await()
        .atMost(Duration.ofSeconds(20))
        .untilAsserted(() -> {
          assertThat(lastUse(store, other)).contains(now);
          assertThat(store.signIns().list(SignIns.Query.ALL, Optional.empty(), 100))
              .extracting(SignIns.Entry::firstAt)
              .contains(now);
        });
  }

  private IssuedAppPassword withTenMinutes(Store store) {
    return store
        .appPasswords()
        .create(
            ALICE,
            new NewAppPassword(
                label(),
                TestConfig.spec("phone").scopes(),
                Optional.of(clock.instant().plusSeconds(600)),
                Optional.empty(),
                List.of(),
                Optional.empty()),
            TestConfig.ACTOR);
  }

  @Test
  void whatTheSweepHasEndedStaysEnded() {
    Store store = open();
    add(store, ALICE);
    IssuedAppPassword issued = withTenMinutes(store);
    assertThat(refusal(store, ALICE, issued.secret())).isEmpty();
    clock.advance(Duration.ofMinutes(11));
    try (Database direct = Database.open(database, false)) {
      Expiration expiration =
          new Expiration(
              new AppPasswordTable(TestConfig.rowChecks()),
              new Writes(direct, clock, _ -> {}),
              new ChangeLog(new SecureRandom()));
      assertThat(expiration.sweepDates()).isFalse();
    }
    clock.advance(BACK);
    await()
        .atMost(SOON)
        .untilAsserted(() ->
            assertThat(refusal(store, ALICE, issued.secret())).contains(RejectReason.EXPIRED));
    assertThat(store.appPasswords().find(issued.appPassword().id()).orElseThrow().state())
        .isInstanceOf(State.Expired.class);
  }

  @Test
  void theLastUseDoesNotGoBackAndEveryAttemptIsOnRecord() {
    Store store = open();
    add(store, ALICE);
    IssuedAppPassword issued = create(store, ALICE);
    Instant used = clock.instant();
    assertThat(refusal(store, ALICE, issued.secret())).isEmpty();
    await().atMost(Duration.ofSeconds(20)).until(() -> lastUse(store, issued).isPresent());
    clock.advance(BACK);

    assertThat(refusal(store, ALICE, issued.secret())).isEmpty();
    assertThat(refusal(store, ALICE, issued.secret())).isEmpty();

    await()
        .atMost(Duration.ofSeconds(20))
        .untilAsserted(() ->
            assertThat(
                    store.signIns().list(SignIns.Query.ALL, Optional.empty(), 100).stream()
                        .mapToLong(SignIns.Entry::attempts)
                        .sum())
                .isEqualTo(3));
    assertThat(lastUse(store, issued)).contains(used);
  }

  private static Optional<Instant> lastUse(Store store, IssuedAppPassword issued) {
    return store
        .appPasswords()
        .find(issued.appPassword().id())
        .orElseThrow()
        .lastUse()
        .map(use -> use.at());
  }
}
