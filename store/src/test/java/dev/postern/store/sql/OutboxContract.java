package dev.postern.store.sql;

import static org.assertj.core.api.Assertions.assertThat;

import dev.postern.store.Store;
import dev.postern.store.event.EventKind;
import dev.postern.store.event.Letter;
import dev.postern.store.event.Outbox;
import dev.postern.store.testing.TestConfig;
import java.time.Duration;
import java.util.EnumSet;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** What waits for webhooks, and who may bring it, on each database. */
abstract class OutboxContract extends StoreContract {
  private static final Set<EventKind> ALL = EnumSet.allOf(EventKind.class);
  private static final String US = "us";
  private static final String THEM = "them";

  @Test
  void whatWasCommittedWaitsForWhoeverComesNext() {
    Store first = open();
    first.outbox().register(US, ALL);
    add(first, ALICE);
    var _ = create(first, ALICE);
    first.close();
    Letter letter = open().outbox().next(US).orElseThrow();
    assertThat(letter.event()).isEqualTo("app-password-created");
    assertThat(letter.body()).contains("\"id\":\"" + letter.id() + "\"", ALICE);
  }

  @Test
  void eachReceiverGetsWhatItWantsInOrder() {
    Store store = open();
    store.outbox().register(US, ALL);
    store.outbox().register(THEM, Set.of(EventKind.APP_PASSWORD_REVOKED));
    add(store, ALICE);
    String id = create(store, ALICE).appPassword().id();
    clock.advance(Duration.ofMillis(1));
    var _ = store.appPasswords().revoke(id, "lost", TestConfig.ACTOR);
    Letter ours = store.outbox().next(US).orElseThrow();
    assertThat(ours.event()).isEqualTo("app-password-created");
    store.outbox().done(ours);
    Letter then = store.outbox().next(US).orElseThrow();
    assertThat(then.event()).isEqualTo("app-password-revoked");
    Letter theirs = store.outbox().next(THEM).orElseThrow();
    assertThat(theirs.body()).isEqualTo(then.body());
    store.outbox().done(then);
    assertThat(store.outbox().next(US)).isEmpty();
    assertThat(store.outbox().next(THEM)).isPresent();
  }

  @Test
  void aReceiverThatChangedItsMindGetsWhatItWantsNow() {
    Store store = open();
    store.outbox().register(US, ALL);
    store.outbox().register(US, Set.of(EventKind.CONSENT_NEEDED));
    int _ = store.outbox().keep(US, ALL);
    add(store, ALICE);
    var _ = create(store, ALICE);
    assertThat(store.outbox().next(US)).isEmpty();
  }

  @Test
  void whereNobodyWantsToKnowNothingIsKept() {
    Store store = open();
    add(store, ALICE);
    var _ = create(store, ALICE);
    assertThat(query("SELECT COUNT(*) FROM webhook_events")).isZero();
  }

  @Test
  void oneNodeBringsThemUntilItDies() {
    Store one = open();
    Store other = open();
    one.outbox().register(US, ALL);
    assertThat(one.outbox().hold(US)).isTrue();
    assertThat(one.outbox().hold(US)).as("goes on").isTrue();
    assertThat(other.outbox().hold(US)).isFalse();
    other.outbox().release(US);
    assertThat(other.outbox().hold(US)).as("what it did not hold").isFalse();
    run("UPDATE webhook_receivers SET held_until = held_until - " + Outbox.HOLD.toMillis());
    assertThat(other.outbox().hold(US)).isTrue();
    assertThat(one.outbox().hold(US)).isFalse();
    other.outbox().release(US);
    assertThat(one.outbox().hold(US)).isTrue();
  }

  @Test
  void whatWasNotTakenRemembersItsTriesAndWaits() {
    Store store = open();
    store.outbox().register(US, ALL);
    add(store, ALICE);
    var _ = create(store, ALICE);
    Letter first = store.outbox().next(US).orElseThrow();
    assertThat(first.tries()).isZero();
    assertThat(first.pause().isPositive()).isFalse();
    store.outbox().failed(first, Duration.ofMinutes(5));
    Letter again = open().outbox().next(US).orElseThrow();
    assertThat(again.id()).isEqualTo(first.id());
    assertThat(again.body()).isEqualTo(first.body());
    assertThat(again.tries()).isEqualTo(1);
    assertThat(again.pause()).isBetween(Duration.ofMinutes(4), Duration.ofMinutes(5));
  }

  @Test
  void theOldestGoWhereTooManyWait() {
    Store store = open();
    store.outbox().register(US, ALL);
    run(
        """
        INSERT INTO webhook_events (receiver, id, event, told_at, body)
        WITH RECURSIVE numbers (n) AS (
            SELECT 100000 UNION ALL SELECT n + 1 FROM numbers WHERE n < 110002)
        SELECT 'us', CAST(n AS TEXT), 'consent-needed', %d, '{}' FROM numbers
        """
            .formatted(clock.instant().toEpochMilli()));
    assertThat(store.outbox().keep(US, ALL)).isEqualTo(3);
    assertThat(query("SELECT COUNT(*) FROM webhook_events")).isEqualTo(Outbox.MOST);
    assertThat(store.outbox().next(US).orElseThrow().id()).isEqualTo("100003");
  }

  @Test
  void whatWaitedForADayGoes() {
    Store store = open();
    store.outbox().register(US, ALL);
    add(store, ALICE);
    var _ = create(store, ALICE);
    clock.advance(Outbox.KEPT);
    assertThat(store.outbox().keep(US, ALL)).isZero();
    clock.advance(Duration.ofMillis(1));
    assertThat(store.outbox().keep(US, ALL)).isEqualTo(1);
  }

  @Test
  void aReceiverThatNoNodeHasGoesWithWhatWaitsForIt() {
    Store store = open();
    store.outbox().register(US, ALL);
    store.outbox().register(THEM, ALL);
    add(store, ALICE);
    var _ = create(store, ALICE);
    run("UPDATE webhook_receivers SET seen_at = seen_at - " + Outbox.KEPT.toMillis());
    int _ = store.outbox().keep(US, ALL);
    try (Database direct = Database.open(database, false)) {
      boolean _ =
          direct.write(handle -> {
            WebhookTable.dropOld(handle, direct.dialect(), clock.instant());
            return true;
          });
    }
    assertThat(store.outbox().next(THEM)).isEmpty();
    assertThat(store.outbox().next(US)).isPresent();
    assertThat(query("SELECT COUNT(*) FROM webhook_receivers")).isEqualTo(1);
  }

  @Test
  void whatTellsOfSomebodyGoesWithHim() {
    Store store = open();
    store.outbox().register(US, ALL);
    add(store, ALICE);
    add(store, BOB);
    var _ = create(store, ALICE);
    var _ = create(store, BOB);
    var _ = store.personalData().erase(ALICE, TestConfig.ACTOR);
    assertThat(query("SELECT COUNT(*) FROM webhook_events")).isEqualTo(1);
    assertThat(store.outbox().next(US).orElseThrow().body()).contains(BOB);
  }
}
