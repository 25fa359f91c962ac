package dev.postern.store.auth;

import static org.assertj.core.api.Assertions.assertThat;

import com.github.benmanes.caffeine.cache.Ticker;
import dev.postern.store.audit.Compared;
import dev.postern.store.audit.SignIn;
import dev.postern.store.auth.AuthOutcome.Accepted;
import dev.postern.store.auth.AuthOutcome.Rejected;
import dev.postern.store.auth.AuthOutcome.Throttled;
import dev.postern.store.auth.LoginPolicy.Ruling;
import dev.postern.store.auth.StoredSecret.Over;
import dev.postern.store.guard.Throttle;
import dev.postern.store.guard.ThrottleRules;
import dev.postern.store.testing.TestClock;
import dev.postern.store.testing.TestConfig;
import java.net.InetAddress;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.random.RandomGenerator;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Guessers before the verifier, and those whom they must not be in the way of. */
class ThrottledVerificationTest {
  private static final String USER_ID = "00112233445566778899aabbccddeeff";
  private static final String MACHINE_MADE = "0123456789abcdef";
  private static final String OWN = "Tr0ub4dor&3";
  private static final String OFFICE = "198.51.100.7";

  private final AtomicLong ticks = new AtomicLong();
  private final LookupPool lookups =
      new LookupPool(1, 10, Duration.ofSeconds(30), Ticker.systemTicker());
  private final SlowFixture slow = new SlowFixture(1);
  private final KeyedDigest digest = new KeyedDigest(List.of(TestConfig.key("p1", 1)));
  private final List<SignIn> signIns = new CopyOnWriteArrayList<>();
  private final AtomicInteger asked = new AtomicInteger();
  private volatile List<Credential> rows = List.of();
  private volatile boolean hasImports = true;
  private volatile Ruling ruling = Ruling.ADMIT;
  private volatile InetAddress banned = InetAddress.ofLiteral("0.0.0.0");
  private final PasswordVerifier verifier =
      new PasswordVerifier(
          new CredentialCache(
              new CredentialSource() {
                @Override
                public Answer find(List<LoginName> names) {
                  int place = names.indexOf(LoginName.ofNormalised(CachedUsers.NAME));
                  return place < 0
                      ? new Answer(names.size(), Optional.empty())
                      : new Answer(
                          place, load(USER_ID).map(found -> new Found(found, Optional.empty())));
                }

                @Override
                public Optional<UserCredentials> load(String userId) {
                  return Optional.of(new UserCredentials(CachedUsers.user(userId), rows, Map.of()));
                }

                @Override
                public boolean hasImports() {
                  return hasImports;
                }
              },
              new NameRules(Optional.empty(), Optional.of('+')),
              lookups,
              Duration.ofMinutes(15),
              ticks::get,
              ticks::get,
              RandomGenerator.of("L64X128MixRandom")),
          digest,
          slow.checks,
          Rekeying.none(),
          new NoUses(),
          signIns::add,
          new VerificationTimes(ticks::get),
          new Throttle(ThrottleRules.DEFAULT, ticks::get, new SecureRandom()),
          peer -> peer.equals(banned),
          (_, _) -> {
            asked.incrementAndGet();
            return CompletableFuture.completedStage(ruling);
          },
          NoOwnPasswords.make(),
          LoginWatch.none(),
          TestClock.standing());

  @AfterEach
  void closePools() {
    lookups.close();
    slow.close();
  }

  @Test
  void aRightSecretThatAMachineMadeIsNeverHeldUpWhereverItComesFrom() {
    rows = List.of(machineMade());
    attack(CachedUsers.NAME, 300);
    assertThat(guess(CachedUsers.NAME, "10.0.0.1", "fedcba9876543210"))
        .isInstanceOfSatisfying(Throttled.class, held -> assertThat(held.isRefused()).isTrue());
    assertThat(guess(CachedUsers.NAME, "10.0.0.1", MACHINE_MADE)).isInstanceOf(Accepted.class);
    assertThat(guess(CachedUsers.NAME, "192.0.2.77", MACHINE_MADE)).isInstanceOf(Accepted.class);
  }

  @Test
  void aHardenedSecretThatAMachineMadeIsNotHeldUpEither() {
    rows =
        List.of(
            CachedUsers.credential("ap_1", USER_ID, slow.hardenedBefore(USER_ID, MACHINE_MADE)),
            own());
    attack(CachedUsers.NAME, 300);
    assertThat(guess(CachedUsers.NAME, "192.0.2.77", OWN)).isInstanceOf(Throttled.class);
    assertThat(guess(CachedUsers.NAME, "192.0.2.77", MACHINE_MADE)).isInstanceOf(Accepted.class);
  }

  @Test
  void oneThatAPersonMadeIsNotComparedAnyMoreAfterFiftyWrongOnes() {
    rows = List.of(own());
    attack(CachedUsers.NAME, 300);
    assertThat(slow.tried).hasValue(50);
    assertThat(guess(CachedUsers.NAME, "192.0.2.77", OWN))
        .isEqualTo(new Throttled(RejectReason.TOO_MANY_GUESSES, Duration.ofSeconds(15), true));
    assertThat(signIns.getLast().reason()).isEqualTo("too-many-guesses");
    assertThat(signIns.getLast().outcome()).isEqualTo("throttled");
    assertThat(slow.tried).hasValue(50);
  }

  @Test
  void alsoIfItIsKeptAsAKeyedDigest() {
    rows =
        List.of(
            own(
                CachedUsers.credential(
                    "ap_1", USER_ID, digest.store(USER_ID, Secret.ofText(OWN), Over.TYPED))));
    attack(CachedUsers.NAME, 300);
    assertThat(guess(CachedUsers.NAME, "192.0.2.77", OWN)).isInstanceOf(Throttled.class);
  }

  @Test
  void theOwnerGetsInFromWhereHeWasBefore() {
    rows = List.of(own());
    assertThat(guess(CachedUsers.NAME, OFFICE, OWN)).isInstanceOf(Accepted.class);
    attack(CachedUsers.NAME, 300);
    assertThat(guess(CachedUsers.NAME, OFFICE, "misspelt"))
        .isEqualTo(new Rejected(RejectReason.WRONG_SHAPE));
    assertThat(guess(CachedUsers.NAME, OFFICE, OWN)).isInstanceOf(Accepted.class);
    assertThat(guess(CachedUsers.NAME, "192.0.2.77", OWN)).isInstanceOf(Throttled.class);
  }

  @Test
  void rightOnesCostTheOwnerNothing() {
    rows = List.of(own());
    for (int i = 0; i < 200; i++) {
      assertThat(guess(CachedUsers.NAME, "10.0." + i + ".1", OWN)).isInstanceOf(Accepted.class);
    }
  }

  /** An attacker who counts must not learn whether there is such a user, nor of what kind. */
  @Test
  void aNameThatNobodyHasIsThrottledInTheSameWay() {
    rows = List.of(machineMade());
    List<String> ofUser = answers(CachedUsers.NAME);
    rows = List.of(own());
    ticks.addAndGet(Duration.ofHours(2).toNanos());
    assertThat(answers(CachedUsers.NAME)).isEqualTo(ofUser);
    assertThat(answers("nobody@example.com")).isEqualTo(ofUser);
    assertThat(ofUser).contains("plain", "PT4S", "PT8S", "PT15S", "PT15S later");
  }

  /**
   * Where nothing was imported such a secret ends before a look-up, as long as nobody is cached.
   */
  @Test
  void whatIsSentBeforeAnyLookUpCountsAlikeForANameThatNobodyHas() {
    hasImports = false;
    rows = List.of(machineMade());
    List<String> ofUser = beforeAndAfterALookUp(CachedUsers.NAME);
    assertThat(beforeAndAfterALookUp("nobody@example.com")).isEqualTo(ofUser);
    assertThat(ofUser).contains("PT15S later");
  }

  private List<String> beforeAndAfterALookUp(String name) {
    List<String> answers = new ArrayList<>();
    for (int i = 0; i < 45; i++) {
      answers.add(answer(guess(name, "10." + i + ".0.1", "Summer" + i + "!")));
    }
    for (int i = 45; i < 60; i++) {
      answers.add(answer(guess(name, "10." + i + ".0.1", "%016d".formatted(i))));
    }
    for (int i = 0; i < 60; i++) {
      answers.add(answer(guess(name, "10." + i + ".1.1", "Summer" + i + "!")));
    }
    return answers;
  }

  /** Also where the secrets are such as people make, and are not compared any more. */
  @Test
  void whatIsSentAgainWhenThereIsNoRoomIsAnsweredAlike() {
    List<String> seen = new ArrayList<>();
    for (String name : List.of(CachedUsers.NAME, "nobody@example.com")) {
      rows = List.of(own());
      attack(name, 60);
      for (int i = 0; i < 3; i++) {
        seen.add(answer(guess(name, "192.0.2.1", "again and again")));
      }
    }
    assertThat(seen).containsOnly("PT15S later");
  }

  @Test
  void aNameWithADetailIsNoOtherName() {
    rows = List.of(own());
    for (int i = 0; i < 60; i++) {
      guess("alice+" + i + "@example.com", "10.0." + i + ".1", "secret-" + i);
      guess("nobody+" + i + "@example.com", "10.1." + i + ".1", "secret-" + i);
    }
    assertThat(slow.tried).hasValue(50);
    assertThat(guess("nobody@example.com", "10.2.0.1", "one"))
        .isInstanceOfSatisfying(Throttled.class, held -> assertThat(held.isRefused()).isTrue());
  }

  /** It is right: that tells a guesser nothing that counting would keep from him. */
  @Test
  void aRightSecretOutOfPlaceIsNoGuess() {
    rows = List.of(machineMade());
    for (int i = 0; i < 20; i++) {
      assertThat(verify(attempt(CachedUsers.NAME, OFFICE, MACHINE_MADE, Scope.POP3)))
          .isEqualTo(new Rejected(RejectReason.OUT_OF_SCOPE));
    }
  }

  // ---- bans, and a policy service

  @Test
  void nobodyGetsInFromABannedAddressAndNothingIsCompared() {
    rows = List.of(machineMade(), own());
    banned = InetAddress.ofLiteral(OFFICE);
    assertThat(guess(CachedUsers.NAME, OFFICE, MACHINE_MADE))
        .isEqualTo(new Rejected(RejectReason.BANNED));
    assertThat(guess(CachedUsers.NAME, OFFICE, OWN)).isEqualTo(new Rejected(RejectReason.BANNED));
    assertThat(slow.tried).hasValue(0);
    assertThat(signIns).extracting(SignIn::reason).containsExactly("banned", "banned");
    assertThat(guess(CachedUsers.NAME, "192.0.2.77", MACHINE_MADE)).isInstanceOf(Accepted.class);
  }

  @Test
  void noSecretThatCameInClearFromThereIsLookedAt() {
    rows = List.of(machineMade(), own());
    banned = InetAddress.ofLiteral(OFFICE);
    verifier.exposed(attempt(CachedUsers.NAME, OFFICE, MACHINE_MADE, Scope.IMAP));
    verifier.exposed(attempt(CachedUsers.NAME, OFFICE, OWN, Scope.IMAP));
    assertThat(slow.tried).hasValue(0);
    assertThat(signIns).extracting(SignIn::reason).containsExactly("banned", "banned");
    assertThat(signIns).extracting(SignIn::compared).containsOnly(Compared.NOTHING);
  }

  @Test
  void onlyLoginsThatWouldSucceedReachThePolicyService() {
    rows = List.of(machineMade(), own());
    attack(CachedUsers.NAME, 300);
    attack("nobody@example.com", 300);
    assertThat(verify(attempt(CachedUsers.NAME, OFFICE, MACHINE_MADE, Scope.POP3)))
        .isEqualTo(new Rejected(RejectReason.OUT_OF_SCOPE));
    assertThat(asked).hasValue(0);
    assertThat(guess(CachedUsers.NAME, OFFICE, MACHINE_MADE)).isInstanceOf(Accepted.class);
    assertThat(asked).hasValue(1);
  }

  @Test
  void whatThePolicyServiceRefusesIsNoUseAndNoVisit() {
    rows = List.of(own());
    ruling = Ruling.REFUSE;
    assertThat(guess(CachedUsers.NAME, OFFICE, OWN)).isEqualTo(new Rejected(RejectReason.POLICY));
    assertThat(signIns).extracting(SignIn::outcome).containsExactly("rejected");
    assertThat(signIns).extracting(SignIn::reason).containsExactly("policy");
    ruling = Ruling.ADMIT;
    attack(CachedUsers.NAME, 300);
    assertThat(guess(CachedUsers.NAME, OFFICE, OWN))
        .as("the network did not become the user's own")
        .isInstanceOf(Throttled.class);
  }

  /**
   * Otherwise the answer would tell a guesser that this was the right one, also the second time.
   */
  @Test
  void whatThePolicyServiceRefusesIsAnsweredLikeAWrongSecret() {
    ruling = Ruling.REFUSE;
    List<String> seen = new ArrayList<>();
    for (String secret : List.of(MACHINE_MADE, OWN)) {
      rows = List.of(secret.equals(OWN) ? own() : machineMade());
      for (int before : List.of(0, 5, 10, 20, 49, 60)) {
        List<String> right = triedAgain(before, secret);
        assertThat(right).as("after %d", before).isEqualTo(triedAgain(before, "fedcba9876543210"));
        seen.addAll(right);
      }
    }
    assertThat(seen).contains("plain", "PT4S", "PT15S", "PT15S later");
  }

  private List<String> triedAgain(int guessesBefore, String secret) {
    ticks.addAndGet(Duration.ofDays(1).toNanos());
    attack(CachedUsers.NAME, guessesBefore);
    return Stream.of("192.0.2.1", "192.0.2.1", "192.0.3.1")
        .map(peer -> answer(guess(CachedUsers.NAME, peer, secret)))
        .toList();
  }

  @Test
  void anUnknownRulingIsTemporaryAndCostsTheOwnerNothing() {
    rows = List.of(own());
    ruling = Ruling.UNKNOWN;
    for (int i = 0; i < 200; i++) {
      assertThat(guess(CachedUsers.NAME, "10.0." + i + ".1", OWN))
          .isEqualTo(new AuthOutcome.Unavailable(AuthOutcome.Trouble.POLICY));
    }
    ruling = Ruling.ADMIT;
    assertThat(guess(CachedUsers.NAME, "10.1.0.1", OWN)).isInstanceOf(Accepted.class);
  }

  private List<String> answers(String name) {
    List<String> answers = new ArrayList<>();
    for (int i = 0; i < 70; i++) {
      answers.add(answer(guess(name, "10." + i + ".0.1", name.length() + "-secret-" + i + ticks)));
    }
    return answers;
  }

  private static String answer(AuthOutcome outcome) {
    return switch (outcome) {
      case Accepted _ -> "accepted";
      case Rejected _ -> "plain";
      case Throttled(_, Duration delay, boolean isRefused) -> delay + (isRefused ? " later" : "");
      case AuthOutcome.Unavailable _ -> "unavailable";
      case AuthOutcome.Delegate _ -> "delegated";
    };
  }

  private void attack(String name, int guesses) {
    for (int i = 0; i < guesses; i++) {
      guess(name, "10." + i % 250 + "." + i / 250 + ".1", "secret-" + i);
    }
  }

  private AuthOutcome guess(String name, String peer, String secret) {
    return verify(attempt(name, peer, secret, Scope.IMAP));
  }

  private AuthOutcome verify(Attempt attempt) {
    return verifier.verify(attempt).toCompletableFuture().join();
  }

  private static Attempt attempt(String name, String peer, String secret, Scope scope) {
    return new Attempt(
        name,
        Secret.ofText(secret),
        scope,
        Protection.TLS_1_3,
        "plain",
        InetAddress.ofLiteral(peer),
        "test");
  }

  private Credential machineMade() {
    return CachedUsers.credential(
        "ap_0", USER_ID, digest.store(USER_ID, Secret.ofText(MACHINE_MADE)));
  }

  private Credential own() {
    return own(
        CachedUsers.credential(
            "ap_1", USER_ID, slow.imported("ap_1", USER_ID, SlowFixture.ssha(OWN))));
  }

  private static Credential own(Credential row) {
    return new Credential(
        row.appPassword(),
        row.stored(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        false);
  }
}
