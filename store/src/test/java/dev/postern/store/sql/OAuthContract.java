package dev.postern.store.sql;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.postern.store.Actor;
import dev.postern.store.Channel;
import dev.postern.store.RefusedException;
import dev.postern.store.Store;
import dev.postern.store.StoreConfig;
import dev.postern.store.UserChange;
import dev.postern.store.audit.Changes;
import dev.postern.store.auth.Secret;
import dev.postern.store.event.EventKind;
import dev.postern.store.keys.KeyKind;
import dev.postern.store.keys.KeyState;
import dev.postern.store.keys.Keys;
import dev.postern.store.oauth.ClientCredential;
import dev.postern.store.oauth.ConsentLinks;
import dev.postern.store.oauth.ConsentLinks.Brought;
import dev.postern.store.oauth.ConsentOwner;
import dev.postern.store.oauth.Minted;
import dev.postern.store.oauth.OAuthAccount;
import dev.postern.store.oauth.OAuthAccount.State;
import dev.postern.store.oauth.OAuthClient;
import dev.postern.store.oauth.OAuthFlow;
import dev.postern.store.oauth.Objection;
import dev.postern.store.oauth.Provider;
import dev.postern.store.oauth.TokenAccount;
import dev.postern.store.oauth.TokenAnswer;
import dev.postern.store.oauth.TokenSource.Freshness;
import dev.postern.store.oauth.TokenTrouble;
import dev.postern.store.testing.OAuthClients;
import dev.postern.store.testing.ScriptedIdToken;
import dev.postern.store.testing.ScriptedProvider;
import dev.postern.store.testing.ScriptedProvider.Answer;
import dev.postern.store.testing.TestConfig;
import java.net.URI;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.assertj.core.api.InstanceOfAssertFactories;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Consents, leases and tokens over a database. */
abstract class OAuthContract extends StoreContract {
  final ScriptedProvider provider = new ScriptedProvider();
  final OAuthClient client = OAuthClients.consent(provider.tokenEndpoint());

  @AfterEach
  void stopProvider() {
    provider.close();
  }

  Store node(String name) {
    Store store = open();
    store.joinAsNode(name);
    return store;
  }

  Minted consent(String refreshToken) {
    return new Minted(
        Secret.ofText("first"),
        Duration.ofHours(1),
        Optional.of(Secret.ofText(refreshToken)),
        Optional.of(ALICE),
        client.registration());
  }

  OAuthAccount connect(Store store) {
    return connect(store, provider.consent());
  }

  OAuthAccount connect(Store store, String refreshToken) {
    OAuthAccount connected =
        store
            .oauthAccounts()
            .connect(ALICE, OAuthClients.UPSTREAM, consent(refreshToken), TestConfig.ACTOR);
    settle(store);
    return connected;
  }

  TokenAccount account(Store store) {
    return new TokenAccount.OfUser(
        OAuthClients.UPSTREAM, store.users().find(ALICE).orElseThrow().id());
  }

  CompletableFuture<TokenAnswer> ask(Store store) {
    return store.tokens().token(client, account(store), Freshness.USUAL);
  }

  static String text(TokenAnswer answer) {
    return switch (answer) {
      case TokenAnswer.Granted(var token) -> token.value().expose(String::new);
      case TokenAnswer.Denied(TokenTrouble trouble) ->
          trouble.kind().word() + ": " + trouble.detail();
    };
  }

  String token(Store store) {
    return text(ask(store).orTimeout(20, SECONDS).join());
  }

  State stateOf(Store store) {
    return store.oauthAccounts().of(ALICE).getFirst().state();
  }

  @Test
  void renewsByConsentAndKeepsTheTokenThatCameInPlaceOfTheOldOne() {
    Store store = open();
    add(store, ALICE);
    String first = provider.consent();
    connect(store, first);
    provider.voidOldTokens();
    assertThat(token(store)).isEqualTo("at-2");
    assertThat(token(store)).isEqualTo("at-2");
    assertThat(provider.requests()).hasSize(1);
    assertThat(provider.requests().getFirst())
        .containsEntry("grant_type", "refresh_token")
        .containsEntry("refresh_token", first)
        .containsEntry("client_id", "postern")
        .containsEntry("client_secret", "the-client-secret")
        .containsEntry("scope", "mail offline_access");
    store.close();
    assertThat(token(open())).isEqualTo("at-3");
    assertThat(provider.requests().getLast()).containsEntry("refresh_token", "rt-2");
  }

  @Test
  void isNotGivenOutBeforeTheNewRefreshTokenIsKept() {
    Store store = open();
    add(store, ALICE);
    connect(store);
    List<Long> kept = new ArrayList<>();
    ask(store)
        .thenAccept(_ -> kept.add(query("SELECT generation FROM oauth_accounts")))
        .orTimeout(20, SECONDS)
        .join();
    assertThat(kept).containsExactly(2L);
  }

  @Test
  void aLateAnswerIsKeptAndHandedToWhoComesNext() {
    Store store = open();
    add(store, ALICE);
    connect(store);
    provider.voidOldTokens();
    CountDownLatch thinking = new CountDownLatch(1);
    provider.script(form -> {
      try {
        thinking.await();
      } catch (InterruptedException _) {
        Thread.currentThread().interrupt();
      }
      provider.mend();
      return provider.usual(form);
    });
    assertThat(token(store)).startsWith("timeout: ");
    assertThat(provider.requests()).hasSize(1);
    thinking.countDown();
    // The gate is open again once the answer was kept.
    await().until(() -> token(store).equals("at-2"));
    assertThat(provider.requests()).hasSize(1);
    assertThat(stateOf(store)).isEqualTo(State.CONNECTED);
  }

  @Test
  void theNewRefreshTokenIsKeptWhereTheAccessTokenIsTooLong() {
    Store store = open();
    add(store, ALICE);
    connect(store);
    provider.script(_ -> Answer.tokens("x".repeat(17 * 1024), "the-new-one"));
    assertThat(token(store)).startsWith("token-too-long: ");
    assertThat(stateOf(store)).isEqualTo(State.CONNECTED);
    provider.mend();
    forget(store);
    var _ = token(store);
    assertThat(provider.requests())
        .extracting(form -> form.get("refresh_token"))
        .containsExactly("rt-1", "the-new-one");
  }

  @Test
  void withoutConsentNobodyIsAsked() {
    Store store = open();
    add(store, ALICE);
    assertThat(token(store)).startsWith("no-consent");
    assertThat(provider.requests()).isEmpty();
  }

  @Test
  void consentThatHasEndedIsNotedOnceAndAnotherHealsAllNodes() {
    Store one = node("mx1/1");
    Store other = node("mx2/1");
    add(one, ALICE);
    String refreshToken = provider.consent();
    connect(one, refreshToken);
    settle(other);
    one.outbox().register("monitoring", Set.of(EventKind.CONSENT_NEEDED));
    provider.revoke(refreshToken);
    assertThat(token(one)).isEqualTo("consent-ended: invalid_grant AADSTS700082");
    assertThat(token(one)).startsWith("consent-ended");
    assertThat(token(other)).startsWith("consent-ended");
    assertThat(provider.requests()).hasSize(1);
    assertThat(query("SELECT COUNT(*) FROM webhook_events")).isEqualTo(1);
    assertThat(one.outbox().next("monitoring").orElseThrow().body())
        .endsWith(
            "\"event\":\"consent-needed\",\"at\":\"%s\",\"user\":\"%s\",\"upstream\":\"%s\",\"reason\":\"%s\"}"
                .formatted(
                    clock.instant(), ALICE, OAuthClients.UPSTREAM, "invalid_grant AADSTS700082"));
    OAuthAccount ended = one.oauthAccounts().of(ALICE).getFirst();
    assertThat(ended.state()).isEqualTo(State.NEEDS_CONSENT);
    assertThat(ended.reason()).isEqualTo("invalid_grant AADSTS700082");
    assertThat(other.oauthAccounts().list(Optional.of(State.NEEDS_CONSENT), "", 10)).hasSize(1);
    assertThat(other.oauthAccounts().list(Optional.of(State.CONNECTED), "", 10)).isEmpty();

    connect(one);
    await().atMost(10, SECONDS).until(() -> token(other).startsWith("at-"));
    await().atMost(10, SECONDS).until(() -> token(one).startsWith("at-"));
    assertThat(stateOf(one)).isEqualTo(State.CONNECTED);
  }

  @Test
  void twoHundredLoginsOnTwoNodesAskTheProviderOnce() {
    Store one = node("mx1/1");
    Store other = node("mx2/1");
    refreshMembership(one, other);
    add(one, ALICE);
    connect(one);
    settle(other);
    provider.delay(Duration.ofMillis(200));
    List<CompletableFuture<TokenAnswer>> answers = new ArrayList<>();
    for (int i = 0; i < 100; i++) {
      answers.add(ask(one));
      answers.add(ask(other));
    }
    Set<String> tokens =
        answers.stream()
            .map(answer -> text(answer.orTimeout(20, SECONDS).join()))
            .collect(Collectors.toSet());
    assertThat(tokens).containsExactly("at-2");
    assertThat(provider.requests()).hasSize(1);
    assertThat(query("SELECT COUNT(*) FROM oauth_leases WHERE handed LIKE 'v1:s1:%'")).isEqualTo(1);
    assertThat(query("SELECT COUNT(*) FROM oauth_leases WHERE handed LIKE '%at-2%'")).isZero();
  }

  /** A node learns how many there are at its heartbeat. */
  private static void refreshMembership(Store... nodes) {
    for (Store node : nodes) {
      await().atMost(15, SECONDS).until(() -> node.sessionRegistry().liveNodes() == nodes.length);
    }
  }

  /** Nor in the moment in which the other node hands over and ends its lease. */
  @Test
  void twoNodesAskOnceForEachOfManyMailboxes() {
    Store one = node("mx1/1");
    Store other = node("mx2/1");
    refreshMembership(one, other);
    OAuthClient site = OAuthClients.site(provider.tokenEndpoint());
    int mailboxes = 300;
    List<CompletableFuture<TokenAnswer>> answers =
        IntStream.range(0, mailboxes)
            .mapToObj(i -> new TokenAccount.OfMailbox(OAuthClients.UPSTREAM, "user" + i))
            .flatMap(mailbox ->
                Stream.of(one, other)
                    .map(store -> store.tokens().token(site, mailbox, Freshness.USUAL)))
            .toList();
    assertThat(answers)
        .allMatch(answer -> answer.orTimeout(30, SECONDS).join() instanceof TokenAnswer.Granted);
    assertThat(provider.requests()).hasSize(mailboxes);
  }

  @Test
  void aNodeThatIsAloneHandsNothingOver() {
    Store store = node("mx1/1");
    add(store, ALICE);
    connect(store);
    assertThat(token(store)).isEqualTo("at-2");
    assertThat(query("SELECT COUNT(*) FROM oauth_leases")).isZero();
  }

  @Test
  void aLeaseOfANodeThatDiedIsTakenOver() {
    Store store = open();
    add(store, ALICE);
    connect(store);
    Dialect dialect =
        switch (database) {
          case StoreConfig.Database.Sqlite _ -> Dialect.SQLITE;
          case StoreConfig.Database.Postgres _ -> Dialect.POSTGRESQL;
        };
    run(
        "INSERT INTO oauth_leases (account, owner, ends_at) VALUES ('"
            + account(store).key()
            + "', 'gone', "
            + dialect.now()
            + " + 1000)");
    long began = System.nanoTime();
    assertThat(token(store)).isEqualTo("at-2");
    assertThat(Duration.ofNanos(System.nanoTime() - began)).isGreaterThan(Duration.ofMillis(500));
  }

  @Test
  void laterTokenComesWhereTheUpstreamRefusedOne() {
    Store store = open();
    add(store, ALICE);
    connect(store);
    TokenAnswer first = ask(store).orTimeout(20, SECONDS).join();
    assertThat(first).isInstanceOf(TokenAnswer.Granted.class);
    TokenAnswer second =
        store
            .tokens()
            .tokenAfter(client, account(store), ((TokenAnswer.Granted) first).token())
            .orTimeout(20, SECONDS)
            .join();
    assertThat(text(second)).isEqualTo("at-3");
    assertThat(token(store)).isEqualTo("at-3");
  }

  @Test
  void disconnectingTakesTheTokenOutOfTheDatabaseAndOfMemory() {
    Store store = open();
    add(store, ALICE);
    connect(store);
    assertThat(token(store)).isEqualTo("at-2");
    assertThat(query("SELECT COUNT(*) FROM oauth_accounts WHERE sealed LIKE 'v1:%'")).isEqualTo(1);
    OAuthAccount ended =
        store.oauthAccounts().disconnect(ALICE, OAuthClients.UPSTREAM, TestConfig.ACTOR);
    assertThat(ended.state()).isEqualTo(State.DISCONNECTED);
    assertThat(query("SELECT COUNT(*) FROM oauth_accounts WHERE sealed = ''")).isEqualTo(1);
    await().atMost(10, SECONDS).until(() -> token(store).startsWith("no-consent"));
    assertRefused(
        RefusedException.Code.NOT_FOUND,
        () -> store.oauthAccounts().disconnect(ALICE, OAuthClients.UPSTREAM, TestConfig.ACTOR));
  }

  @Test
  void tokenOfAConsentThatWasEndedMeanwhileIsForNobody() {
    Store one = node("mx1/1");
    Store other = node("mx2/1");
    refreshMembership(one, other);
    add(one, ALICE);
    connect(one);
    provider.delay(Duration.ofMillis(700));
    CompletableFuture<TokenAnswer> asked = ask(one);
    await().atMost(10, SECONDS).until(() -> provider.requests().size() == 1);
    OAuthAccount _ =
        other.oauthAccounts().disconnect(ALICE, OAuthClients.UPSTREAM, TestConfig.ACTOR);
    assertThat(text(asked.orTimeout(20, SECONDS).join())).startsWith("no-consent");
    assertThat(token(one)).startsWith("no-consent");
    assertThat(token(other)).startsWith("no-consent");
    assertThat(query("SELECT COUNT(*) FROM oauth_leases WHERE handed IS NOT NULL")).isZero();
  }

  @Test
  void refreshTokenIsNotShownToAnotherProviderOrRegistration() {
    Store store = open();
    add(store, ALICE);
    connect(store);
    OAuthClient elsewhere = OAuthClients.consent(provider.at("/another-tenant/token"));
    assertThat(
            text(
                store
                    .tokens()
                    .token(elsewhere, account(store), Freshness.USUAL)
                    .orTimeout(20, SECONDS)
                    .join()))
        .startsWith("other-registration");
    assertThat(provider.requests()).isEmpty();
    assertThat(stateOf(store)).isEqualTo(State.CONNECTED);
    assertThat(token(store)).isEqualTo("at-2");
  }

  @Test
  void otherChangesOfAUserLeaveHisTokenAlone() {
    Store one = open();
    Store other = open();
    add(one, ALICE);
    connect(one);
    assertThat(token(one)).isEqualTo("at-2");
    List<UserChange> heard = new CopyOnWriteArrayList<>();
    one.onUserChanged(heard::add);
    var _ = create(other, ALICE);
    await().atMost(10, SECONDS).until(() -> !heard.isEmpty());
    assertThat(token(one)).isEqualTo("at-2");
    assertThat(provider.requests()).hasSize(1);
  }

  @Test
  void consentWithoutARefreshTokenIsNone() {
    Store store = open();
    add(store, ALICE);
    Minted none =
        new Minted(
            Secret.ofText("at"),
            Duration.ofHours(1),
            Optional.empty(),
            Optional.empty(),
            client.registration());
    assertRefused(
        RefusedException.Code.INVALID,
        () -> store.oauthAccounts().connect(ALICE, OAuthClients.UPSTREAM, none, TestConfig.ACTOR));
  }

  @Test
  void consentMovedToAnotherUserOpensNothing() {
    Store store = open();
    add(store, ALICE);
    add(store, BOB);
    connect(store);
    run("UPDATE oauth_accounts SET user_id = '" + store.users().find(BOB).orElseThrow().id() + "'");
    TokenAccount bob =
        new TokenAccount.OfUser(OAuthClients.UPSTREAM, store.users().find(BOB).orElseThrow().id());
    assertThat(
            text(store.tokens().token(client, bob, Freshness.USUAL).orTimeout(20, SECONDS).join()))
        .startsWith("store: ");
    assertThat(provider.requests()).isEmpty();
    assertThat(store.statistics().rowAlarms().get()).isPositive();
  }

  @Test
  void refreshTokenThatIsPutBackIsNoticed() {
    Store store = open();
    add(store, ALICE);
    connect(store);
    run("CREATE TABLE kept_rows AS SELECT * FROM oauth_accounts");
    assertThat(token(store)).isEqualTo("at-2");
    store.oauthAccounts().disconnect(ALICE, OAuthClients.UPSTREAM, TestConfig.ACTOR);
    await().atMost(10, SECONDS).until(() -> token(store).startsWith("no-consent"));
    run("DELETE FROM oauth_accounts");
    run("INSERT INTO oauth_accounts SELECT * FROM kept_rows");
    store.tokens().consentChanged(Optional.empty());
    assertThat(token(store)).startsWith("store: ");
    assertThat(provider.requests()).hasSize(1);
  }

  @Test
  void temporaryTroubleLeavesTheConsentAsItIs() {
    Store store = open();
    add(store, ALICE);
    connect(store);
    provider.script(_ -> new Answer(503, "text/html", "<h1>later</h1>", Map.of()));
    assertThat(token(store)).startsWith("provider-busy");
    assertThat(token(store)).startsWith("provider-busy");
    assertThat(provider.requests()).hasSize(1);
    assertThat(stateOf(store)).isEqualTo(State.CONNECTED);
    provider.mend();
    await().atMost(10, SECONDS).until(() -> token(store).startsWith("at-"));
  }

  @Test
  void anErrorForOneUserLeavesTheProviderToTheOthers() {
    Store store = open();
    add(store, ALICE);
    add(store, BOB);
    String refusedOne = provider.consent();
    connect(store, refusedOne);
    OAuthAccount _ =
        store
            .oauthAccounts()
            .connect(BOB, OAuthClients.UPSTREAM, consent(provider.consent()), TestConfig.ACTOR);
    settle(store);
    provider.script(form ->
        refusedOne.equals(form.get("refresh_token"))
            ? Answer.error("unauthorized_client", "not for her")
            : Answer.tokens("at-of-bob", ""));
    assertThat(token(store)).startsWith("grant-refused: unauthorized_client");
    TokenAccount bob =
        new TokenAccount.OfUser(OAuthClients.UPSTREAM, store.users().find(BOB).orElseThrow().id());
    assertThat(
            text(store.tokens().token(client, bob, Freshness.USUAL).orTimeout(20, SECONDS).join()))
        .isEqualTo("at-of-bob");
    assertThat(stateOf(store)).isEqualTo(State.CONNECTED);
    assertThat(token(store)).startsWith("grant-refused");
    assertThat(provider.requests()).hasSize(2);
  }

  private void forget(Store... nodes) {
    for (Store node : nodes) {
      node.tokens().consentChanged(Optional.empty());
    }
  }

  @ParameterizedTest
  @CsvSource({
    "interaction_required, AADSTS50076: multi-factor",
    "invalid_grant, AADSTS53003: Conditional Access",
    "interaction_required, no number"
  })
  void consentThatARuleEndedIsTriedAgainOnceAnHourAndHealsByItself(String code, String words) {
    Store one = node("mx1/1");
    Store other = node("mx2/1");
    add(one, ALICE);
    connect(one);
    settle(other);
    one.outbox().register("monitoring", Set.of(EventKind.CONSENT_NEEDED));
    provider.script(_ -> Answer.error(code, words));
    assertThat(token(one)).startsWith("consent-ended: " + code);
    Instant since = one.oauthAccounts().of(ALICE).getFirst().since();
    clock.advance(Duration.ofMinutes(59));
    forget(one, other);
    assertThat(token(one)).startsWith("consent-ended");
    assertThat(provider.requests()).hasSize(1);

    clock.advance(Duration.ofMinutes(1));
    for (int i = 0; i < 3; i++) {
      forget(one, other);
      assertThat(token(one)).startsWith("consent-ended");
      assertThat(token(other)).startsWith("consent-ended");
    }
    assertThat(provider.requests()).as("by one of two nodes").hasSize(2);
    assertThat(query("SELECT COUNT(*) FROM webhook_events")).as("told once").isEqualTo(1);
    assertThat(one.oauthAccounts().of(ALICE).getFirst().since()).isEqualTo(since);
    assertThat(
            query(
                "SELECT COUNT(*) FROM admin_changes WHERE action = 'oauth.needs-consent'"
                    + " AND subject_name = 'alice@example.com'"))
        .isEqualTo(1);

    provider.mend();
    clock.advance(Duration.ofHours(1));
    forget(other);
    assertThat(token(other)).startsWith("at-");
    assertThat(stateOf(one)).isEqualTo(State.CONNECTED);
    await().atMost(10, SECONDS).until(() -> token(one).startsWith("at-"));
    assertThat(query("SELECT COUNT(*) FROM admin_changes WHERE action = 'oauth.restored'"))
        .isEqualTo(1);
  }

  @Test
  void consentThatWasWithdrawnIsNeverTriedAgain() {
    Store store = open();
    add(store, ALICE);
    connect(store);
    provider.script(_ -> Answer.error("interaction_required", "AADSTS50079: enrol"));
    assertThat(token(store)).startsWith("consent-ended");
    provider.script(_ -> Answer.error("invalid_grant", "AADSTS50173: revoked"));
    clock.advance(Duration.ofHours(1));
    forget(store);
    assertThat(token(store)).isEqualTo("consent-ended: invalid_grant AADSTS50173");
    assertThat(store.oauthAccounts().of(ALICE).getFirst().reason())
        .isEqualTo("invalid_grant AADSTS50173");
    for (int day = 0; day < 3; day++) {
      clock.advance(Duration.ofDays(1));
      forget(store);
      assertThat(token(store)).startsWith("consent-ended");
    }
    assertThat(provider.requests()).hasSize(2);
  }

  @Test
  void laterConsentIsNotSpoiltByWhatBecameOfTheEarlierOne() {
    Store store = open();
    add(store, ALICE);
    String old = provider.consent();
    connect(store, old);
    provider.revoke(old);
    provider.delay(Duration.ofMillis(700));
    CompletableFuture<TokenAnswer> asked = ask(store);
    await().atMost(10, SECONDS).until(() -> provider.requests().size() == 1);
    connect(store);
    assertThat(text(asked.orTimeout(20, SECONDS).join())).startsWith("at-");
    assertThat(stateOf(store)).isEqualTo(State.CONNECTED);
  }

  @Test
  void sealingKeyCanBeRetiredUnderRefreshTokens() throws Exception {
    Store store = open();
    add(store, ALICE);
    connect(store);
    String waiting = String.valueOf(link(store).get("state"));
    String over = String.valueOf(link(store).get("state"));
    String digest =
        HexFormat.of()
            .formatHex(
                MessageDigest.getInstance("SHA-256")
                    .digest(over.getBytes(StandardCharsets.US_ASCII)));
    run("UPDATE oauth_links SET ends_at = 1 WHERE state_digest = '" + digest + "'");
    assertThat(query("SELECT COUNT(*) FROM oauth_accounts WHERE sealed LIKE 'v1:s1:%'"))
        .isEqualTo(1);
    store.close();
    Store two = open(keys("s1", "s2"), clock);
    var _ = two.keys().activate(KeyKind.SEALING, "s2", TestConfig.ACTOR);
    Keys.Renewed renewed = two.keys().retire(KeyKind.SEALING, "s1", TestConfig.ACTOR, _ -> {});
    assertThat(renewed.key().state()).isEqualTo(KeyState.RETIRED);
    assertThat(two.consentLinks().isWaiting(waiting)).isFalse();
    assertThat(renewed.endedLinks()).as("that which was over before is not counted").isEqualTo(1);
    two.close();
    Store after = open(keys("s2"), clock);
    assertThat(token(after)).isEqualTo("at-2");
    assertThat(after.statistics().rowAlarms().get()).isZero();
  }

  private StoreConfig keys(String... sealing) {
    StoreConfig base = TestConfig.of(database);
    return new StoreConfig(
        database,
        base.pepper(),
        Stream.of(sealing).map(id -> TestConfig.key(id, id.equals("s1") ? 101 : 102)).toList(),
        List.of(),
        base.appPasswords(),
        base.databaseGrace(),
        base.audit());
  }

  @Test
  void changesAreOnRecordWithoutTheToken() {
    Store store = open();
    add(store, ALICE);
    connect(store, "rt-secret");
    store.oauthAccounts().disconnect(ALICE, OAuthClients.UPSTREAM, TestConfig.ACTOR);
    assertThat(
            query(
                "SELECT COUNT(*) FROM admin_changes"
                    + " WHERE action IN ('oauth.connect', 'oauth.disconnect')"))
        .isEqualTo(2);
    assertThat(query("SELECT COUNT(*) FROM admin_changes WHERE after LIKE '%rt-secret%'")).isZero();
  }

  @Test
  void fiveHundredUsersAtOnceAreRenewedOnceEach() {
    Store store = open();
    provider.delay(Duration.ofMillis(300));
    List<TokenAccount> all = new ArrayList<>();
    for (int i = 0; i < 500; i++) {
      String user = "user" + i + "@example.com";
      add(store, user);
      OAuthAccount _ =
          store
              .oauthAccounts()
              .connect(user, OAuthClients.UPSTREAM, consent(provider.consent()), TestConfig.ACTOR);
      all.add(
          new TokenAccount.OfUser(
              OAuthClients.UPSTREAM, store.users().find(user).orElseThrow().id()));
    }
    settle(store);
    List<CompletableFuture<TokenAnswer>> answers = new ArrayList<>();
    for (int client = 0; client < 3; client++) {
      all.forEach(whose -> answers.add(store.tokens().token(this.client, whose, Freshness.USUAL)));
    }
    assertThat(answers)
        .allSatisfy(answer ->
            assertThat(answer.orTimeout(60, SECONDS).join())
                .isInstanceOf(TokenAnswer.Granted.class));
    assertThat(provider.requests()).hasSize(500);
  }

  // ---- links for browsers

  private static final URI REDIRECT = URI.create("http://localhost:8080/oauth/callback");

  private OAuthClient browsing() {
    return browsing(
        new Provider.Known(
            provider.tokenEndpoint(), Optional.of(provider.at("/authorize")), Optional.empty()));
  }

  private OAuthClient browsing(Provider at) {
    return new OAuthClient(
        OAuthClients.UPSTREAM,
        "postern",
        new ClientCredential.None(),
        new OAuthFlow.Consent(OAuthFlow.Way.AUTHORIZATION_CODE),
        at,
        List.of("mail", "openid"),
        Map.of("access_type", "offline", "prompt", "consent"),
        Optional.empty());
  }

  /** Gives tokens for any code, in the name of that mailbox. */
  private void consentsAs(String mailbox) {
    consentsWith("{\"preferred_username\":\"%s\"}".formatted(mailbox));
  }

  private void consentsWith(String identity) {
    answersWith(ScriptedIdToken.of(clock.instant(), identity), "");
  }

  /**
   * Gives tokens for any code.
   *
   * @param more members of the answer's JSON
   */
  private void answersWith(String idToken, String more) {
    provider.script(_ ->
        Answer.json(
            200,
            "{\"token_type\":\"Bearer\",\"expires_in\":3600,\"access_token\":\"at\","
                + "\"refresh_token\":\"rt-by-link\",\"id_token\":\""
                + idToken
                + "\""
                + more
                + "}"));
  }

  private Map<String, String> link(Store store) throws Exception {
    return link(store, new ConsentOwner(ALICE, false));
  }

  private Map<String, String> link(Store store, ConsentOwner owner) throws Exception {
    URI page = store.consentLinks().make(browsing(), ALICE, REDIRECT, owner, TestConfig.ACTOR);
    assertThat(page.toString()).startsWith(provider.at("/authorize") + "?");
    return Stream.of(page.getRawQuery().split("&", -1))
        .map(pair -> pair.split("=", 2))
        .collect(
            Collectors.toMap(
                pair -> pair[0], pair -> URLDecoder.decode(pair[1], StandardCharsets.UTF_8)));
  }

  private ConsentLinks.Outcome follow(Store store, Map<String, String> link) {
    return follow(store, link, Optional.empty(), browsing());
  }

  private static ConsentLinks.Outcome follow(
      Store store, Map<String, String> link, Optional<String> issuer, OAuthClient client) {
    try (Secret code = Secret.ofText("the-code")) {
      return store
          .consentLinks()
          .follow(
              link.getOrDefault("state", ""),
              new Brought(Optional.of(code), Optional.empty(), issuer),
              List.of(client));
    }
  }

  /** RFC 9207: else a hostile provider is brought another's code, and trades it in. */
  @Test
  void aCodeOfAnotherIssuerIsShownToNobody() throws Exception {
    Store store = open();
    add(store, ALICE);
    URI issuer = provider.at("/realm");
    OAuthClient discovering = browsing(new Provider.Discovered(issuer));
    for (String other : List.of("https://honest.example", issuer + "/", "")) {
      assertThat(follow(store, link(store), Optional.of(other), discovering))
          .asInstanceOf(InstanceOfAssertFactories.type(ConsentLinks.Outcome.Failed.class))
          .extracting(failed -> failed.trouble().detail())
          .isEqualTo("the browser comes from another issuer than ours");
    }
    assertThat(provider.requests()).isEmpty();

    provider.script(_ -> Answer.error("invalid_grant", ""));
    for (Optional<String> taken :
        List.of(Optional.of(issuer.toString()), Optional.<String>empty())) {
      assertThat(follow(store, link(store), taken, discovering))
          .asInstanceOf(InstanceOfAssertFactories.type(ConsentLinks.Outcome.Failed.class))
          .extracting(failed -> failed.trouble().detail())
          .isNotEqualTo("the browser comes from another issuer than ours");
    }
    assertThat(provider.requests()).isNotEmpty();
  }

  @Test
  void aLinkIsFollowedOnceOnAnyNode() throws Exception {
    Store one = open();
    Store other = open();
    add(one, ALICE);
    consentsAs(ALICE);
    Map<String, String> link = link(one);
    assertThat(link)
        .containsEntry("response_type", "code")
        .containsEntry("client_id", "postern")
        .containsEntry("redirect_uri", REDIRECT.toString())
        .containsEntry("code_challenge_method", "S256")
        .containsEntry("access_type", "offline")
        .containsEntry("prompt", "consent")
        .containsEntry("login_hint", ALICE);
    String state = String.valueOf(link.get("state"));
    assertThat(other.consentLinks().isWaiting(state)).isTrue();
    assertThat(other.consentLinks().isWaiting("another")).isFalse();
    assertThat(follow(other, link)).isInstanceOf(ConsentLinks.Outcome.Connected.class);
    assertThat(one.changes().list(Changes.Query.ALL, Optional.empty(), 10))
        .filteredOn(entry -> entry.action().equals("oauth.connect"))
        .singleElement()
        .satisfies(
            entry -> assertThat(entry.actor()).isEqualTo(new Actor(ALICE, "user", Channel.LINK)));
    assertThat(one.consentLinks().isWaiting(state)).isFalse();
    assertThat(follow(one, link)).isEqualTo(new ConsentLinks.Outcome.NoSuchLink());
    assertThat(stateOf(one)).isEqualTo(State.CONNECTED);
    Map<String, String> asked = provider.requests().getFirst();
    assertThat(asked)
        .containsEntry("grant_type", "authorization_code")
        .containsEntry("code", "the-code")
        .containsEntry("redirect_uri", REDIRECT.toString());
    String challenge =
        Base64.getUrlEncoder()
            .withoutPadding()
            .encodeToString(
                MessageDigest.getInstance("SHA-256")
                    .digest(
                        String.valueOf(asked.get("code_verifier"))
                            .getBytes(StandardCharsets.US_ASCII)));
    assertThat(challenge).isEqualTo(link.get("code_challenge"));
  }

  @Test
  void consentIsTakenOfTheMailboxThatWasSaidAndOfNoOther() throws Exception {
    Store store = open();
    add(store, ALICE);
    consentsAs(BOB);
    assertThat(follow(store, link(store))).isEqualTo(unfit(new Objection.OtherMailbox(ALICE, BOB)));
    ConsentOwner another = new ConsentOwner("carol@example.com", true);
    assertThat(link(store, another)).containsEntry("login_hint", "carol@example.com");
    assertThat(follow(store, link(store, another)))
        .isEqualTo(unfit(new Objection.OtherMailbox("carol@example.com", BOB)));
    assertThat(store.oauthAccounts().of(ALICE)).isEmpty();
    assertThat(follow(store, link(store, new ConsentOwner("Bob@example.com", false))))
        .isInstanceOf(ConsentLinks.Outcome.Connected.class);
  }

  @Test
  void ofSeveralNamesTheAddressSaysWhoseConsentItIs() throws Exception {
    Store store = open();
    add(store, ALICE);
    consentsWith("{\"preferred_username\":\"alice\",\"email\":\"%s\"}".formatted(ALICE));
    assertThat(follow(store, link(store))).isInstanceOf(ConsentLinks.Outcome.Connected.class);
    consentsWith("{\"preferred_username\":\"%s\",\"email\":\"%s\"}".formatted(BOB, ALICE));
    assertThat(follow(store, link(store))).isEqualTo(unfit(new Objection.OtherMailbox(ALICE, BOB)));
    consentsWith("{\"preferred_username\":\"alice\"}");
    assertThat(follow(store, link(store)))
        .isEqualTo(unfit(new Objection.OtherMailbox(ALICE, "alice")));
  }

  @Test
  void aLinkThatBringsNoRefreshTokenFails() throws Exception {
    Store store = open();
    add(store, ALICE);
    provider.script(_ -> Answer.tokens("at", ""));
    assertThat(follow(store, link(store, new ConsentOwner(ALICE, true))))
        .isEqualTo(unfit(new Objection.NoRefreshToken()));
    assertThat(store.oauthAccounts().of(ALICE)).isEmpty();
  }

  private static ConsentLinks.Outcome unfit(Objection objection) {
    return new ConsentLinks.Outcome.Unfit(objection);
  }

  /** A person may untick it on the provider's page. */
  @Test
  void aConsentWithoutTheScopeOfMailConnectsNothing() throws Exception {
    Store store = open();
    add(store, ALICE);
    String idToken = ScriptedIdToken.of(clock.instant(), "{\"email\":\"%s\"}".formatted(ALICE));
    answersWith(idToken, ",\"scope\":\"openid\"");
    assertThat(follow(store, link(store)))
        .isEqualTo(unfit(new Objection.Ungranted(List.of("mail"))));
    assertThat(store.oauthAccounts().of(ALICE)).isEmpty();
    answersWith(idToken, ",\"scope\":\"mail\"");
    assertThat(follow(store, link(store))).isInstanceOf(ConsentLinks.Outcome.Connected.class);
  }

  @Test
  void theIdTokenOfAnotherClientDecidesNothing() throws Exception {
    Store store = open();
    add(store, ALICE);
    answersWith(
        ScriptedIdToken.raw(
            "RS256",
            "{\"aud\":\"other\",\"exp\":%d,\"email\":\"%s\"}"
                .formatted(clock.instant().plusSeconds(60).getEpochSecond(), ALICE)),
        "");
    assertThat(follow(store, link(store)))
        .isEqualTo(unfit(new Objection.Unnamed(ALICE, "the ID token is for another client (aud)")));
    assertThat(store.oauthAccounts().of(ALICE)).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"temporarily_unavailable", "server_error"})
  void aProviderThatCannotJustNowIsNoPersonWhoDeclines(String error) throws Exception {
    Store store = open();
    add(store, ALICE);
    assertThat(
            store
                .consentLinks()
                .follow(
                    String.valueOf(link(store).get("state")),
                    new Brought(Optional.empty(), Optional.of(error), Optional.empty()),
                    List.of(browsing())))
        .isEqualTo(
            new ConsentLinks.Outcome.Failed(
                new TokenTrouble(TokenTrouble.Kind.PROVIDER_BUSY, error)));
  }

  @Test
  void consentOfNobodyKnowsWhomIsTakenOnlyWhereThatWasSaid() throws Exception {
    Store store = open();
    add(store, ALICE);
    provider.script(_ -> Answer.tokens("at", "rt"));
    assertThat(follow(store, link(store)))
        .isEqualTo(unfit(new Objection.Unnamed(ALICE, "there is no ID token")));
    assertThat(store.oauthAccounts().of(ALICE)).isEmpty();
    assertThat(follow(store, link(store, new ConsentOwner(ALICE, true))))
        .isInstanceOf(ConsentLinks.Outcome.Connected.class);
  }

  @Test
  void aLinkThatIsMovedToAnotherUserOpensNothing() throws Exception {
    Store store = open();
    add(store, ALICE);
    add(store, BOB);
    consentsAs(BOB);
    Map<String, String> link = link(store);
    run("UPDATE oauth_links SET user_id = '" + store.users().find(BOB).orElseThrow().id() + "'");
    assertThat(follow(store, link)).isInstanceOf(ConsentLinks.Outcome.Failed.class);
    assertThat(provider.requests()).isEmpty();
    assertThat(store.oauthAccounts().of(BOB)).isEmpty();
  }

  @Test
  void aLinkIsNotInTheDatabaseInClear() throws Exception {
    Store store = open();
    add(store, ALICE);
    Map<String, String> link = link(store);
    assertThat(
            query(
                "SELECT COUNT(*) FROM oauth_links WHERE state_digest LIKE '%"
                    + link.get("state")
                    + "%'"))
        .isZero();
    assertThat(follow(store, Map.of("state", "another")))
        .isEqualTo(new ConsentLinks.Outcome.NoSuchLink());
    assertThat(provider.requests()).isEmpty();
  }

  @Test
  void whoMadeALinkIsOnRecordAndTheLinkIsNot() throws Exception {
    Store store = open();
    add(store, ALICE);
    String state = String.valueOf(link(store).get("state"));
    Changes.Entry entry = store.changes().list(Changes.Query.ALL, Optional.empty(), 1).getFirst();
    assertThat(entry.action()).isEqualTo("oauth.link");
    assertThat(entry.actor()).isEqualTo(TestConfig.ACTOR);
    assertThat(entry.subject().name()).contains(ALICE);
    assertThat(entry.after()).contains("{\"upstream\":\"" + OAuthClients.UPSTREAM + "\"}");
    assertThat(entry.toString()).doesNotContain(state);
  }

  @Test
  void aPersonMayDecline() throws Exception {
    Store store = open();
    add(store, ALICE);
    String state = String.valueOf(link(store).get("state"));
    assertThat(
            store
                .consentLinks()
                .follow(
                    state,
                    new Brought(Optional.empty(), Optional.of("access_denied"), Optional.empty()),
                    List.of(browsing())))
        .isEqualTo(new ConsentLinks.Outcome.Declined("access_denied"));
    assertThat(provider.requests()).isEmpty();
  }
}
