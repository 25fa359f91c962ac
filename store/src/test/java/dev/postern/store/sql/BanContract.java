package dev.postern.store.sql;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.postern.store.RefusedException.Code;
import dev.postern.store.Store;
import dev.postern.store.StoreConfig;
import dev.postern.store.audit.Changes;
import dev.postern.store.auth.Cidr;
import dev.postern.store.auth.IssuedAppPassword;
import dev.postern.store.auth.RejectReason;
import dev.postern.store.guard.Ban;
import dev.postern.store.guard.NetworkStanding;
import dev.postern.store.guard.ThrottleRules;
import dev.postern.store.keys.KeyKind;
import dev.postern.store.testing.LogLines;
import dev.postern.store.testing.TestConfig;
import java.net.InetAddress;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/** Bans in each database, and on every node. */
abstract class BanContract extends StoreContract {
  private static final Cidr OFFICE = Cidr.parse("192.0.2.0/24");
  private static final Cidr OTHER = Cidr.parse("2001:db8::/32");
  private static final String OFFICER = "192.0.2.77";

  // ---- what is kept

  @Test
  void listsWhatHoldsInTheOrderOfAddresses() {
    Store store = open();
    Instant end = clock.instant().plusSeconds(3600);
    Ban v6 = add(store, OTHER, Ban.Kind.DENY, Optional.of(end), "scanning");
    Ban exception = add(store, OFFICE, Ban.Kind.ALLOW);
    Ban wide = add(store, Cidr.parse("192.0.2.0/23"), Ban.Kind.DENY);
    assertThat(store.bans().list()).containsExactly(wide, exception, v6);
    assertThat(v6.reason()).isEqualTo("scanning");
    assertThat(v6.createdBy()).isEqualTo(TestConfig.ACTOR.who());
    assertThat(v6.createdAt()).isEqualTo(clock.instant());
    assertThat(open().bans().list()).isEqualTo(store.bans().list());
    clock.advance(Duration.ofHours(1));
    assertThat(store.bans().list()).containsExactly(wide, exception);
  }

  @Test
  void theLaterWordOfTheSameKindReplacesTheEarlier() {
    Store store = open();
    add(store, OFFICE, Ban.Kind.DENY, Optional.of(clock.instant().plusSeconds(9)), "old");
    Ban later = add(store, OFFICE, Ban.Kind.DENY, Optional.empty(), "new");
    assertThat(store.bans().list()).containsExactly(later);
  }

  @Test
  void takesBackBothKindsOfJustThatNetwork() {
    Store store = open();
    Ban denied = add(store, OFFICE, Ban.Kind.DENY);
    Ban allowed = add(store, OFFICE, Ban.Kind.ALLOW);
    Ban wider = add(store, Cidr.parse("192.0.2.0/23"), Ban.Kind.DENY);
    assertThat(store.bans().remove(OFFICE, TestConfig.ACTOR))
        .containsExactlyInAnyOrder(denied, allowed);
    assertThat(store.bans().list()).containsExactly(wider);
    assertRefused(Code.NOT_FOUND, () -> store.bans().remove(OFFICE, TestConfig.ACTOR));
  }

  @Test
  void refusesWhatMakesNoSense() {
    Store store = open();
    assertRefused(
        Code.INVALID,
        () -> add(store, OFFICE, Ban.Kind.DENY, Optional.of(clock.instant()), "over already"));
    assertRefused(
        Code.INVALID, () -> add(store, OFFICE, Ban.Kind.DENY, Optional.empty(), "x".repeat(201)));
    assertRefused(
        Code.INVALID, () -> add(store, OFFICE, Ban.Kind.DENY, Optional.empty(), "\u202eesrever"));
    assertRefused(
        Code.INVALID, () -> add(store, OFFICE, Ban.Kind.DENY, Optional.empty(), "two\nlines"));
    assertThat(store.bans().list()).isEmpty();
  }

  /** It has begun to follow changes before it reads them. */
  @Test
  void aStoreThatCannotReadThemLeavesNoThreads() throws InterruptedException {
    open().close();
    run("ALTER TABLE bans RENAME TO elsewhere");
    ThreadGroup ofTheStore = new ThreadGroup("of the store");
    CompletableFuture<Store> opening = new CompletableFuture<>();
    Thread opener =
        new Thread(
            ofTheStore,
            () -> {
              try {
                opening.complete(open());
              } catch (RuntimeException e) {
                opening.completeExceptionally(e);
              }
            });
    opener.start();
    opener.join();
    assertThat(opening).isCompletedExceptionally();
    await().untilAsserted(() -> assertThat(ofTheStore.activeCount()).isZero());
  }

  @Test
  void everyChangeIsOnRecord() {
    Store store = open();
    add(store, OFFICE, Ban.Kind.DENY, Optional.empty(), "scanning");
    add(store, OFFICE, Ban.Kind.DENY);
    List<Ban> _ = store.bans().remove(OFFICE, TestConfig.ACTOR);

    List<Changes.Entry> entries = entries(store);

    assertThat(entries)
        .extracting(Changes.Entry::action)
        .containsExactly("ban.add", "ban.add", "ban.remove");
    assertThat(entries).allMatch(entry -> entry.actor().equals(TestConfig.ACTOR));
    assertThat(entries).allMatch(entry -> entry.subject().id().equals("192.0.2.0/24"));
    assertThat(entries.getFirst().before()).isEmpty();
    assertThat(entries.getFirst().reason()).contains("scanning");
    assertThat(entries.get(1).before().orElseThrow())
        .contains("\"kind\":\"deny\"", "\"reason\":\"scanning\"");
    assertThat(entries.getLast().after()).isEmpty();
  }

  // ---- what nobody but Postern says

  @Test
  void aRowThatSomebodyElseChangedCountsForNothingAndCanBeTakenAway() {
    Store store = open();
    add(store, OFFICE, Ban.Kind.DENY);
    run("UPDATE bans SET kind = 'allow'");
    run(
        "INSERT INTO bans (network, kind, reason, created_at, created_by, version, signature)"
            + " VALUES ('10.0.0.0/99', 'deny', '', 0, 'x', 1, 'x')");
    Store restarted = open();
    assertThat(restarted.bans().list()).isEmpty();
    assertThat(standing(restarted, OFFICER)).isEqualTo(NetworkStanding.UNKNOWN);
    assertThat(restarted.statistics().rowAlarms().get()).isPositive();
    clock.advance(Duration.ofSeconds(1)); // Entries of two processes are in the order of time.
    assertThat(restarted.bans().remove(OFFICE, TestConfig.ACTOR)).isEmpty();
    assertThat(query("SELECT COUNT(*) FROM bans")).isEqualTo(1);
    assertThat(entries(restarted).getLast().reason()).contains("it was not written by Postern");
  }

  @Test
  void aRowOfAKindThatThereIsNotKeepsNobodyFromStarting() {
    Store store = open();
    add(store, OTHER, Ban.Kind.DENY);
    add(store, OFFICE, Ban.Kind.DENY);
    withoutCheck("bans", "kind");
    run("UPDATE bans SET kind = 'perhaps' WHERE network LIKE '2001%'");

    Store restarted = open();

    assertThat(restarted.bans().list()).extracting(Ban::network).containsExactly(OFFICE);
    assertThat(standing(restarted, OFFICER)).isEqualTo(NetworkStanding.DENIED);
    assertThat(restarted.statistics().rowAlarms().get()).isPositive();
    assertThat(restarted.bans().remove(OTHER, TestConfig.ACTOR)).isEmpty();
    assertThat(query("SELECT COUNT(*) FROM bans")).isEqualTo(1);
  }

  @Test
  void anOldRowIsNotPutBackUnderARunningNode() {
    Store store = open();
    add(store, OFFICE, Ban.Kind.ALLOW);
    awaitStanding(store, NetworkStanding.ALLOWED);
    run("CREATE TABLE kept AS SELECT * FROM bans");
    List<Ban> _ = store.bans().remove(OFFICE, TestConfig.ACTOR);
    awaitStanding(store, NetworkStanding.UNKNOWN);
    long before = store.statistics().rowAlarms().get();

    run("INSERT INTO bans SELECT * FROM kept");
    add(store, OTHER, Ban.Kind.DENY); // Has the list read.

    await().until(() -> store.statistics().rowAlarms().get() > before);
    assertThat(standing(store, OFFICER)).isEqualTo(NetworkStanding.UNKNOWN);
    assertThat(store.bans().list()).extracting(Ban::network).containsExactly(OTHER);

    add(store, OFFICE, Ban.Kind.ALLOW);
    awaitStanding(store, NetworkStanding.ALLOWED);
  }

  @Test
  void bansOutliveTheKeyThatTheyWereSignedWith() {
    StoreConfig.Key first = TestConfig.key("i1", 201);
    StoreConfig.Key second = TestConfig.key("i2", 202);
    Store before = openWith(first);
    add(before, OFFICE, Ban.Kind.DENY);
    before.close();
    Store store = openWith(first, second);
    store.keys().activate(KeyKind.INTEGRITY, "i2", TestConfig.ACTOR);
    var _ = store.keys().retire(KeyKind.INTEGRITY, "i1", TestConfig.ACTOR, _ -> {});
    store.close();
    assertThat(standing(openWith(second), OFFICER)).isEqualTo(NetworkStanding.DENIED);
  }

  private Store openWith(StoreConfig.Key... integrityKeys) {
    StoreConfig base = TestConfig.of(database);
    return open(
        new StoreConfig(
            database,
            base.pepper(),
            base.sealingKeys(),
            List.of(integrityKeys),
            base.appPasswords(),
            base.databaseGrace(),
            base.audit()),
        clock);
  }

  // ---- what every node does

  @Test
  void everyNodeHearsOfIt() {
    Store here = open();
    Store there = open();
    add(here, OFFICE, Ban.Kind.DENY);
    awaitStanding(there, NetworkStanding.DENIED);
    awaitStanding(here, NetworkStanding.DENIED);
    List<Ban> _ = there.bans().remove(OFFICE, TestConfig.ACTOR);
    awaitStanding(here, NetworkStanding.UNKNOWN);
    assertThat(standing(here, "2001:db8::1")).isEqualTo(NetworkStanding.UNKNOWN);
  }

  @Test
  void aNodeThatStartsLaterKnowsIt() {
    add(open(), OFFICE, Ban.Kind.DENY);
    assertThat(standing(open(), OFFICER)).isEqualTo(NetworkStanding.DENIED);
  }

  @Test
  void whileItCannotBeReadTheListStaysAndThenItIsFollowedAgain() {
    Store store = open();
    add(store, OFFICE, Ban.Kind.DENY);
    awaitStanding(store, NetworkStanding.DENIED);
    try (LogLines log = new LogLines()) {
      run("ALTER TABLE bans RENAME TO away");
      run("UPDATE change_counter SET number = number + 1");
      run(
          "INSERT INTO changes (number, kind, user_id, at)"
              + " SELECT number, 'bans', '', 0 FROM change_counter");
      await().until(() -> log.toString().contains("the list of bans is not read"));
      assertThat(standing(store, OFFICER)).isEqualTo(NetworkStanding.DENIED);
    }
    run("DELETE FROM away");
    run("ALTER TABLE away RENAME TO bans");
    awaitStanding(store, NetworkStanding.UNKNOWN);
  }

  @Test
  void whatTheConfigurationSaysOfNetworksCanChange() {
    Store store = open();
    add(store, Cidr.parse("192.0.2.0/23"), Ban.Kind.DENY);
    awaitStanding(store, NetworkStanding.DENIED);
    store.reload(saying(List.of(OFFICE), List.of(OTHER)));
    assertThat(standing(store, OFFICER)).isEqualTo(NetworkStanding.ALLOWED);
    assertThat(standing(store, "2001:db8::1")).isEqualTo(NetworkStanding.DENIED);
    store.reload(TestConfig.of(database));
    assertThat(standing(store, OFFICER)).isEqualTo(NetworkStanding.DENIED);
    assertThat(standing(store, "2001:db8::1")).isEqualTo(NetworkStanding.UNKNOWN);
  }

  private StoreConfig saying(List<Cidr> allow, List<Cidr> deny) {
    StoreConfig base = TestConfig.of(database);
    return new StoreConfig(
        database,
        base.pepper(),
        base.sealingKeys(),
        base.integrityKeys(),
        base.appPasswords(),
        base.databaseGrace(),
        base.audit(),
        base.names(),
        new StoreConfig.GuardRules(ThrottleRules.DEFAULT, allow, deny, Optional.empty()));
  }

  @Test
  void theRightSecretFromABannedAddressIsRefusedAndNoted() {
    Store store = open();
    add(store, ALICE);
    IssuedAppPassword issued = create(store, ALICE);
    assertThat(refusal(store, ALICE, issued.secret())).isEmpty();
    add(store, Cidr.parse("127.0.0.1"), Ban.Kind.DENY);
    await()
        .untilAsserted(
            () -> assertThat(refusal(store, ALICE, issued.secret())).contains(RejectReason.BANNED));
    List<Ban> _ = store.bans().remove(Cidr.parse("127.0.0.1"), TestConfig.ACTOR);
    await().untilAsserted(() -> assertThat(refusal(store, ALICE, issued.secret())).isEmpty());
  }

  private static List<Changes.Entry> entries(Store store) {
    Changes.Query bans =
        new Changes.Query(
            Optional.empty(),
            Optional.empty(),
            Optional.of("ban"),
            Optional.empty(),
            Optional.empty());
    return store.changes().list(bans, Optional.empty(), 10).reversed();
  }

  private static void awaitStanding(Store store, NetworkStanding standing) {
    await()
        .atMost(Duration.ofSeconds(5))
        .untilAsserted(() -> assertThat(standing(store, OFFICER)).isEqualTo(standing));
  }

  private static NetworkStanding standing(Store store, String address) {
    return store.networks().standing(InetAddress.ofLiteral(address));
  }

  private static Ban add(Store store, Cidr network, Ban.Kind kind) {
    return add(store, network, kind, Optional.empty(), "");
  }

  private static Ban add(
      Store store, Cidr network, Ban.Kind kind, Optional<Instant> end, String reason) {
    return store.bans().add(network, kind, end, reason, TestConfig.ACTOR);
  }
}
