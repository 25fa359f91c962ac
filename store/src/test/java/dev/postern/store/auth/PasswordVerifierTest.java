package dev.postern.store.auth;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;
import static org.awaitility.Awaitility.await;

import com.github.benmanes.caffeine.cache.Ticker;
import dev.postern.store.StoreConfig;
import dev.postern.store.audit.Compared;
import dev.postern.store.audit.SignIn;
import dev.postern.store.auth.AppPassword.State;
import dev.postern.store.auth.AuthOutcome.Accepted;
import dev.postern.store.auth.AuthOutcome.Rejected;
import dev.postern.store.auth.AuthOutcome.Trouble;
import dev.postern.store.auth.AuthOutcome.Unavailable;
import dev.postern.store.guard.Throttle;
import dev.postern.store.guard.ThrottleRules;
import dev.postern.store.testing.TestClock;
import dev.postern.store.testing.TestConfig;
import java.net.InetAddress;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.UnaryOperator;
import java.util.random.RandomGenerator;
import javax.crypto.Mac;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The verifier over rows in memory: what it decides, and how much it hashes. */
class PasswordVerifierTest {
  private static final String RIGHT = "0123456789abcdef";
  private static final String OTHER = "fedcba9876543210";
  private static final String USER_ID = "00112233445566778899aabbccddeeff";

  private final TestClock clock = TestClock.standing();
  private final AtomicLong ticks = new AtomicLong();
  private final AtomicInteger hmacs = new AtomicInteger();
  private final Rows rows = new Rows();
  private final Uses uses = new Uses();
  private final VerificationTimes times = new VerificationTimes(ticks::get);
  private final List<SignIn> signIns = new CopyOnWriteArrayList<>();
  private final SlowFixture slow = new SlowFixture(1);
  private final LookupPool pool =
      new LookupPool(1, 1, Duration.ofSeconds(30), Ticker.systemTicker());
  private final KeyedDigest digest =
      new KeyedDigest(
          List.of(TestConfig.key("p1", 1), TestConfig.key("p2", 2)), "p2", this::counting);
  private final PasswordVerifier verifier = over(pool);

  private PasswordVerifier over(LookupPool lookups) {
    return new PasswordVerifier(
        new CredentialCache(
            rows,
            new NameRules(Optional.of("example.com"), Optional.of('+')),
            lookups,
            Duration.ofMinutes(15),
            ticks::get,
            ticks::get,
            RandomGenerator.of("L64X128MixRandom")),
        digest,
        slow.checks,
        Rekeying.none(),
        uses,
        signIns::add,
        times,
        new Throttle(ThrottleRules.DEFAULT, ticks::get, new SecureRandom()),
        _ -> false,
        LoginPolicy.none(),
        NoOwnPasswords.make(),
        LoginWatch.none(),
        clock);
  }

  @AfterEach
  void closePools() {
    pool.close();
    slow.close();
  }

  // ---- what it decides

  @Test
  void acceptsTheRightSecretHoweverItIsTyped() {
    rows.put(user(), credential("ap_1", RIGHT));
    assertThat(verify("  Alice@EXAMPLE.com ", "O123-4567 89AB\u00a0CDEF"))
        .isInstanceOfSatisfying(
            Accepted.class,
            accepted -> {
              assertThat(accepted.grant().userId()).isEqualTo(USER_ID);
              assertThat(accepted.grant().credentialId()).isEqualTo("ap_1");
              assertThat(accepted.grant().upstreamUser()).isEqualTo("alice@example.com");
            });
    assertThat(uses.noted).containsExactly("ap_1");
  }

  @Test
  void refusesAWrongSecretAndAnUnknownUser() {
    rows.put(user(), credential("ap_1", RIGHT));
    assertThat(verify("alice@example.com", OTHER)).isEqualTo(rejected(RejectReason.WRONG_SECRET));
    assertThat(verify("bob@example.com", RIGHT)).isEqualTo(rejected(RejectReason.UNKNOWN_USER));
    assertThat(uses.noted).isEmpty();
  }

  /** Whoever listened knows the secret, whatever became of the login. */
  @Test
  void notesThatARightSecretCameInClearAlsoIfItIsRefused() {
    rows.put(
        user(), scoped(credential("ap_1", RIGHT), Scope.SUBMISSION), credential("ap_2", OTHER));
    assertThat(verify(attempt(RIGHT, Protection.CLEAR)))
        .isEqualTo(rejected(RejectReason.OUT_OF_SCOPE));
    assertThat(verify(attempt("9999999999999999", Protection.CLEAR)))
        .isEqualTo(rejected(RejectReason.WRONG_SECRET));
    assertThat(uses.exposed).containsExactly("ap_1");
    assertThat(verify(attempt(OTHER, Protection.CLEAR))).isInstanceOf(Accepted.class);
    assertThat(uses.exposed).containsExactly("ap_1", "ap_2");
    assertThat(verify(attempt("bob@example.com", RIGHT, Protection.CLEAR)))
        .isEqualTo(rejected(RejectReason.UNKNOWN_USER));
    assertThat(uses.exposed).hasSize(2);
    assertThat(uses.told).as("it costs the same, right or wrong").isEqualTo(4);
    assertThat(uses.protections).containsExactly(Optional.of(Protection.CLEAR));
  }

  /** Whoever sends secrets in clear, one behind the other, must not keep others from looking up. */
  @Test
  void looksUpFewOfThoseThatAreExposedAtOnceAndAllIfTheyComeByThemselves() {
    rows.put(user(), credential("ap_1", RIGHT));
    rows.gate = new CountDownLatch(1);
    try (LookupPool roomy = new LookupPool(1, 100, Duration.ofSeconds(30), Ticker.systemTicker())) {
      PasswordVerifier busy = over(roomy);
      for (int i = 0; i < 40; i++) {
        busy.exposed(attempt("user" + i + "@example.com", RIGHT, Protection.CLEAR));
      }
      assertThat(signIns).as("not looked at").hasSize(40 - 16);
      rows.gate.countDown();
      await().until(() -> signIns.size() == 40);
      assertThat(rows.asked).hasValue(16);

      busy.exposed(attempt("alice@example.com", RIGHT, Protection.CLEAR));
      await().until(() -> signIns.size() == 41);
      assertThat(uses.exposed).containsExactly("ap_1");
    }
  }

  @Test
  void looksNothingUpForAnExposedSecretThatIsNoneOfOurs() {
    Attempt attempt = attempt("alice@example.com", "hunter2", Protection.CLEAR);
    verifier.exposed(attempt);
    assertThat(signIns).hasSize(1);
    assertThat(rows.asked).hasValue(0);
    assertThatThrownBy(() -> attempt.secret().copy()).isInstanceOf(IllegalStateException.class);
  }

  @Test
  void recordsAnExposedSecretAlsoWhileThereIsNoDatabase() {
    rows.isDown = true;
    verifier.exposed(attempt("alice@example.com", RIGHT, Protection.CLEAR));
    await().until(() -> signIns.size() == 1);
    assertThat(uses.exposed).isEmpty();
  }

  @ParameterizedTest
  @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "CLEAR")
  void notesWhatProtectedALogin(Protection protection) {
    rows.put(user(), credential("ap_1", RIGHT));
    assertThat(verify(attempt(RIGHT, protection))).isInstanceOf(Accepted.class);
    assertThat(uses.protections).containsExactly(Optional.of(protection));
    assertThat(uses.exposed).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"", "hunter2", "0123456789abcde", "0123456789abcde\n", "0123456789abcdeu"})
  void refusesAWrongShapeWithoutHashing(String secret) {
    rows.put(user(), credential("ap_1", RIGHT));
    hmacs.set(0);
    assertThat(verify("alice@example.com", secret)).isEqualTo(rejected(RejectReason.WRONG_SHAPE));
    assertThat(verify("nobody@example.com", secret)).isEqualTo(rejected(RejectReason.WRONG_SHAPE));
    assertThat(verify("ali\0ce", secret)).isEqualTo(rejected(RejectReason.WRONG_SHAPE));
    assertThat(hmacs).hasValue(0);
  }

  /** Whose name it is does not matter: what is guessed is mostly of that kind. */
  @Test
  void asksForNobodysRowsOverAWrongShapeUnlessHashesWereImported() {
    rows.put(user(), credential("ap_1", RIGHT));
    assertThat(verify("alice@example.com", "hunter2"))
        .isEqualTo(rejected(RejectReason.WRONG_SHAPE));
    assertThat(rows.asked).hasValue(0);
    assertThat(signIns).hasSize(1);

    rows.hasImports = true;
    assertThat(verify("alice@example.com", "hunter2"))
        .isEqualTo(rejected(RejectReason.WRONG_SHAPE));
    assertThat(rows.asked).hasValue(1);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "ali\0ce", "alice\r\nA LOGOUT", "\u007f"})
  void refusesABadNameWithoutAsking(String name) {
    assertThat(verify(name, RIGHT)).isEqualTo(rejected(RejectReason.BAD_NAME));
    assertThat(rows.asked).hasValue(0);
  }

  @Test
  void findsTheRightOneOfMany() {
    List<Credential> many = new ArrayList<>();
    for (int i = 0; i < 40; i++) {
      many.add(credential("ap_" + i, "%016d".formatted(i)));
    }
    rows.put(user(), many.toArray(Credential[]::new));
    assertThat(credentialOf(verify("alice@example.com", "%016d".formatted(0)))).isEqualTo("ap_0");
    assertThat(credentialOf(verify("alice@example.com", "%016d".formatted(39)))).isEqualTo("ap_39");
  }

  @Test
  void acceptsWhatWasMadeUnderAnOlderPepper() {
    KeyedDigest before = new KeyedDigest(List.of(TestConfig.key("p1", 1)));
    KeyedDigest gone = new KeyedDigest(List.of(TestConfig.key("p0", 9)));
    rows.put(
        user(),
        with(credential("ap_1", RIGHT), before.store(USER_ID, Secret.ofText(RIGHT))),
        with(credential("ap_2", OTHER), gone.store(USER_ID, Secret.ofText(OTHER))));
    assertThat(credentialOf(verify("alice@example.com", RIGHT))).isEqualTo("ap_1");
    assertThat(verify("alice@example.com", OTHER)).isEqualTo(rejected(RejectReason.WRONG_SECRET));
  }

  @Test
  void saysWhyARightSecretIsRefused() {
    Instant now = clock.instant();
    assertReason(RejectReason.REVOKED, c -> state(c, new State.Revoked(now, "lost")));
    assertReason(RejectReason.SUSPENDED, c -> state(c, new State.Suspended(now, "leave")));
    assertReason(RejectReason.EXPIRED, c -> expiring(c, now));
    assertReason(RejectReason.OUT_OF_SCOPE, c -> scoped(c, Scope.POP3));
    assertReason(RejectReason.OUT_OF_NETWORK, c -> from(c, "192.0.2.0/24"));
    assertReason(RejectReason.REVOKED, c -> overlapping(c, now));
    assertReason(RejectReason.IDLE_EXPIRED, c -> unusedBy(c, now));
  }

  @Test
  void acceptsUntilTheLastMoment() {
    Instant soon = clock.instant().plusMillis(1);
    rows.put(user(), expiring(credential("ap_1", RIGHT), soon));
    assertThat(verify("alice@example.com", RIGHT))
        .isInstanceOfSatisfying(
            Accepted.class, accepted -> assertThat(accepted.grant().endsAt()).contains(soon));
    clock.advance(Duration.ofMillis(1));
    assertThat(verify("alice@example.com", RIGHT)).isEqualTo(rejected(RejectReason.EXPIRED));
  }

  @Test
  void endsASessionWithTheOverlapIfThatComesBeforeTheExpiry() {
    Instant overlap = clock.instant().plusSeconds(60);
    rows.put(
        user(), overlapping(expiring(credential("ap_1", RIGHT), overlap.plusSeconds(1)), overlap));
    assertThat(verify("alice@example.com", RIGHT))
        .isInstanceOfSatisfying(
            Accepted.class, accepted -> assertThat(accepted.grant().endsAt()).contains(overlap));
  }

  @Test
  void letsNoHelpTextTellThatASecretOfADisabledUserIsRight() {
    rows.put(disabled(), expiring(scoped(credential("ap_1", RIGHT), Scope.POP3), clock.instant()));
    assertThat(verify("alice@example.com", RIGHT)).isEqualTo(rejected(RejectReason.USER_DISABLED));
    assertThat(verify("alice@example.com", OTHER)).isEqualTo(rejected(RejectReason.WRONG_SECRET));
  }

  @Test
  void countsUseAgainstIdleExpiry() {
    rows.put(user(), idle(credential("ap_1", RIGHT), Duration.ofHours(1)));
    clock.advance(Duration.ofMinutes(59));
    assertThat(verify("alice@example.com", RIGHT)).isInstanceOf(Accepted.class);
    clock.advance(Duration.ofMinutes(59));
    assertThat(verify("alice@example.com", RIGHT)).isInstanceOf(Accepted.class);
    clock.advance(Duration.ofMinutes(60));
    assertThat(verify("alice@example.com", RIGHT)).isEqualTo(rejected(RejectReason.IDLE_EXPIRED));
  }

  @Test
  void asksTheDatabaseAgainBeforeItCallsAnAppPasswordIdle() {
    Credential credential = idle(credential("ap_1", RIGHT), Duration.ofHours(1));
    rows.put(user(), credential);
    assertThat(verify("alice@example.com", OTHER)).isEqualTo(rejected(RejectReason.WRONG_SECRET));
    clock.advance(Duration.ofMinutes(90));
    ticks.addAndGet(Duration.ofSeconds(6).toNanos());
    rows.put(user(), usedAt(credential, clock.instant().minusSeconds(60)));
    assertThat(verify("alice@example.com", RIGHT)).isInstanceOf(Accepted.class);
  }

  @Test
  void letsAnOwnLoginNameUseItsAppPasswordAlone() {
    rows.put(user(), credential("ap_1", RIGHT), credential("ap_2", OTHER));
    rows.name("scanner", "ap_2");
    assertThat(credentialOf(verify("Scanner", OTHER))).isEqualTo("ap_2");
    assertThat(verify("scanner", RIGHT)).isEqualTo(rejected(RejectReason.WRONG_SECRET));
    assertThat(credentialOf(verify("alice@example.com", OTHER))).isEqualTo("ap_2");
  }

  @Test
  void letsAnOwnLoginNameUseThePredecessorDuringTheOverlap() {
    Instant later = clock.instant().plusSeconds(60);
    rows.put(
        user(),
        overlapping(credential("ap_1", RIGHT), later),
        replacing(credential("ap_2", OTHER), "ap_1"));
    rows.name("scanner", "ap_2");
    assertThat(credentialOf(verify("scanner", RIGHT))).isEqualTo("ap_1");
    assertThat(uses.successions).isEmpty();
    assertThat(credentialOf(verify("scanner", OTHER))).isEqualTo("ap_2");
    assertThat(uses.successions).containsExactly("ap_2");
    clock.advance(Duration.ofSeconds(60));
    assertThat(verify("scanner", RIGHT)).isEqualTo(rejected(RejectReason.REVOKED));
  }

  @Test
  void neverMatchesARowWithAnUnknownForm() {
    Credential good = credential("ap_1", RIGHT);
    rows.put(
        user(),
        new Credential(
            good.appPassword(),
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            true));
    assertThat(verify("alice@example.com", RIGHT)).isEqualTo(rejected(RejectReason.WRONG_SECRET));
  }

  @Test
  void isUnavailableWhileNobodyKnows() {
    rows.isDown = true;
    assertThat(verify("alice@example.com", RIGHT)).isEqualTo(new Unavailable(Trouble.DATABASE));
    rows.isDown = false;
    rows.put(user(), credential("ap_1", RIGHT));
    assertThat(verify("alice@example.com", RIGHT)).isInstanceOf(Accepted.class);
    rows.isDown = true;
    assertThat(verify("alice@example.com", RIGHT)).isInstanceOf(Accepted.class);
  }

  @Test
  void isUnavailableWhenTooManyWait() {
    rows.put(user(), credential("ap_1", RIGHT));
    rows.gate = new CountDownLatch(1);
    var running = verifier.verify(attempt("a@example.com", RIGHT)).toCompletableFuture();
    rows.awaitAsked(1);
    var queued = verifier.verify(attempt("b@example.com", RIGHT)).toCompletableFuture();
    assertThat(verify("c@example.com", RIGHT)).isEqualTo(new Unavailable(Trouble.OVERLOADED));
    rows.gate.countDown();
    assertThat(running.join()).isEqualTo(rejected(RejectReason.UNKNOWN_USER));
    assertThat(queued.join()).isEqualTo(rejected(RejectReason.UNKNOWN_USER));
  }

  // ---- the same work, right or wrong

  @Test
  void looksAtEveryTermWhateverComesOfIt() {
    Credential idle = idle(credential("ap_1", RIGHT), Duration.ofHours(1));
    rows.put(user(), state(scoped(idle, Scope.POP3), new State.Revoked(clock.instant(), "x")));
    assertThat(verify("alice@example.com", RIGHT)).isEqualTo(rejected(RejectReason.REVOKED));
    assertThat(uses.asked).isEqualTo(1);
    assertThat(verify("alice@example.com", OTHER)).isEqualTo(rejected(RejectReason.WRONG_SECRET));
    assertThat(uses.asked).as("of a wrong secret, those of the first").isEqualTo(2);
  }

  @Test
  void notesAsMuchOfAWrongSecretAsOfARightOne() {
    rows.put(user(), scoped(credential("ap_1", RIGHT), Scope.POP3));
    verify("alice@example.com", RIGHT);
    verify("alice@example.com", OTHER);
    verify("nobody@example.com", RIGHT);
    assertThat(signIns)
        .extracting(SignIn::compared)
        .startsWith(new Compared("ap_1", true), new Compared("ap_1", false))
        .last()
        .satisfies(compared -> {
          assertThat(compared.isMatch()).isFalse();
          assertThat(compared.credentialId()).isNotEmpty();
        });
  }

  @Test
  void refusesAUserWhoHasNoAppPassword() {
    rows.put(user());
    assertThat(verify("alice@example.com", RIGHT)).isEqualTo(rejected(RejectReason.WRONG_SECRET));
    assertThat(uses.noted).isEmpty();
  }

  // ---- recheck

  @Test
  void lastsAsLongAsTheAppPassword() {
    rows.put(user(), credential("ap_1", RIGHT));
    Grant grant = ((Accepted) verify("alice@example.com", RIGHT)).grant();
    assertThat(recheck(grant)).isEmpty();
    rows.put(user(), state(credential("ap_1", RIGHT), new State.Suspended(clock.instant(), "x")));
    assertThat(recheckAnew(grant)).contains(RejectReason.SUSPENDED);
    rows.put(user(), state(credential("ap_1", RIGHT), new State.Revoked(clock.instant(), "x")));
    assertThat(recheckAnew(grant)).contains(RejectReason.REVOKED);
    rows.put(disabled(), credential("ap_1", RIGHT));
    assertThat(recheckAnew(grant)).contains(RejectReason.USER_DISABLED);
    rows.put(user(), expiring(credential("ap_1", RIGHT), clock.instant()));
    assertThat(recheckAnew(grant)).contains(RejectReason.EXPIRED);
    rows.put(user(), scoped(credential("ap_1", RIGHT), Scope.POP3));
    assertThat(recheckAnew(grant)).contains(RejectReason.OUT_OF_SCOPE);
    rows.put(user(), from(credential("ap_1", RIGHT), "192.0.2.0/24"));
    assertThat(recheckAnew(grant)).contains(RejectReason.OUT_OF_NETWORK);
    rows.put(user());
    assertThat(recheckAnew(grant)).contains(RejectReason.REVOKED);
    rows.users.clear();
    assertThat(recheckAnew(grant)).contains(RejectReason.UNKNOWN_USER);
  }

  @Test
  void doesNotTakeADatabaseThatIsDownForConsentToGoOn() {
    rows.put(user(), credential("ap_1", RIGHT));
    Grant grant = ((Accepted) verify("alice@example.com", RIGHT)).grant();
    verifierForgets();
    rows.isDown = true;
    assertThat(verifier.recheck(grant).toCompletableFuture()).failsWithin(Duration.ofSeconds(10));
  }

  // ---- how much it hashes, and what it leaves behind

  @Test
  void hashesTheSameWhateverTheReasonOfTheRefusal() {
    Instant now = clock.instant();
    assertHashes(2, "accepted", RIGHT, c -> c);
    assertHashes(2, "wrong", "k".repeat(16), c -> c);
    assertHashes(2, "revoked", RIGHT, c -> state(c, new State.Revoked(now, "lost")));
    assertHashes(2, "suspended", RIGHT, c -> state(c, new State.Suspended(now, "leave")));
    assertHashes(2, "expired", RIGHT, c -> state(c, new State.Expired(now, State.Cause.DATE)));
    assertHashes(2, "past its date", RIGHT, c -> expiring(c, now));
    assertHashes(2, "overlap over", RIGHT, c -> overlapping(c, now));
    assertHashes(2, "never used", RIGHT, c -> unusedBy(c, now));
    assertHashes(2, "out of scope", RIGHT, c -> scoped(c, Scope.POP3));
    assertHashes(2, "out of network", RIGHT, c -> from(c, "192.0.2.0/24"));
    rows.put(disabled(), credential("ap_1", RIGHT));
    verifierForgets();
    assertThat(countHmacs("alice@example.com", RIGHT)).as("disabled").isEqualTo(2);
    assertThat(countHmacs("nobody@example.com", RIGHT)).as("unknown").isEqualTo(2);
    assertThat(countHmacs("nobody@example.com", RIGHT)).as("unknown, cached").isEqualTo(2);
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 40})
  void hashesTheSameHoweverManyThereAre(int candidates) {
    List<Credential> many = new ArrayList<>();
    for (int i = 0; i < candidates; i++) {
      many.add(credential("ap_" + i, "%016d".formatted(i)));
    }
    rows.put(user(), many.toArray(Credential[]::new));
    assertThat(countHmacs("alice@example.com", "k".repeat(16))).as("not cached").isEqualTo(2);
    assertThat(countHmacs("alice@example.com", "k".repeat(16))).as("cached").isEqualTo(2);
    assertThat(countHmacs("alice@example.com", "0".repeat(16))).as("the first").isEqualTo(2);
  }

  /** A name that may stand for others costs what it costs, whatever it leads to. */
  @ParameterizedTest
  @ValueSource(
      strings = {"alice", "alice+x", "alice+x@example.com", "bob", "bob+x", "bob+x@b.example"})
  void hashesAndAsksTheSameForOtherSpellings(String name) {
    rows.put(user(), credential("ap_1", RIGHT));
    assertThat(countHmacs(name, OTHER)).as("not cached").isEqualTo(2);
    assertThat(rows.asked).hasValue(1);
    assertThat(countHmacs(name, OTHER)).as("cached").isEqualTo(2);
    assertThat(verify(name, RIGHT) instanceof Accepted).isEqualTo(name.startsWith("alice"));
    assertThat(rows.asked).hasValue(1);
  }

  // ---- what is told and noted

  @Test
  void tellsHowLongALookUpTookAndNowAndThenACheckFromTheCache() {
    List<String> told = new CopyOnWriteArrayList<>();
    times.tell((form, source, _) -> told.add(form.word() + " " + source.word()));
    rows.put(user(), credential("ap_1", RIGHT));
    verify("alice@example.com", RIGHT);
    assertThat(told).containsExactly("keyed database");
    told.clear();
    for (int i = 0; i < 6400; i++) {
      verify("alice@example.com", OTHER);
    }
    assertThat(told).hasSizeBetween(20, 500).containsOnly("keyed cache");
  }

  @Test
  void notesEveryAttemptOnce() {
    rows.put(user(), credential("ap_1", RIGHT), scoped(credential("ap_2", OTHER), Scope.POP3));
    verify("Alice@example.com", RIGHT);
    verify("alice@example.com", OTHER);
    verify("alice@example.com", "k".repeat(16));
    verify("nobody@example.com", RIGHT);
    verify("alice@example.com", "short");
    verify("ali\0ce", RIGHT);
    rows.isDown = true;
    verify("carol@example.com", RIGHT);
    assertThat(signIns)
        .extracting(
            SignIn::loginName,
            SignIn::userId,
            SignIn::credentialId,
            SignIn::outcome,
            SignIn::reason)
        .containsExactly(
            tuple("Alice@example.com", Optional.of(USER_ID), Optional.of("ap_1"), "accepted", ""),
            tuple(
                "alice@example.com",
                Optional.of(USER_ID),
                Optional.of("ap_2"),
                "rejected",
                "out-of-scope"),
            tuple(
                "alice@example.com",
                Optional.of(USER_ID),
                Optional.empty(),
                "rejected",
                "wrong-secret"),
            tuple(
                "nobody@example.com",
                Optional.empty(),
                Optional.empty(),
                "rejected",
                "unknown-user"),
            tuple(
                "alice@example.com",
                Optional.of(USER_ID),
                Optional.empty(),
                "rejected",
                "wrong-shape"),
            tuple("ali\0ce", Optional.empty(), Optional.empty(), "rejected", "bad-name"),
            tuple(
                "carol@example.com",
                Optional.empty(),
                Optional.empty(),
                "unavailable",
                "database"));
  }

  @ParameterizedTest
  @ValueSource(strings = {RIGHT, OTHER, "short"})
  void closesTheSecretWhateverBecomesOfIt(String typed) {
    rows.put(user(), credential("ap_1", RIGHT));
    for (String name : List.of("alice@example.com", "bob@example.com", "\0")) {
      Attempt attempt = attempt(name, typed);
      verifier.verify(attempt).toCompletableFuture().join();
      assertThatThrownBy(() -> attempt.secret().expose(bytes -> bytes.length))
          .isInstanceOf(IllegalStateException.class);
    }
  }

  @Test
  void answersAtOnceFromTheCache() {
    rows.put(user(), credential("ap_1", RIGHT));
    verify("alice@example.com", RIGHT);
    assertThat(verifier.verify(attempt("alice@example.com", RIGHT)).toCompletableFuture())
        .isCompleted();
    verify("nobody@example.com", RIGHT);
    assertThat(verifier.verify(attempt("nobody@example.com", RIGHT)).toCompletableFuture())
        .isCompleted();
  }

  /** No timing decides here: the timer is never early. */
  @Test
  void holdsRefusalsThatAskedTheDatabase() {
    long start = System.nanoTime();
    assertThat(verify("nobody@example.com", RIGHT)).isEqualTo(rejected(RejectReason.UNKNOWN_USER));
    assertThat(System.nanoTime() - start).isGreaterThanOrEqualTo(RefusalBeat.PERIOD.toNanos());
  }

  // ---- fixtures

  private AuthOutcome verify(String name, String secret) {
    return verify(attempt(name, secret));
  }

  private AuthOutcome verify(Attempt attempt) {
    return verifier.verify(attempt).toCompletableFuture().join();
  }

  private int countHmacs(String name, String secret) {
    int before = hmacs.get();
    AuthOutcome _ = verify(name, secret);
    return hmacs.get() - before;
  }

  private void assertHashes(
      int times, String why, String secret, UnaryOperator<Credential> change) {
    rows.put(user(), change.apply(credential("ap_1", RIGHT)));
    verifierForgets();
    assertThat(countHmacs("alice@example.com", secret)).as(why).isEqualTo(times);
    assertThat(countHmacs("alice@example.com", secret)).as(why + ", cached").isEqualTo(times);
  }

  private void assertReason(RejectReason reason, UnaryOperator<Credential> change) {
    rows.put(user(), change.apply(credential("ap_1", RIGHT)));
    verifierForgets();
    assertThat(verify("alice@example.com", RIGHT)).isEqualTo(rejected(reason));
  }

  private Optional<RejectReason> recheck(Grant grant) {
    return verifier
        .recheck(grant)
        .toCompletableFuture()
        .join()
        .refusal(Scope.IMAP, InetAddress.getLoopbackAddress());
  }

  private Optional<RejectReason> recheckAnew(Grant grant) {
    verifierForgets();
    return recheck(grant);
  }

  /** Lets everything in the cache grow too old to be used. */
  private void verifierForgets() {
    ticks.addAndGet(Duration.ofHours(3).toNanos());
  }

  private static Attempt attempt(String name, String secret) {
    return attempt(name, secret, Protection.TLS_1_3);
  }

  private static Attempt attempt(String secret, Protection protection) {
    return attempt("alice@example.com", secret, protection);
  }

  private static Attempt attempt(String name, String secret, Protection protection) {
    return new Attempt(
        name,
        Secret.ofText(secret),
        Scope.IMAP,
        protection,
        "plain",
        InetAddress.getLoopbackAddress(),
        "test");
  }

  private static Rejected rejected(RejectReason reason) {
    return new Rejected(reason);
  }

  private static String credentialOf(AuthOutcome outcome) {
    assertThat(outcome).isInstanceOf(Accepted.class);
    return ((Accepted) outcome).grant().credentialId();
  }

  private User user() {
    return new User(
        USER_ID,
        "alice@example.com",
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        false,
        Optional.empty(),
        clock.instant(),
        "tester",
        1);
  }

  private User disabled() {
    return new User(
        USER_ID,
        "alice@example.com",
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        false,
        Optional.of(new User.Disabled(clock.instant(), "left")),
        clock.instant(),
        "tester",
        1);
  }

  private Credential credential(String id, String secret) {
    return new Credential(
        new AppPassword(
            id,
            USER_ID,
            "alice@example.com",
            "phone",
            Set.of(Scope.IMAP),
            Optional.empty(),
            List.of(),
            Optional.empty(),
            Optional.empty(),
            clock.instant(),
            "tester",
            Optional.empty(),
            Optional.empty(),
            new State.Active()),
        Optional.of(digest.store(USER_ID, Secret.ofText(secret))),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        true);
  }

  private static Credential with(Credential c, StoredSecret stored) {
    return new Credential(
        c.appPassword(),
        Optional.of(stored),
        c.unusedExpiresAt(),
        c.overlapEndsAt(),
        c.replaces(),
        true);
  }

  private static Credential with(Credential c, AppPassword appPassword) {
    return new Credential(
        appPassword, c.stored(), c.unusedExpiresAt(), c.overlapEndsAt(), c.replaces(), true);
  }

  private static Credential overlapping(Credential c, Instant end) {
    return new Credential(
        c.appPassword(), c.stored(), c.unusedExpiresAt(), Optional.of(end), c.replaces(), true);
  }

  private static Credential unusedBy(Credential c, Instant end) {
    return new Credential(
        c.appPassword(), c.stored(), Optional.of(end), c.overlapEndsAt(), c.replaces(), true);
  }

  private static Credential replacing(Credential c, String old) {
    return new Credential(
        c.appPassword(),
        c.stored(),
        c.unusedExpiresAt(),
        c.overlapEndsAt(),
        Optional.of(old),
        true);
  }

  private static Credential state(Credential c, State state) {
    AppPassword p = c.appPassword();
    return with(
        c, copy(p, p.scopes(), p.networks(), p.expiresAt(), p.idleExpiry(), p.lastUse(), state));
  }

  private static Credential expiring(Credential c, Instant at) {
    AppPassword p = c.appPassword();
    return with(
        c,
        copy(p, p.scopes(), p.networks(), Optional.of(at), p.idleExpiry(), p.lastUse(), p.state()));
  }

  private static Credential idle(Credential c, Duration after) {
    AppPassword p = c.appPassword();
    return with(
        c,
        copy(
            p,
            p.scopes(),
            p.networks(),
            p.expiresAt(),
            Optional.of(after),
            p.lastUse(),
            p.state()));
  }

  private static Credential usedAt(Credential c, Instant at) {
    AppPassword p = c.appPassword();
    AppPassword.LastUse use =
        new AppPassword.LastUse(
            at, InetAddress.getLoopbackAddress(), Scope.IMAP, Optional.of(Protection.TLS_1_3), "");
    return with(
        c,
        copy(
            p,
            p.scopes(),
            p.networks(),
            p.expiresAt(),
            p.idleExpiry(),
            Optional.of(use),
            p.state()));
  }

  private static Credential scoped(Credential c, Scope scope) {
    AppPassword p = c.appPassword();
    return with(
        c,
        copy(
            p, Set.of(scope), p.networks(), p.expiresAt(), p.idleExpiry(), p.lastUse(), p.state()));
  }

  private static Credential from(Credential c, String network) {
    AppPassword p = c.appPassword();
    return with(
        c,
        copy(
            p,
            p.scopes(),
            List.of(Cidr.parse(network)),
            p.expiresAt(),
            p.idleExpiry(),
            p.lastUse(),
            p.state()));
  }

  private static AppPassword copy(
      AppPassword p,
      Set<Scope> scopes,
      List<Cidr> networks,
      Optional<Instant> expiresAt,
      Optional<Duration> idleExpiry,
      Optional<AppPassword.LastUse> lastUse,
      State state) {
    return new AppPassword(
        p.id(),
        p.userId(),
        p.user(),
        p.label(),
        scopes,
        p.loginName(),
        networks,
        expiresAt,
        idleExpiry,
        p.createdAt(),
        p.createdBy(),
        lastUse,
        p.exposedAt(),
        state);
  }

  private Mac counting(StoreConfig.Key key) {
    return CountingMac.of(key, hmacs);
  }

  private static final class Uses implements UseLog {
    private final List<String> noted = new ArrayList<>();
    private final List<String> successions = new ArrayList<>();
    private final List<String> exposed = new ArrayList<>();
    private int told;
    private int asked;
    private final List<Optional<Protection>> protections = new ArrayList<>();
    private final Map<String, Instant> latest = new HashMap<>();

    @Override
    public void used(String credentialId, AppPassword.LastUse use, boolean isSuccession) {
      noted.add(credentialId);
      protections.add(use.protection());
      latest.put(credentialId, use.at());
      if (isSuccession) {
        successions.add(credentialId);
      }
    }

    @Override
    public void sentInClear(String credentialId, boolean isRight, Instant at) {
      told++;
      if (isRight) {
        exposed.add(credentialId);
      }
    }

    @Override
    public Optional<Instant> latest(String credentialId) {
      asked++;
      return Optional.ofNullable(latest.get(credentialId));
    }
  }

  /** Rows that a test can change, hold back, and take away. */
  private static final class Rows implements CredentialSource {
    private final Map<String, UserCredentials> users = new HashMap<>();
    private final Map<String, String> ownNames = new HashMap<>();
    private final AtomicInteger asked = new AtomicInteger();
    private volatile boolean isDown;
    private volatile boolean hasImports;
    private volatile CountDownLatch gate = new CountDownLatch(0);

    void put(User user, Credential... credentials) {
      users.put(user.id(), new UserCredentials(user, List.of(credentials), Map.of()));
    }

    void name(String name, String credentialId) {
      ownNames.put(name, credentialId);
    }

    void awaitAsked(int times) {
      await().until(() -> asked.get() >= times);
    }

    @Override
    public Answer find(List<LoginName> names) {
      ask();
      for (int place = 0; place < names.size(); place++) {
        String name = names.get(place).value();
        if (name.equals("alice@example.com") || ownNames.containsKey(name)) {
          Optional<String> sole = Optional.ofNullable(ownNames.get(name));
          return new Answer(
              place, Optional.ofNullable(users.get(USER_ID)).map(rows -> new Found(rows, sole)));
        }
      }
      return new Answer(names.size(), Optional.empty());
    }

    @Override
    public Optional<UserCredentials> load(String userId) {
      ask();
      return Optional.ofNullable(users.get(userId));
    }

    @Override
    public boolean hasImports() {
      return hasImports;
    }

    private void ask() {
      asked.incrementAndGet();
      if (isDown) {
        throw new IllegalStateException("no database");
      }
      try {
        gate.await();
      } catch (InterruptedException _) {
        Thread.currentThread().interrupt();
      }
    }
  }
}
