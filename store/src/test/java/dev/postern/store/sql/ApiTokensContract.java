package dev.postern.store.sql;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.awaitility.Awaitility.await;

import dev.postern.store.RefusedException.Code;
import dev.postern.store.Store;
import dev.postern.store.StoreConfig;
import dev.postern.store.access.ApiToken;
import dev.postern.store.access.ApiTokens;
import dev.postern.store.access.IssuedApiToken;
import dev.postern.store.access.NewApiToken;
import dev.postern.store.access.Role;
import dev.postern.store.audit.Changes;
import dev.postern.store.auth.Secret;
import dev.postern.store.keys.KeyKind;
import dev.postern.store.keys.KeyState;
import dev.postern.store.keys.KeyStatus;
import dev.postern.store.testing.LogLines;
import dev.postern.store.testing.TestConfig;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** API tokens in each database, and on every node. */
abstract class ApiTokensContract extends StoreContract {
  private static final StoreConfig.Key P1 = TestConfig.key("p1", 1);
  private static final StoreConfig.Key P2 = TestConfig.key("p2", 2);
  private static final InetAddress OFFICE = InetAddress.ofLiteral("192.0.2.7");
  private static final Duration SOON = Duration.ofSeconds(5);

  private static NewApiToken spec(String name) {
    return new NewApiToken(name, Role.OPERATOR, Set.of(), Optional.empty());
  }

  private static IssuedApiToken make(Store store, String name) {
    return make(store, spec(name));
  }

  private static IssuedApiToken make(Store store, NewApiToken spec) {
    return store.apiTokens().create(spec, TestConfig.ACTOR);
  }

  private static Optional<String> checked(Store store, IssuedApiToken issued) {
    return store.apiTokens().check(issued.secret()).map(ApiToken::id);
  }

  private static void assertWorks(Store store, IssuedApiToken issued) {
    assertThat(checked(store, issued)).contains(issued.token().id());
  }

  private static void assertRefused(Store store, IssuedApiToken issued) {
    assertThat(checked(store, issued)).isEmpty();
  }

  private static String text(Secret secret) {
    return secret.expose(bytes -> new String(bytes, StandardCharsets.US_ASCII));
  }

  private Store openWith(StoreConfig.Key... peppers) {
    return open(config(List.of(peppers), List.of()), clock);
  }

  private StoreConfig config(List<StoreConfig.Key> peppers, List<StoreConfig.Key> integrity) {
    StoreConfig base = TestConfig.of(database);
    return new StoreConfig(
        database,
        peppers,
        base.sealingKeys(),
        integrity,
        base.appPasswords(),
        base.databaseGrace(),
        base.audit());
  }

  // ---- what is made and kept

  @Test
  void aTokenIsWhatWasAskedForAndWorksAtOnce() {
    Store store = open();
    Instant end = clock.instant().plus(Duration.ofDays(30));
    IssuedApiToken issued =
        make(
            store,
            new NewApiToken(
                " shop ", Role.ISSUER, Set.of("Example.COM", "straße.example"), Optional.of(end)));

    ApiToken token = issued.token();
    assertThat(text(issued.secret()))
        .matches("ptk_[0-9a-hj-km-np-tv-z]{12}_[0-9a-hj-km-np-tv-z]{32}");
    assertThat(token.id()).isEqualTo("tk_" + text(issued.secret()).substring(4, 16));
    assertThat(token.name()).isEqualTo("shop");
    assertThat(token.domains()).containsExactlyInAnyOrder("example.com", "xn--strae-oqa.example");
    assertThat(token.createdBy()).isEqualTo(TestConfig.ACTOR.who());
    assertThat(token.createdAt()).isEqualTo(clock.instant());
    assertThat(token.expiresAt()).contains(end);
    assertThat(store.apiTokens().check(issued.secret())).contains(token);
    assertThat(store.apiTokens().find(token.id())).contains(token);
    assertThat(open().apiTokens().check(issued.secret())).contains(token);
  }

  @Test
  void nothingElseIsAToken() {
    Store store = open();
    IssuedApiToken issued = make(store, "shop");
    String right = text(issued.secret());
    String other = text(make(store, "other").secret());
    for (String wrong :
        List.of(
            "",
            "ptk_",
            right + "0",
            right.substring(1),
            " " + right,
            right.toUpperCase(Locale.ROOT),
            right.substring(0, 48) + (right.endsWith("0") ? "1" : "0"),
            right.substring(0, 17) + other.substring(17),
            other.substring(0, 17) + right.substring(17),
            right.replace("ptk_", "xtk_"),
            right.substring(0, 16) + "-" + right.substring(17),
            "ptk_" + "0".repeat(12) + "_" + "0".repeat(32),
            "ptk_" + "A".repeat(12) + "_" + "A".repeat(32),
            "\u00ff".repeat(49))) {
      assertThat(store.apiTokens().check(Secret.ofText(wrong))).as(wrong).isEmpty();
    }
    assertWorks(store, issued);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", " ", "two\nlines", "\u202eesrever"})
  void refusesANameThatIsNotOneLine(String name) {
    assertRefused(Code.INVALID, () -> make(open(), name));
  }

  @Test
  void refusesWhatMakesNoSense() {
    Store store = open();
    assertRefused(Code.INVALID, () -> make(store, "x".repeat(65)));
    assertRefused(
        Code.INVALID,
        () -> make(store, new NewApiToken("a", Role.ISSUER, Set.of(), Optional.empty())));
    assertRefused(
        Code.INVALID,
        () -> make(store, new NewApiToken("a", Role.ADMIN, Set.of("a.example"), Optional.empty())));
    assertRefused(
        Code.INVALID,
        () -> make(store, new NewApiToken("a", Role.ISSUER, Set.of("a,b"), Optional.empty())));
    assertRefused(Code.INVALID, () -> make(store, ending("a", clock.instant())));
    assertRefused(Code.INVALID, () -> make(store, ending("a", Instant.MAX)));
    assertRefused(Code.INVALID, () -> store.apiTokens().list("", 0));
    assertRefused(Code.NOT_FOUND, () -> store.apiTokens().revoke("tk_x", "", TestConfig.ACTOR));
    assertThat(store.apiTokens().list("", 10)).isEmpty();
  }

  private static NewApiToken ending(String name, Instant end) {
    return new NewApiToken(name, Role.AUDITOR, Set.of(), Optional.of(end));
  }

  @Test
  void ofThoseThatWorkNoTwoHaveTheSameName() {
    Store store = open();
    IssuedApiToken first = make(store, "shop");
    assertRefused(Code.CONFLICT, () -> make(store, "shop"));
    var _ = store.apiTokens().revoke(first.token().id(), "", TestConfig.ACTOR);
    IssuedApiToken second = make(store, ending("shop", clock.instant().plusSeconds(60)));
    assertRefused(Code.CONFLICT, () -> make(store, "shop"));
    clock.advance(Duration.ofSeconds(60));
    assertWorks(store, make(store, "shop"));
    assertRefused(store, second);
  }

  @Test
  void thereIsALimitOnThoseThatWork() {
    Store store = open();
    IssuedApiToken last = make(store, "0");
    for (int i = 1; i < ApiTokens.MOST; i++) {
      last = make(store, "" + i);
    }
    assertRefused(Code.LIMIT, () -> make(store, "one more"));
    var _ = store.apiTokens().revoke(last.token().id(), "", TestConfig.ACTOR);
    assertWorks(store, make(store, "one more"));
    assertThat(pages(store)).hasSize(ApiTokens.MOST + 1);
  }

  private static List<ApiToken> pages(Store store) {
    List<ApiToken> all = new ArrayList<>();
    List<ApiToken> page = store.apiTokens().list("", 300);
    while (!page.isEmpty()) {
      all.addAll(page);
      page = store.apiTokens().list(page.getLast().id(), 300);
    }
    assertThat(all).isSortedAccordingTo(Comparator.comparing(ApiToken::id));
    return all;
  }

  @Test
  void endsByTheClock() {
    Store store = open();
    IssuedApiToken issued = make(store, ending("a", clock.instant().plusSeconds(60)));
    clock.advance(Duration.ofSeconds(59));
    assertWorks(store, issued);
    clock.advance(Duration.ofSeconds(1));
    assertRefused(store, issued);
    assertRefused(open(), issued);
    assertThat(open().apiTokens().find(issued.token().id())).contains(issued.token());
  }

  @Test
  void revokingTwiceKeepsTheFirst() {
    Store store = open();
    IssuedApiToken issued = make(store, "shop");
    String id = issued.token().id();
    ApiToken revoked = store.apiTokens().revoke(id, "leaked", TestConfig.ACTOR);
    assertRefused(store, issued);
    assertThat(revoked.revokedAt()).contains(clock.instant());
    assertThat(revoked.version()).isEqualTo(2);
    clock.advance(Duration.ofHours(1));
    assertThat(store.apiTokens().revoke(id, "again", TestConfig.ACTOR)).isEqualTo(revoked);
    assertThat(store.apiTokens().find(id)).contains(revoked);
    assertThat(store.statistics().rowAlarms().get()).isZero();
  }

  @Test
  void theRecordSaysWhatWasDoneAndNothingOfTheSecret() {
    Store store = open();
    IssuedApiToken issued =
        make(store, new NewApiToken("shop", Role.ISSUER, Set.of("b.example"), Optional.empty()));
    clock.advance(Duration.ofSeconds(1));
    var _ = store.apiTokens().revoke(issued.token().id(), "leaked", TestConfig.ACTOR);

    List<Changes.Entry> entries = entries(store);

    assertThat(entries)
        .extracting(Changes.Entry::action)
        .containsExactly("token.create", "token.revoke");
    assertThat(entries)
        .allMatch(entry ->
            entry.subject().id().equals(issued.token().id())
                && entry.subject().name().equals(Optional.of("shop")));
    assertThat(entries.getLast().before().orElseThrow())
        .contains("\"role\":\"issuer\"", "b.example", "\"state\":\"active\"");
    assertThat(entries.getLast().after().orElseThrow()).contains("\"state\":\"revoked\"");
    assertThat(entries.getLast().reason()).contains("leaked");
    String secret = text(issued.secret()).substring(17);
    assertThat(entries.toString()).doesNotContain(secret, "postern-api-token");
    assertThat(query("SELECT COUNT(*) FROM api_tokens WHERE digest LIKE '%" + secret + "%'"))
        .isZero();
  }

  private static List<Changes.Entry> entries(Store store) {
    Changes.Query tokens =
        new Changes.Query(
            Optional.empty(),
            Optional.empty(),
            Optional.of("token"),
            Optional.empty(),
            Optional.empty());
    return store.changes().list(tokens, Optional.empty(), 10).reversed();
  }

  @Test
  void whatHasEndedGoesWithTheRecordOfIt() {
    Store store = open();
    IssuedApiToken revoked = make(store, "revoked");
    var _ = store.apiTokens().revoke(revoked.token().id(), "", TestConfig.ACTOR);
    var _ = make(store, ending("over", clock.instant().plusSeconds(1)));
    IssuedApiToken working = make(store, "working");
    clock.advance(Duration.ofDays(400));
    sweep();
    assertThat(store.apiTokens().list("", 10)).hasSize(3);
    clock.advance(Duration.ofSeconds(2));
    sweep();
    assertThat(store.apiTokens().list("", 10)).containsExactly(working.token());
  }

  private void sweep() {
    try (Database direct = Database.open(database, false)) {
      Writes writes = new Writes(direct, clock, _ -> {});
      AppPasswordTable table = new AppPasswordTable(TestConfig.rowChecks());
      ChangeLog changeLog = new ChangeLog(new SecureRandom());
      new Housekeeping(
              direct,
              writes,
              new Rotation(table, direct.dialect(), changeLog),
              new Expiration(table, writes, changeLog),
              () -> StoreConfig.AuditRules.DEFAULTS)
          .run();
    }
  }

  // ---- uses

  @Test
  void usesAreWrittenAtMostOnceAMinute() {
    Store store = open();
    IssuedApiToken issued = make(store, "shop");
    try (Database direct = Database.open(database, false)) {
      ApiTokenUses uses = new ApiTokenUses(new Writes(direct, clock, _ -> {}));
      Instant first = clock.instant();
      uses.used(issued.token().id(), new ApiToken.LastUse(first, OFFICE));
      uses.flush();
      assertThat(lastUse(store, issued)).contains(new ApiToken.LastUse(first, OFFICE));
      clock.advance(Duration.ofSeconds(59));
      InetAddress elsewhere = InetAddress.ofLiteral("2001:db8::1");
      Instant second = clock.instant();
      uses.used(issued.token().id(), new ApiToken.LastUse(second, elsewhere));
      uses.flush();
      assertThat(lastUse(store, issued)).contains(new ApiToken.LastUse(first, OFFICE));
      clock.advance(Duration.ofSeconds(1));
      uses.flush();
      assertThat(lastUse(store, issued)).contains(new ApiToken.LastUse(second, elsewhere));
      Instant third = clock.instant();
      uses.used(issued.token().id(), new ApiToken.LastUse(third, OFFICE));
      uses.drain();
      assertThat(lastUse(store, issued)).contains(new ApiToken.LastUse(third, OFFICE));
    }
    assertWorks(open(), issued);
    assertThat(store.statistics().rowAlarms().get()).isZero();
  }

  @Test
  void aStoreThatClosesWritesTheLastUses() {
    Store store = open();
    IssuedApiToken issued = make(store, "shop");
    store.apiTokens().used(issued.token(), OFFICE);
    store.close();
    assertThat(lastUse(open(), issued)).contains(new ApiToken.LastUse(clock.instant(), OFFICE));
  }

  private static Optional<ApiToken.LastUse> lastUse(Store store, IssuedApiToken issued) {
    return store.apiTokens().find(issued.token().id()).flatMap(ApiToken::lastUse);
  }

  // ---- what nobody but Postern says

  @ParameterizedTest
  @ValueSource(
      strings = {
        "id = 'tk_000000000000'",
        "name = 'other'",
        "role = 'admin'",
        "role = 'perhaps'",
        "domains = ''",
        "domains = 'a.example,z.example'",
        "digest = ''",
        "digest = substr(digest, 1, 66) || CASE substr(digest, 67) WHEN 'A' THEN 'E' ELSE 'A' END",
        "created_at = 1",
        "created_by = 'somebody'",
        "expires_at = NULL",
        "expires_at = 9999999999999",
        "revoked_reason = 'x'",
        "version = 2",
        "signature = ''"
      })
  void noChangedRowIsAToken(String change) {
    Store before = open();
    IssuedApiToken issued =
        make(
            before,
            new NewApiToken(
                "shop",
                Role.ISSUER,
                Set.of("a.example"),
                Optional.of(clock.instant().plusSeconds(60))));
    before.close();
    run("UPDATE api_tokens SET " + change);
    Store store = open();
    assertRefused(store, issued);
    assertThat(store.apiTokens().list("", 10)).isEmpty();
    assertThat(store.statistics().rowAlarms().get()).isPositive();
  }

  @Test
  void aRevokedRowThatIsMadeToWorkAgainDoesNot() {
    Store before = open();
    IssuedApiToken issued = make(before, "shop");
    var _ = before.apiTokens().revoke(issued.token().id(), "leaked", TestConfig.ACTOR);
    before.close();
    run("UPDATE api_tokens SET revoked_at = NULL");
    Store store = open();
    assertRefused(store, issued);
    assertThat(store.statistics().rowAlarms().get()).isPositive();
  }

  @Test
  void aDigestThatIsMovedToAnotherRowOpensNothing() {
    Store before = open();
    IssuedApiToken small = make(before, "small");
    IssuedApiToken great =
        make(before, new NewApiToken("great", Role.ADMIN, Set.of(), Optional.empty()));
    before.close();
    run(
        "UPDATE api_tokens SET digest = (SELECT digest FROM api_tokens WHERE name = 'small')"
            + " WHERE name = 'great'");
    Store store = open();
    assertWorks(store, small);
    assertRefused(store, great);
    Secret mixed =
        Secret.ofText(text(great.secret()).substring(0, 17) + text(small.secret()).substring(17));
    assertThat(store.apiTokens().check(mixed)).isEmpty();
    assertThat(store.statistics().rowAlarms().get()).isPositive();
  }

  @Test
  void anInsertedRowIsNoToken() {
    Store before = open();
    IssuedApiToken issued = make(before, "shop");
    before.close();
    run(
        "INSERT INTO api_tokens (id, name, role, domains, digest, created_at, created_by, version,"
            + " signature) SELECT 'tk_111111111111', name, role, domains, digest, created_at,"
            + " created_by, version, signature FROM api_tokens");
    Store store = open();
    assertWorks(store, issued);
    assertThat(store.apiTokens().list("", 1)).containsExactly(issued.token());
    assertThat(store.apiTokens().list("", 10)).containsExactly(issued.token());
    assertThat(store.statistics().rowAlarms().get()).isPositive();
  }

  @Test
  void anOldRowIsNotPutBackUnderARunningNode() {
    Store here = open();
    Store there = open();
    IssuedApiToken issued = make(here, "shop");
    await().atMost(SOON).untilAsserted(() -> assertWorks(there, issued));
    run("CREATE TABLE kept AS SELECT * FROM api_tokens");
    var _ = here.apiTokens().revoke(issued.token().id(), "leaked", TestConfig.ACTOR);
    await().atMost(SOON).untilAsserted(() -> assertRefused(there, issued));
    long before = there.statistics().rowAlarms().get();

    run("DELETE FROM api_tokens");
    run("INSERT INTO api_tokens SELECT * FROM kept");
    IssuedApiToken other = make(here, "other"); // Has them read.

    await().atMost(SOON).untilAsserted(() -> assertWorks(there, other));
    assertRefused(here, issued);
    assertRefused(there, issued);
    assertThat(there.statistics().rowAlarms().get()).isGreaterThan(before);
  }

  /** More rows than are read: what is known goes on, what ends ends, and nothing is made. */
  @Test
  void aTableThatSomebodyElseHasFilledKeepsNothingAliveThatEnded() {
    Store store = open();
    Store elsewhere = open();
    IssuedApiToken one = make(store, "one");
    IssuedApiToken other = make(store, "other");
    await().atMost(SOON).untilAsserted(() -> assertWorks(elsewhere, other));
    run(
        "INSERT INTO api_tokens (id, name, role, domains, digest, created_at, created_by, version,"
            + " signature) WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i"
            + " < "
            + (ApiTokenTable.MOST_READ + 1)
            + ") SELECT ' ' || i, '', 'admin', '', '', 0, '', 1, '' FROM n");
    assertRefused(Code.STATE, () -> make(store, "more"));
    var _ = elsewhere.apiTokens().revoke(other.token().id(), "", TestConfig.ACTOR);
    await().atMost(SOON).untilAsserted(() -> assertRefused(store, other));
    assertWorks(store, one);
    assertRefused(Code.STATE, () -> store.apiTokens().list("", 10));
    run("DELETE FROM api_tokens WHERE name = ''");
    assertWorks(store, make(store, "more"));
  }

  @Test
  void tokensOutliveTheKeyThatTheyWereSignedWith() {
    StoreConfig.Key first = TestConfig.key("i1", 201);
    StoreConfig.Key second = TestConfig.key("i2", 202);
    Store before = open(config(List.of(P1), List.of(first)), clock);
    IssuedApiToken issued = make(before, "shop");
    before.close();
    Store store = open(config(List.of(P1), List.of(first, second)), clock);
    store.keys().activate(KeyKind.INTEGRITY, "i2", TestConfig.ACTOR);
    var _ = store.keys().retire(KeyKind.INTEGRITY, "i1", TestConfig.ACTOR, _ -> {});
    assertWorks(store, issued);
    store.close();
    assertWorks(open(config(List.of(P1), List.of(second)), clock), issued);
  }

  // ---- peppers

  private static KeyStatus pepper(Store store, String id) {
    return store.keys().status(Optional.of(KeyKind.PEPPER)).stream()
        .filter(key -> key.id().equals(id))
        .findFirst()
        .orElseThrow();
  }

  private Store withOldPepper(List<IssuedApiToken> made) {
    Store before = openWith(P1);
    made.add(make(before, "one"));
    made.add(make(before, "other"));
    before.close();
    Store after = openWith(P1, P2);
    after.keys().activate(KeyKind.PEPPER, "p2", TestConfig.ACTOR);
    return after;
  }

  @Test
  void aTokenThatIsUsedMovesToTheActivePepperAndTheOthersEndWithTheirs() {
    List<IssuedApiToken> made = new ArrayList<>();
    Store store = withOldPepper(made);
    assertThat(pepper(store, "p1").uses()).isEqualTo(2);
    assertWorks(store, made.getFirst());
    await().atMost(Duration.ofSeconds(20)).until(() -> pepper(store, "p2").uses() == 1);
    assertThat(store.keys().apiTokensUnderPepper("p1")).containsExactly(made.getLast().token());

    KeyStatus ended = store.keys().retirePepper("p1", clock.instant(), TestConfig.ACTOR, _ -> {});

    assertThat(ended.state()).isEqualTo(KeyState.RETIRED);
    assertThat(ended.uses()).isZero();
    assertWorks(store, made.getFirst());
    assertRefused(store, made.getLast());
    assertThat(store.keys().apiTokensRevokedWith("p1"))
        .extracting(ApiToken::id)
        .containsExactly(made.getLast().token().id());
    Changes.Entry entry = entries(store).getLast();
    assertThat(entry.action()).isEqualTo("token.revoke");
    assertThat(entry.actor().who()).isEqualTo("system");
    assertThat(entry.reason()).contains("its pepper p1 was retired");
    store.close();
    Store without = openWith(P2);
    assertWorks(without, made.getFirst());
    assertThat(without.statistics().rowAlarms().get()).isZero();
  }

  /** No node runs here that could have swept. */
  @Test
  void aPepperPastItsDateLetsNobodyInBeforeAnythingIsRevoked() {
    List<IssuedApiToken> made = new ArrayList<>();
    Store store = withOldPepper(made);
    var _ =
        store.keys().retirePepper("p1", clock.instant().plusSeconds(60), TestConfig.ACTOR, _ -> {});
    assertWorks(openWith(P1, P2), made.getLast());
    clock.advance(Duration.ofSeconds(60));
    Store later = openWith(P1, P2);
    assertRefused(later, made.getLast());
    assertThat(later.apiTokens().find(made.getLast().token().id()).orElseThrow().revokedAt())
        .isEmpty();
    clock.advance(Duration.ofSeconds(-30));
    assertThat(checked(later, made.getLast())).as("the clock was set back").isEmpty();
  }

  @Test
  void aNodeThatDoesNotKnowANewPepperYetLooksForIt() {
    openWith(P1).keys().add(KeyKind.PEPPER, P2, TestConfig.ACTOR);
    Store node = openWith(P1, P2);
    Store other = openWith(P1, P2);
    other.keys().activate(KeyKind.PEPPER, "p2", TestConfig.ACTOR);
    IssuedApiToken issued = make(other, "shop");
    await().atMost(SOON).untilAsserted(() -> assertWorks(node, issued));
  }

  @Test
  void theDatabaseNeedsThePepperOfATokenThatWorks() {
    Store before = openWith(P1);
    var _ = make(before, ending("a", clock.instant().plusSeconds(60)));
    before.close();
    Store both = openWith(P1, P2);
    both.keys().activate(KeyKind.PEPPER, "p2", TestConfig.ACTOR);
    both.close();
    assertThat(catchThrowable(() -> openWith(P2))).hasMessageContaining("needs the pepper p1");
    clock.advance(Duration.ofSeconds(60));
    openWith(P2).close();
  }

  // ---- what every node does

  @Test
  void everyNodeHearsOfItSoon() {
    Store here = open();
    Store there = open();
    IssuedApiToken issued = make(here, "shop");
    await()
        .pollInterval(Duration.ofMillis(10))
        .atMost(Duration.ofSeconds(2))
        .untilAsserted(() -> assertWorks(there, issued));
    var _ = here.apiTokens().revoke(issued.token().id(), "leaked", TestConfig.ACTOR);
    assertRefused(here, issued);
    await()
        .pollInterval(Duration.ofMillis(10))
        .atMost(Duration.ofSeconds(2))
        .untilAsserted(() -> assertRefused(there, issued));
  }

  /** What is known serves for the grace period, and then nobody. */
  @Test
  void whileTheyCannotBeReadTheyWorkForTheGracePeriodAndNoLonger() {
    AtomicLong ticks = new AtomicLong();
    Duration grace = TestConfig.of(database).databaseGrace();
    IssuedApiToken issued = make(open(), "shop");
    try (LogLines log = new LogLines();
        SqlStore store =
            SqlStore.open(TestConfig.of(database), false, clock, ticks::get, new SecureRandom())) {
      run("ALTER TABLE api_tokens RENAME TO away");
      run("UPDATE change_counter SET number = number + 1");
      run(
          "INSERT INTO changes (number, kind, user_id, at)"
              + " SELECT number, 'api-tokens', '', 0 FROM change_counter");
      await().until(() -> log.toString().contains("API tokens are not read"));
      ticks.set(grace.toNanos());
      assertThat(store.apiTokens().check(issued.secret())).isPresent();
      ticks.incrementAndGet();
      assertThat(store.apiTokens().check(issued.secret())).isEmpty();
      run("ALTER TABLE away RENAME TO api_tokens");
      await().atMost(SOON).until(() -> store.apiTokens().check(issued.secret()).isPresent());
    }
  }
}
