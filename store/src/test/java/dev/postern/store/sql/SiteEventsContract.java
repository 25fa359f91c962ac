package dev.postern.store.sql;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.github.benmanes.caffeine.cache.Ticker;
import dev.postern.store.RefusedException;
import dev.postern.store.Store;
import dev.postern.store.auth.AppPasswordShape;
import dev.postern.store.auth.Attempt;
import dev.postern.store.auth.AuthOutcome;
import dev.postern.store.auth.IssuedAppPassword;
import dev.postern.store.auth.Protection;
import dev.postern.store.auth.Revocation;
import dev.postern.store.auth.Scope;
import dev.postern.store.auth.Secret;
import dev.postern.store.event.EventKind;
import dev.postern.store.event.Letter;
import dev.postern.store.testing.TestConfig;
import java.net.InetAddress;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/** Of what webhooks are told, on each database. */
abstract class SiteEventsContract extends StoreContract {
  private static final Duration PATIENCE = Duration.ofSeconds(20);
  private static final String US = "us";
  private static final InetAddress OFFICE = InetAddress.ofLiteral("198.51.100.7");
  private static final InetAddress NEXT_DOOR = InetAddress.ofLiteral("198.51.100.99");
  private static final InetAddress HOTEL = InetAddress.ofLiteral("2001:db8:0:12::7");

  /** A node that knows that somebody wants to hear of all. */
  private Store node() {
    Store store = open();
    store.outbox().register(US, EnumSet.allOf(EventKind.class));
    return store;
  }

  private long count(String event) {
    return query("SELECT COUNT(*) FROM webhook_events WHERE event = '" + event + "'");
  }

  /** Waits for what is told a moment later. */
  private void awaitOne(String event) {
    await().atMost(PATIENCE).until(() -> count(event) >= 1);
  }

  /** Takes all of that kind away; what follows the id in each. */
  private List<String> bodies(Store store, String event) {
    List<String> bodies = new ArrayList<>();
    for (Optional<Letter> letter = store.outbox().next(US);
        letter.isPresent();
        letter = store.outbox().next(US)) {
      store.outbox().done(letter.get());
      if (letter.get().event().equals(event)) {
        bodies.add(letter.get().body().replaceFirst("^\\{\"id\":\"[^\"]+\",", "{"));
      }
    }
    return bodies;
  }

  @Test
  void anEventThatFoundNoRoomDoesNotKeepTheNextOneBack() {
    Store store = node();
    add(store, ALICE);
    String id = create(store, ALICE).appPassword().id();
    EventKind kind = EventKind.APP_PASSWORD_REFUSED_AFTER_REVOCATION;
    try (Database direct = Database.open(database, false);
        Secret secret = Secret.ofText("x")) {
      EventInbox inbox =
          new EventInbox(
              direct,
              new Writes(direct, clock, _ -> {}),
              new WebhookTable(new SecureRandom()),
              _ -> {},
              Ticker.systemTicker());
      Attempt attempt =
          new Attempt(
              ALICE, secret, Scope.IMAP, Protection.TLS_1_3, "plain", OFFICE, "Thunderbird");
      inbox.round();
      for (int i = 0; i < EventInbox.MOST; i++) {
        inbox.newNetwork("nobody", attempt, clock.instant());
      }
      inbox.afterRevocation(id, attempt, clock.instant());
      inbox.flush();
      assertThat(count(kind.word())).isZero();
      inbox.afterRevocation(id, attempt, clock.instant());
      inbox.afterRevocation(id, attempt, clock.instant());
      inbox.flush();
      assertThat(count(kind.word())).isEqualTo(1);
    }
  }

  private static AuthOutcome logIn(Store store, String name, Secret secret, InetAddress from) {
    return store
        .verifier()
        .verify(
            new Attempt(
                name,
                AppPasswordShape.grouped(secret),
                Scope.IMAP,
                Protection.TLS_1_3,
                "plain",
                from,
                "Thunderbird"))
        .toCompletableFuture()
        .join();
  }

  private String line(String event, String rest) {
    return "{\"event\":\"%s\",\"at\":\"%s\",%s}".formatted(event, clock.instant(), rest);
  }

  @Test
  void whoMadeAnAppPasswordForWhom() {
    Store store = node();
    add(store, ALICE);
    String id = create(store, ALICE).appPassword().id();
    assertThat(bodies(store, "app-password-created"))
        .containsExactly(
            line(
                "app-password-created",
                """
                "user":"%s","appPassword":"%s","label":"phone","scopes":["imap","submission"],\
                "replaces":null,"by":"tester","channel":"cli\"\
                """
                    .formatted(ALICE, id)));
  }

  @Test
  void whatIsRefusedIsNotTold() {
    Store store = node();
    assertRefused(RefusedException.Code.NOT_FOUND, () -> create(store, ALICE));
    assertThat(count("app-password-created")).isZero();
  }

  @Test
  void manyAtOnceAreOneEventWithTheirNumber() {
    Store store = node();
    store
        .appPasswords()
        .createForAll(
            List.of(ALICE, BOB, "carol@example.com"), phone(), true, TestConfig.ACTOR, _ -> {});
    assertThat(bodies(store, "app-password-created"))
        .containsExactly(
            line("app-password-created", "\"count\":3,\"by\":\"tester\",\"channel\":\"cli\""));
    var _ = create(store, ALICE);
    var _ = store.appPasswords().revokeAll(ALICE, "left", TestConfig.ACTOR);
    assertThat(bodies(store, "app-password-revoked"))
        .containsExactly(
            line(
                "app-password-revoked",
                """
                "user":"%s","count":2,"reason":"left","by":"tester","channel":"cli\"\
                """
                    .formatted(ALICE)));
    int ended =
        store
            .appPasswords()
            .revokeAll(
                new Revocation(
                    Optional.empty(),
                    Optional.of("example.com"),
                    Optional.empty(),
                    Optional.empty()),
                "all",
                TestConfig.ACTOR,
                _ -> {});
    assertThat(ended).isEqualTo(2);
    assertThat(bodies(store, "app-password-revoked"))
        .containsExactly(
            line(
                "app-password-revoked",
                "\"count\":2,\"reason\":\"all\",\"by\":\"tester\",\"channel\":\"cli\""));
  }

  @Test
  void whoRevokedAnAppPasswordAndWhy() {
    Store store = node();
    add(store, ALICE);
    String id = create(store, ALICE).appPassword().id();
    var _ = store.appPasswords().revoke(id, "lost \"phone\"", TestConfig.ACTOR);
    var _ = store.appPasswords().revoke(id, "once more", TestConfig.ACTOR);
    assertThat(bodies(store, "app-password-revoked"))
        .containsExactly(
            line(
                "app-password-revoked",
                """
                "user":"%s","appPassword":"%s","label":"phone","reason":"lost \\"phone\\"",\
                "by":"tester","channel":"cli\"\
                """
                    .formatted(ALICE, id)));
  }

  @Test
  void rotationIsToldWhenTheNewOneIsMade() {
    Store store = node();
    add(store, ALICE);
    String old = create(store, ALICE).appPassword().id();
    var _ = bodies(store, "");
    IssuedAppPassword next = store.appPasswords().rotate(old, Duration.ofDays(1), TestConfig.ACTOR);
    assertThat(logIn(store, ALICE, next.secret(), OFFICE)).isInstanceOf(AuthOutcome.Accepted.class);
    await().atMost(PATIENCE).until(() -> state(store, old).equals("revoked"));
    assertThat(count("app-password-revoked")).isZero();
    assertThat(bodies(store, "app-password-created"))
        .singleElement()
        .asString()
        .contains("\"replaces\":\"" + old + "\"");
  }

  @Test
  void theFirstUseIsToldOnceByWhicheverNode() {
    Store one = node();
    Store other = node();
    add(one, ALICE);
    IssuedAppPassword issued = create(one, ALICE);
    settle(other);
    CompletableFuture.allOf(
            CompletableFuture.runAsync(() -> logIn(one, ALICE, issued.secret(), OFFICE)),
            CompletableFuture.runAsync(() -> logIn(other, ALICE, issued.secret(), OFFICE)))
        .join();
    one.close();
    other.close();
    Store third = node();
    assertThat(logIn(third, ALICE, issued.secret(), OFFICE))
        .isInstanceOf(AuthOutcome.Accepted.class);
    third.close();
    assertThat(bodies(open(), "app-password-used-first"))
        .containsExactly(
            line(
                "app-password-used-first",
                """
                "user":"%s","appPassword":"%s","label":"phone","from":"198.51.100.7",\
                "protocol":"imap","client":"Thunderbird\"\
                """
                    .formatted(ALICE, issued.appPassword().id())));
  }

  @Test
  void aNetworkIsNewOnceAndAnAddressBesideItIsNot() {
    Store store = node();
    add(store, ALICE);
    IssuedAppPassword issued = create(store, ALICE);
    var _ = logIn(store, ALICE, issued.secret(), OFFICE);
    var _ = logIn(store, ALICE, issued.secret(), NEXT_DOOR);
    var _ = logIn(store, ALICE, issued.secret(), HOTEL);
    var _ = logIn(store, ALICE, issued.secret(), HOTEL);
    store.close();
    List<String> told = bodies(open(), "app-password-new-network");
    assertThat(told).hasSize(2);
    assertThat(told.getFirst()).contains("\"from\":\"198.51.100.7\"", "\"user\":\"" + ALICE);
    assertThat(told.getLast()).contains("\"from\":\"2001:db8:0:12:0:0:0:7\"");
  }

  /** A node remembers a bounded number of networks, and one that starts alone none at first. */
  @Test
  void whereTheRecordHasALoginTheNetworkIsNotNew() {
    Store before = node();
    add(before, ALICE);
    IssuedAppPassword issued = create(before, ALICE);
    var _ = logIn(before, ALICE, issued.secret(), OFFICE);
    before.close();
    clock.advance(Duration.ofHours(2));
    Store forgetful = node();
    var _ = logIn(forgetful, ALICE, issued.secret(), NEXT_DOOR);
    forgetful.close();
    assertThat(count("app-password-new-network")).isEqualTo(1);
    clock.advance(Duration.ofDays(31));
    Store late = node();
    var _ = logIn(late, ALICE, issued.secret(), NEXT_DOOR);
    late.close();
    assertThat(count("app-password-new-network")).as("too long ago").isEqualTo(2);
  }

  @Test
  void aRevokedAppPasswordThatStillComesIsToldOnceAnHour() {
    Store one = node();
    Store other = node();
    add(one, ALICE);
    IssuedAppPassword issued = create(one, ALICE);
    var _ = one.appPasswords().revoke(issued.appPassword().id(), "lost", TestConfig.ACTOR);
    settle(other);
    for (Store store : List.of(one, other, one)) {
      assertThat(logIn(store, ALICE, issued.secret(), HOTEL))
          .isInstanceOf(AuthOutcome.Rejected.class);
    }
    one.close();
    other.close();
    assertThat(count("app-password-refused-after-revocation")).isEqualTo(1);
    clock.advance(Duration.ofHours(1));
    Store later = node();
    var _ = logIn(later, ALICE, issued.secret(), HOTEL);
    later.close();
    List<String> told = bodies(open(), "app-password-refused-after-revocation");
    assertThat(told).hasSize(2);
    assertThat(told.getLast())
        .isEqualTo(
            line(
                "app-password-refused-after-revocation",
                """
                "user":"%s","appPassword":"%s","label":"phone","from":"2001:db8:0:12:0:0:0:7",\
                "protocol":"imap","client":"Thunderbird\"\
                """
                    .formatted(ALICE, issued.appPassword().id())));
  }

  @Test
  void aUserOfWhomTooManySecretsAreGuessedIsToldOnceAndNobodyElse() {
    Store store = node();
    add(store, ALICE);
    var _ = create(store, ALICE);
    for (String name : List.of(ALICE, "nobody@example.com")) {
      for (int i = 0; i < 130; i++) {
        var _ =
            logIn(
                store,
                name,
                Secret.ofText("%016d".formatted(i)),
                InetAddress.ofLiteral("203.0." + i + ".1"));
      }
    }
    awaitOne("user-throttled");
    store.close();
    assertThat(bodies(open(), "user-throttled"))
        .singleElement()
        .asString()
        .contains("\"user\":\"" + ALICE + "\",\"from\":\"203.0.")
        .doesNotContain("nobody");
  }

  @Test
  void aNodeHearsThatSomebodyWantsToKnow() {
    Store store = open();
    add(store, ALICE);
    IssuedAppPassword issued = create(store, ALICE);
    var _ = store.appPasswords().revoke(issued.appPassword().id(), "lost", TestConfig.ACTOR);
    var _ = node();
    await()
        .atMost(PATIENCE)
        .until(() -> {
          var _ = logIn(store, ALICE, issued.secret(), OFFICE);
          return count("app-password-refused-after-revocation") == 1;
        });
  }
}
