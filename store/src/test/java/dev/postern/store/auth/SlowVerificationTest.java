package dev.postern.store.auth;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.awaitility.Awaitility.await;

import com.github.benmanes.caffeine.cache.Ticker;
import dev.postern.store.auth.AuthOutcome.Accepted;
import dev.postern.store.auth.AuthOutcome.Rejected;
import dev.postern.store.auth.AuthOutcome.Trouble;
import dev.postern.store.auth.AuthOutcome.Unavailable;
import dev.postern.store.auth.StoredSecret.Over;
import dev.postern.store.guard.Throttle;
import dev.postern.store.guard.ThrottleRules;
import dev.postern.store.testing.TestClock;
import dev.postern.store.testing.TestConfig;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicLong;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The verifier and app passwords whose form takes a slow hash. */
class SlowVerificationTest {
  private static final String USER_ID = "00112233445566778899aabbccddeeff";
  private static final String IMPORTED = "Tr0ub4dor&3";
  private static final String SHAPED = "0123456789abcdef";

  private final AtomicLong ticks = new AtomicLong();
  private final LookupPool lookups =
      new LookupPool(1, 10, Duration.ofSeconds(30), Ticker.systemTicker());
  private final SlowFixture slow = new SlowFixture(1);
  private final KeyedDigest digest =
      new KeyedDigest(List.of(TestConfig.key("p1", 1), TestConfig.key("p2", 2)));
  private final List<Replacement> replacements = new CopyOnWriteArrayList<>();
  private final List<Optional<String>> noted = new CopyOnWriteArrayList<>();
  private volatile boolean rekeyingIsWanted = true;
  private volatile boolean rekeyingFails;
  private volatile List<Credential> rows = List.of();

  private record Replacement(String credentialId, StoredSecret old, StoredSecret fresh) {}

  private final CredentialCache cache =
      new CredentialCache(
          new CredentialSource() {
            @Override
            public Answer find(List<LoginName> names) {
              return new Answer(0, load(USER_ID).map(found -> new Found(found, Optional.empty())));
            }

            @Override
            public Optional<UserCredentials> load(String userId) {
              return Optional.of(new UserCredentials(CachedUsers.user(userId), rows, Map.of()));
            }

            @Override
            public boolean hasImports() {
              return true;
            }
          },
          NameRules.EXACT,
          lookups,
          Duration.ofMinutes(15),
          ticks::get,
          ticks::get,
          RandomGenerator.of("L64X128MixRandom"));

  private final PasswordVerifier verifier =
      new PasswordVerifier(
          cache,
          digest,
          slow.checks,
          new Rekeying() {
            @Override
            public void replace(
                String userId, String credentialId, StoredSecret old, StoredSecret fresh) {
              if (rekeyingFails) {
                throw new IllegalStateException("a fault");
              }
              replacements.add(new Replacement(credentialId, old, fresh));
            }

            @Override
            public boolean isWanted(String credentialId) {
              return rekeyingIsWanted;
            }
          },
          new NoUses(),
          signIn -> noted.add(signIn.credentialId()),
          new VerificationTimes(ticks::get),
          new Throttle(ThrottleRules.DEFAULT, ticks::get, new SecureRandom()),
          _ -> false,
          LoginPolicy.none(),
          NoOwnPasswords.make(),
          LoginWatch.none(),
          TestClock.standing());

  @AfterEach
  void closePools() {
    lookups.close();
    slow.close();
  }

  @Test
  void acceptsAnImportedPasswordAndRefusesAnotherForItsShapeAlone() {
    rows = List.of(imported("ap_1", IMPORTED, false));
    assertThat(credentialOf(verify(IMPORTED))).isEqualTo("ap_1");
    assertThat(verify("wrong")).isEqualTo(new Rejected(RejectReason.WRONG_SHAPE));
    assertThat(verify(SHAPED)).isEqualTo(new Rejected(RejectReason.WRONG_SECRET));
    assertThat(slow.tried).hasValue(3);
    assertThat(noted).containsExactly(Optional.of("ap_1"), Optional.empty(), Optional.empty());
    assertThat(replacements).as("perhaps made by a person").isEmpty();
  }

  @Test
  void aHashThatNeedsMoreMemoryThanThereIsMatchesNothingAndRaisesTheAlarm() {
    String tooBig = "$argon2id$v=19$m=20481,t=1,p=1$c2FsdHNhbHQ$c2FsdHNhbHRzYWx0c2FsdA";
    rows = List.of(CachedUsers.credential("ap_1", USER_ID, slow.imported("ap_1", USER_ID, tooBig)));
    assertThat(verify(IMPORTED)).isEqualTo(new Rejected(RejectReason.WRONG_SHAPE));
    assertThat(slow.alarms).containsExactly("ap_1 MALFORMED");
  }

  @Test
  void computesOneHashForFiveConnectionsAtOnce() {
    rows = List.of(imported("ap_1", IMPORTED, false));
    verify("warm up the rows");
    slow.tried.set(0);
    slow.gate = new CountDownLatch(1);
    List<CompletableFuture<AuthOutcome>> five = new ArrayList<>();
    for (int i = 0; i < 5; i++) {
      five.add(verifier.verify(attempt(IMPORTED)).toCompletableFuture());
    }
    assertThat(five).noneMatch(CompletableFuture::isDone);
    slow.gate.countDown();
    five.forEach(one -> assertThat(credentialOf(one.join())).isEqualTo("ap_1"));
    assertThat(slow.tried).hasValue(1);
    assertThat(noted).as("each is noted").hasSize(6);
  }

  @Test
  void remembersASuccessUntilTheUsersRowsChange() {
    rows = List.of(imported("ap_1", IMPORTED, false));
    verify(IMPORTED);
    slow.tried.set(0);
    assertThat(verifier.verify(attempt(IMPORTED)).toCompletableFuture()).isCompleted();
    assertThat(slow.tried).hasValue(0);
    cache.forgetUser(USER_ID);
    assertThat(credentialOf(verify(IMPORTED))).isEqualTo("ap_1");
    assertThat(slow.tried).hasValue(1);
  }

  /** Other systems let people choose: one password for two devices, each with its own protocol. */
  @Test
  void findsTheOneThatMayBeUsedSoAmongSomeWithTheSameSecret() {
    rows =
        List.of(
            scoped(imported("ap_1", IMPORTED, false), Scope.SUBMISSION),
            scoped(imported("ap_2", IMPORTED, false), Scope.IMAP),
            scoped(imported("ap_3", IMPORTED, false), Scope.SUBMISSION));
    for (int i = 0; i < 2; i++) {
      assertThat(credentialOf(verify(IMPORTED))).isEqualTo("ap_2");
      assertThat(credentialOf(verify(IMPORTED, Scope.SUBMISSION))).isEqualTo("ap_1");
    }
    assertThat(verify(IMPORTED, Scope.POP3)).isEqualTo(new Rejected(RejectReason.OUT_OF_SCOPE));
    assertThat(slow.tried).as("one hash for each protocol").hasValue(3);
  }

  /** Ended ones are tried too, so that the record says why; but not without end. */
  @Test
  void triesNoMoreThanAUserMayHaveAndFirstThoseThatMayBeUsedSo() {
    List<Credential> many = new ArrayList<>();
    for (int i = 0; i < SlowForms.MOST + 23; i++) {
      many.add(scoped(imported("ap_" + (100 + i), "other", false), Scope.SUBMISSION));
    }
    many.add(scoped(imported("ap_200", IMPORTED, false), Scope.IMAP));
    rows = many;
    assertThat(verify("another")).isEqualTo(new Rejected(RejectReason.WRONG_SHAPE));
    assertThat(slow.tried).hasValue(SlowForms.MOST);
    assertThat(credentialOf(verify(IMPORTED))).isEqualTo("ap_200");
    assertThat(slow.tried).hasValue(SlowForms.MOST + 1);
    many.replaceAll(credential -> scoped(credential, Scope.IMAP));
    many.add(CachedUsers.credential("ap_300", USER_ID, slow.hardened(USER_ID, SHAPED)));
    cache.forgetUser(USER_ID);
    assertThat(credentialOf(verify(SHAPED))).isEqualTo("ap_300");
    assertThat(slow.tried).hasValue(SlowForms.MOST + 1);
  }

  @Test
  void findsTheOneThatMayBeUsedSoAmongSomeThatWereKeyedAsTyped() {
    StoredSecret typed = digest.store(USER_ID, Secret.ofText(IMPORTED), Over.TYPED);
    rows =
        List.of(
            scoped(CachedUsers.credential("ap_1", USER_ID, typed), Scope.IMAP),
            scoped(CachedUsers.credential("ap_2", USER_ID, typed), Scope.SUBMISSION));
    assertThat(credentialOf(verify(IMPORTED))).isEqualTo("ap_1");
    assertThat(credentialOf(verify(IMPORTED, Scope.SUBMISSION))).isEqualTo("ap_2");
    assertThat(verify(IMPORTED, Scope.POP3)).isEqualTo(new Rejected(RejectReason.OUT_OF_SCOPE));
  }

  @Test
  void doesNotRememberFailures() {
    rows = List.of(imported("ap_1", IMPORTED, false));
    verify("wrong");
    verify("wrong");
    assertThat(slow.tried).hasValue(2);
  }

  @Test
  void asksOfARememberedSuccessWhetherItMayBeUsedStill() {
    rows = List.of(imported("ap_1", IMPORTED, false));
    verify(IMPORTED);
    rows = List.of(state(rows.getFirst(), new AppPassword.State.Suspended(Instant.EPOCH, "")));
    cache.forgetUser(USER_ID);
    assertThat(verify(IMPORTED)).isEqualTo(new Rejected(RejectReason.SUSPENDED));
  }

  @Test
  void refusesWhatWasRevokedWhileItsHashWasComputed() {
    rows = List.of(imported("ap_1", IMPORTED, false));
    verify("warm up the rows");
    int before = slow.tried.get();
    slow.gate = new CountDownLatch(1);
    CompletableFuture<AuthOutcome> waiting =
        verifier.verify(attempt(IMPORTED)).toCompletableFuture();
    await().until(() -> slow.tried.get() > before);
    rows = List.of(state(rows.getFirst(), new AppPassword.State.Revoked(Instant.EPOCH, "")));
    cache.forgetUser(USER_ID);
    slow.gate.countDown();
    assertThat(waiting.join()).isEqualTo(new Rejected(RejectReason.REVOKED));
  }

  @Test
  void refusesWhatWasReplacedWhileItsHashWasComputed() {
    rows = List.of(imported("ap_1", IMPORTED, false));
    verify("warm up the rows");
    int before = slow.tried.get();
    slow.gate = new CountDownLatch(1);
    CompletableFuture<AuthOutcome> waiting =
        verifier.verify(attempt(IMPORTED)).toCompletableFuture();
    await().until(() -> slow.tried.get() > before);
    rows = List.of(imported("ap_1", "another", false));
    cache.forgetUser(USER_ID);
    var _ = cache.find(CachedUsers.NAME).join();
    slow.gate.countDown();
    assertThat(waiting.join()).isEqualTo(new Rejected(RejectReason.WRONG_SHAPE));
  }

  /** The rows are looked up again now and then: a change need not have been heard of. */
  @Test
  void doesNotRememberASuccessForAnotherHash() {
    rows = List.of(imported("ap_1", IMPORTED, false));
    verify(IMPORTED);
    rows = List.of(imported("ap_1", "another", false));
    ticks.addAndGet(CredentialCache.FRESH_FOR.plusSeconds(1).toNanos());
    await().until(() -> verify("another") instanceof Accepted);
    assertThat(verify(IMPORTED)).isEqualTo(new Rejected(RejectReason.WRONG_SHAPE));
  }

  @Test
  void isUnavailableWhenThereIsNoRoomForItsHash() {
    rows = List.of(imported("ap_1", IMPORTED, false));
    verify("warm up the rows");
    int before = slow.tried.get();
    slow.gate = new CountDownLatch(1);
    CompletableFuture<AuthOutcome> running = verifier.verify(attempt("one")).toCompletableFuture();
    await().until(() -> slow.tried.get() > before);
    CompletableFuture<AuthOutcome> waiting = verifier.verify(attempt("two")).toCompletableFuture();
    assertThat(verify("three")).isEqualTo(new Unavailable(Trouble.OVERLOADED));
    slow.gate.countDown();
    assertThat(running.join()).isEqualTo(new Rejected(RejectReason.WRONG_SHAPE));
    assertThat(waiting.join()).isEqualTo(new Rejected(RejectReason.WRONG_SHAPE));
    assertThat(noted).as("those as well").hasSize(4);
  }

  @Test
  void triesKeyedAppPasswordsFirstAndThenNoSlowOne() {
    rows = List.of(imported("ap_1", IMPORTED, false), keyed("ap_2", SHAPED));
    assertThat(credentialOf(verify(SHAPED))).isEqualTo("ap_2");
    assertThat(slow.tried).hasValue(0);
  }

  @Test
  void readsAnImportedPasswordWithAccentsInBothWays() {
    rows = List.of(imported("ap_1", "pässword", false));
    assertThat(credentialOf(verify("pässword"))).isEqualTo("ap_1");
    Attempt latin = attempt(Secret.owning("pässword".getBytes(StandardCharsets.ISO_8859_1)));
    assertThat(credentialOf(verifier.verify(latin).toCompletableFuture().join())).isEqualTo("ap_1");
  }

  @Test
  void neitherFallsNorOpensOverAMalformedHash() {
    rows =
        List.of(
            CachedUsers.credential(
                "ap_1", USER_ID, slow.imported("ap_1", USER_ID, "{BLF-CRYPT}$2y$99$broken")),
            CachedUsers.credential("ap_2", USER_ID, new StoredSecret.Imported("moved")),
            imported("ap_3", IMPORTED, false));
    assertThat(verify("wrong")).isEqualTo(new Rejected(RejectReason.WRONG_SHAPE));
    assertThat(slow.alarms).containsExactly("ap_1 MALFORMED", "ap_2 MALFORMED");
    assertThat(credentialOf(verify(IMPORTED))).isEqualTo("ap_3");
  }

  @Test
  void acceptsAHardenedAppPasswordHoweverItIsTyped() {
    rows = List.of(CachedUsers.credential("ap_1", USER_ID, slow.hardened(USER_ID, SHAPED)));
    assertThat(credentialOf(verify("0123-4567-89AB-CDEF"))).isEqualTo("ap_1");
    assertThat(verify("k".repeat(16))).isEqualTo(new Rejected(RejectReason.WRONG_SECRET));
    assertThat(verify("short")).isEqualTo(new Rejected(RejectReason.WRONG_SHAPE));
  }

  // ---- re-keying

  @Test
  void asksForTheKeyedFormOfAnImportedSecretThatAMachineMade() {
    rows = List.of(imported("ap_1", IMPORTED, true));
    verify(IMPORTED);
    StoredSecret fresh = digest.store(USER_ID, Secret.ofText(IMPORTED), Over.TYPED);
    assertThat(replacements)
        .containsExactly(new Replacement("ap_1", rows.getFirst().stored().orElseThrow(), fresh));

    rows = List.of(CachedUsers.credential("ap_1", USER_ID, fresh));
    cache.forgetUser(USER_ID);
    slow.tried.set(0);
    assertThat(credentialOf(verify(IMPORTED))).isEqualTo("ap_1");
    assertThat(verify("wrong")).isEqualTo(new Rejected(RejectReason.WRONG_SHAPE));
    assertThat(slow.tried).hasValue(0);
    assertThat(replacements).hasSize(1);
  }

  @Test
  void asksForTheActivePepperOfWhatWasKeyedUnderAnother() {
    KeyedDigest before = new KeyedDigest(List.of(TestConfig.key("p1", 1)));
    StoredSecret old = before.store(USER_ID, Secret.ofText(SHAPED));
    StoredSecret oldTyped = before.store(USER_ID, Secret.ofText(IMPORTED), Over.TYPED);
    rows =
        List.of(
            keyed("ap_0", "fedcba9876543210"),
            CachedUsers.credential("ap_1", USER_ID, old),
            CachedUsers.credential("ap_2", USER_ID, oldTyped));
    verify("fedcba9876543210");
    verify("k".repeat(16));
    assertThat(replacements).isEmpty();
    verify("0123 4567 89ab CDEF");
    verify(IMPORTED);
    assertThat(replacements)
        .containsExactly(
            new Replacement("ap_1", old, digest.store(USER_ID, Secret.ofText(SHAPED))),
            new Replacement(
                "ap_2", oldTyped, digest.store(USER_ID, Secret.ofText(IMPORTED), Over.TYPED)));
  }

  @Test
  void theSecretIsGoneAlsoWhenThereIsNoAnswer() {
    KeyedDigest before = new KeyedDigest(List.of(TestConfig.key("p1", 1)));
    rows =
        List.of(
            CachedUsers.credential("ap_1", USER_ID, before.store(USER_ID, Secret.ofText(SHAPED))));
    rekeyingFails = true;
    Secret typed = Secret.ofText(SHAPED);
    assertThat(catchThrowable(() -> verifier.verify(attempt(typed)).toCompletableFuture().join()))
        .hasRootCauseMessage("a fault");
    assertThat(catchThrowable(typed::copy)).hasMessageContaining("wiped");
  }

  @Test
  void makesAHardenedOneAnewUnderTheActivePepperAfterTheAnswer() {
    StoredSecret old = slow.hardenedBefore(USER_ID, SHAPED);
    rows = List.of(CachedUsers.credential("ap_1", USER_ID, old));
    assertThat(verify("k".repeat(16))).isEqualTo(new Rejected(RejectReason.WRONG_SECRET));
    assertThat(credentialOf(verify("0123-4567-89AB-CDEF"))).isEqualTo("ap_1");
    await().until(() -> !replacements.isEmpty());
    Replacement replacement = replacements.getFirst();
    assertThat(replacement.credentialId()).isEqualTo("ap_1");
    assertThat(replacement.old()).isEqualTo(old);
    assertThat(replacement.fresh())
        .isInstanceOfSatisfying(
            StoredSecret.Hardened.class,
            fresh -> assertThat(slow.matches(fresh, USER_ID, SHAPED)).isTrue());

    rows =
        List.of(
            CachedUsers.credential("ap_1", USER_ID, replacement.fresh()),
            imported("ap_2", IMPORTED, false));
    cache.forgetUser(USER_ID);
    assertThat(credentialOf(verify(SHAPED))).isEqualTo("ap_1");
    // One thread, in order: whatever it was asked to make before is made by then.
    assertThat(verify("wrong")).isEqualTo(new Rejected(RejectReason.WRONG_SHAPE));
    assertThat(replacements).hasSize(1);
  }

  @Test
  void knowsAnImportedSecretThatCameInClearAndDoesNotRememberIt() {
    StoredSecret typed = digest.store(USER_ID, Secret.ofText("typed"), Over.TYPED);
    rows =
        List.of(imported("ap_1", IMPORTED, false), CachedUsers.credential("ap_2", USER_ID, typed));
    for (String secret : List.of(IMPORTED, "wrong", "typed")) {
      int before = noted.size();
      verifier.exposed(attempt(secret));
      await().until(() -> noted.size() > before);
    }
    assertThat(noted).containsExactly(Optional.of("ap_1"), Optional.empty(), Optional.of("ap_2"));
    assertThat(slow.checks.remembered()).isZero();
  }

  @Test
  void makesNoHardenedOneAnewWhileOthersWait() {
    rows =
        List.of(
            imported("ap_1", IMPORTED, false),
            CachedUsers.credential("ap_2", USER_ID, slow.hardenedBefore(USER_ID, SHAPED)));
    rekeyingIsWanted = false;
    assertThat(credentialOf(verify(SHAPED))).isEqualTo("ap_2");
    rekeyingIsWanted = true;
    int before = slow.tried.get();
    slow.gate = new CountDownLatch(1);
    CompletableFuture<AuthOutcome> running = verifier.verify(attempt("one")).toCompletableFuture();
    await().until(() -> slow.tried.get() > before);
    CompletableFuture<AuthOutcome> waiting = verifier.verify(attempt("two")).toCompletableFuture();
    assertThat(credentialOf(verify(SHAPED))).as("remembered").isEqualTo("ap_2");
    slow.gate.countDown();
    assertThat(running.join()).isEqualTo(new Rejected(RejectReason.WRONG_SHAPE));
    assertThat(waiting.join()).isEqualTo(new Rejected(RejectReason.WRONG_SHAPE));
    assertThat(replacements).isEmpty();

    assertThat(credentialOf(verify(SHAPED))).isEqualTo("ap_2");
    await().until(() -> replacements.size() == 1);
  }

  // ---- fixtures

  private AuthOutcome verify(String secret) {
    return verifier.verify(attempt(secret)).toCompletableFuture().join();
  }

  private AuthOutcome verify(String secret, Scope scope) {
    return verifier.verify(attempt(Secret.ofText(secret), scope)).toCompletableFuture().join();
  }

  private static Attempt attempt(String secret) {
    return attempt(Secret.ofText(secret));
  }

  private static Attempt attempt(Secret secret) {
    return attempt(secret, Scope.IMAP);
  }

  private static Attempt attempt(Secret secret, Scope scope) {
    return new Attempt(
        CachedUsers.NAME,
        secret,
        scope,
        Protection.TLS_1_3,
        "plain",
        InetAddress.getLoopbackAddress(),
        "test");
  }

  private static String credentialOf(AuthOutcome outcome) {
    assertThat(outcome).isInstanceOf(Accepted.class);
    return ((Accepted) outcome).grant().credentialId();
  }

  private Credential keyed(String id, String secret) {
    return CachedUsers.credential(id, USER_ID, digest.store(USER_ID, Secret.ofText(secret)));
  }

  private Credential imported(String id, String password, boolean isMachineMade) {
    Credential row =
        CachedUsers.credential(id, USER_ID, slow.imported(id, USER_ID, SlowFixture.ssha(password)));
    return new Credential(
        row.appPassword(),
        row.stored(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        isMachineMade);
  }

  private static Credential scoped(Credential c, Scope scope) {
    return changed(c, Set.of(scope), c.appPassword().state());
  }

  private static Credential state(Credential c, AppPassword.State state) {
    return changed(c, c.appPassword().scopes(), state);
  }

  private static Credential changed(Credential c, Set<Scope> scopes, AppPassword.State state) {
    AppPassword p = c.appPassword();
    return new Credential(
            new AppPassword(
                p.id(),
                p.userId(),
                p.user(),
                p.label(),
                scopes,
                p.loginName(),
                p.networks(),
                p.expiresAt(),
                p.idleExpiry(),
                p.createdAt(),
                p.createdBy(),
                p.lastUse(),
                p.exposedAt(),
                state),
            c.stored(),
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            c.isMachineMade())
        .withVersion(2);
  }
}
