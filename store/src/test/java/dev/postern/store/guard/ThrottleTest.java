package dev.postern.store.guard;

import static org.assertj.core.api.Assertions.assertThat;

import dev.postern.store.guard.Throttle.Answer;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

/** What guessing costs the guesser, and nobody else. */
class ThrottleTest {
  private static final Answer PLAIN = Answer.PLAIN;

  private final AtomicLong nanos = new AtomicLong();
  private final Throttle throttle =
      new Throttle(ThrottleRules.DEFAULT, nanos::get, new SecureRandom());

  // ---- delays

  @Test
  void theFirstWrongOnesWaitForNothingAndThenLongerAndLonger() {
    List<Duration> delays = new ArrayList<>();
    for (int i = 0; i < 20; i++) {
      delays.add(wrong("alice", "192.0.2.1", "secret-" + i).delay());
    }
    assertThat(delays.subList(0, 5)).containsOnly(Duration.ZERO);
    assertThat(delays.subList(5, 10)).containsOnly(Duration.ofSeconds(4));
    assertThat(delays.subList(10, 15)).containsOnly(Duration.ofSeconds(8));
    assertThat(delays.subList(15, 20)).containsOnly(Duration.ofSeconds(15));
  }

  /** As somebody sets it who wants none: it must not come down to steps of no length. */
  @Test
  void asManyGuessesAsCanBeAllowedAreCounted() {
    Throttle wide =
        new Throttle(
            new ThrottleRules(
                1_000_000, 1_000_000, Duration.ofSeconds(4), Duration.ofSeconds(15), 20),
            nanos::get,
            new SecureRandom());
    for (int i = 0; i < 100; i++) {
      assertThat(wrong(wide, "alice", "2001:db8::1", "secret-" + i)).isEqualTo(PLAIN);
      assertThat(wrong(wide, "alice", "192.0.2.1", "other-" + i)).isEqualTo(PLAIN);
    }
  }

  @Test
  void theSameWrongSecretAgainCostsNothingHoweverOften() {
    for (int i = 0; i < 1000; i++) {
      assertThat(wrong("alice", "192.0.2.1", "old")).isEqualTo(PLAIN);
      pass(Duration.ofMinutes(5));
    }
    assertThat(wrong("alice", "192.0.2.1", "another")).isEqualTo(PLAIN);
  }

  @Test
  void theSameSecretForAnotherUserIsAnotherGuess() {
    for (int i = 0; i < 5; i++) {
      assertThat(wrong("user" + i, "192.0.2.1", "spring2026")).isEqualTo(PLAIN);
    }
    assertThat(wrong("user5", "192.0.2.1", "spring2026").delay()).isEqualTo(Duration.ofSeconds(4));
  }

  @Test
  void guessesFromManyAddressesAddUpForTheUser() {
    for (int i = 0; i < 5; i++) {
      wrong("alice", "10.0." + i + ".1", "secret-" + i);
    }
    assertThat(wrong("alice", "10.1.0.1", "one more").delay()).isEqualTo(Duration.ofSeconds(4));
    assertThat(wrong("bob", "10.2.0.1", "his first")).isEqualTo(PLAIN);
  }

  /** One that all users come from; whose secrets are guessed there is counted all the same. */
  @Test
  void anExemptAddressIsNotCountedButTheUserIs() {
    Throttle lenient =
        new Throttle(
            ThrottleRules.DEFAULT,
            nanos::get,
            new SecureRandom(),
            InetAddress.ofLiteral("192.0.2.1")::equals);
    for (int i = 0; i < 300; i++) {
      assertThat(wrong(lenient, "user" + i, "192.0.2.1", "spring2026")).isEqualTo(PLAIN);
      lenient.stranger(InetAddress.ofLiteral("192.0.2.1"));
    }
    assertThat(lenient.isFishing(InetAddress.ofLiteral("192.0.2.1"))).isFalse();
    for (int i = 0; i < 50; i++) {
      Answer _ = wrong(lenient, "alice", "192.0.2.1", "secret-" + i);
    }
    assertThat(wrong(lenient, "alice", "192.0.2.1", "one more").isRefused()).isTrue();
  }

  @Test
  void goesOnByOtherRules() {
    Answer _ = wrong("alice", "192.0.2.1", "one");
    throttle.follow(new ThrottleRules(4, 1, Duration.ofSeconds(1), Duration.ofSeconds(3), 1));
    assertThat(wrong("bob", "198.51.100.1", "one")).isEqualTo(PLAIN);
    assertThat(wrong("bob", "198.51.100.1", "two").delay()).isEqualTo(Duration.ofSeconds(1));
    assertThat(wrong("bob", "198.51.100.1", "three").isRefused()).isTrue();
  }

  @Test
  void neighboursOfAGuesserMayDoLessThanOthersButNotNothing() {
    for (int i = 0; i < 45; i++) {
      wrong("user" + i, "192.0.2." + i, "secret");
    }
    assertThat(wrong("zoe", "192.0.2.200", "secret").delay()).isEqualTo(Duration.ofSeconds(4));
    assertThat(wrong("zoe", "192.0.3.200", "another")).isEqualTo(PLAIN);
  }

  @Test
  void aCustomerWithMillionsOfIpv6AddressesIsOne() {
    Answer last = PLAIN;
    for (int i = 0; i < 6; i++) {
      last = wrong("user" + i, "2001:db8:0:1::" + i, "secret");
    }
    assertThat(last.delay()).as("one /64").isEqualTo(Duration.ofSeconds(4));
    for (int i = 0; i < 21; i++) {
      last = wrong("other" + i, "2001:db8:1:" + Integer.toHexString(i) + "::1", "secret");
    }
    assertThat(last.delay()).as("one /56").isEqualTo(Duration.ofSeconds(4));
    for (int i = 0; i < 81; i++) {
      last = wrong("third" + i, "2001:db8:2:" + Integer.toHexString(i * 256) + "::1", "secret");
    }
    assertThat(last.delay()).as("one /48").isEqualTo(Duration.ofSeconds(4));
  }

  @Test
  void whatWasWrongIsForgottenInAnHour() {
    for (int i = 0; i < 20; i++) {
      wrong("alice", "192.0.2.1", "secret-" + i);
    }
    pass(Duration.ofHours(1));
    assertThat(wrong("alice", "192.0.2.1", "another")).isEqualTo(PLAIN);
  }

  // ---- too many

  @Test
  void beyondItsMeasureAnAddressIsToldToComeBackLater() {
    Answer last = PLAIN;
    for (int i = 0; i < 51; i++) {
      last = wrong("user" + i, "192.0.2.1", "secret");
    }
    assertThat(last).isEqualTo(new Answer(Duration.ofSeconds(15), true));
    assertThat(wrong("user0", "192.0.2.1", "secret")).as("a known one").isEqualTo(PLAIN);
    pass(Duration.ofSeconds(73));
    assertThat(wrong("zoe", "192.0.2.1", "secret").isRefused()).as("room for one").isFalse();
    assertThat(wrong("zoe", "192.0.2.1", "another").isRefused()).isTrue();
  }

  @Test
  void secretsThatPeopleMadeAreTriedAHundredTimesAnHourAtMost() {
    int tried = 0;
    for (int second = 0; second < 3600; second++) {
      for (int i = 0; i < 10; i++) {
        Guess guess = guess("alice", "10.1." + second % 200 + "." + i, second + "-" + i);
        if (guess.mayTryOwn()) {
          tried++;
        }
        guess.wrong();
      }
      pass(Duration.ofSeconds(1));
    }
    assertThat(tried).isBetween(90, 100);
  }

  @Test
  void guessesThatRunInParallelCountBeforeTheyAreOver() {
    List<Guess> open = new ArrayList<>();
    for (int i = 0; i < 200; i++) {
      open.add(guess("alice", "10.0.0." + i, "secret-" + i));
    }
    assertThat(open.stream().filter(Guess::mayTryOwn)).hasSize(50);
    assertThat(open.stream().filter(Guess::mayTryOwn)).as("asked again").hasSize(50);
    assertThat(open.getLast().wrong().isRefused()).isTrue();
  }

  @Test
  void aRightOneTakesNoRoomFromTheNext() {
    for (int i = 0; i < 500; i++) {
      Guess guess = guess("alice", "192.0.2.1", "right-" + i);
      assertThat(guess.mayTryOwn()).isTrue();
      guess.right();
    }
  }

  /** Else whoever tries a million secrets would be let in by the right one. */
  @Test
  void aRightOneIsNotRememberedSoThatItIsNotTriedWithoutRoom() {
    Guess owner = guess("alice", "192.0.2.1", "right");
    assertThat(owner.mayTryOwn()).isTrue();
    owner.right();
    for (int i = 0; i < 50; i++) {
      guess("alice", "192.0.2.2", "secret-" + i).mayTryOwn();
    }
    assertThat(guess("alice", "192.0.2.2", "right").mayTryOwn()).isFalse();
  }

  @Test
  void whatWasWrongBeforeAChangeIsANewGuessAfterIt() {
    Guess before = guess("alice", "192.0.2.1", "the new one");
    assertThat(before.mayTryOwn()).isTrue();
    before.wrong();
    for (int i = 0; i < 49; i++) {
      guess("alice", "192.0.2.2", "secret-" + i).mayTryOwn();
    }
    assertThat(guess("alice", "192.0.2.2", "the new one").mayTryOwn()).isTrue();
    byte[] secret = "the new one".getBytes(StandardCharsets.UTF_8);
    assertThat(
            throttle
                .guess("alice", new Throttle.Owner("alice", 1), address("192.0.2.2"), secret)
                .mayTryOwn())
        .isFalse();
  }

  @Test
  void whoWasRefusedUntriedMayComeAgainWithTheSame() {
    for (int i = 0; i < 50; i++) {
      guess("alice", "192.0.2.1", "secret-" + i).mayTryOwn();
    }
    Guess late = guess("alice", "192.0.2.2", "the right one");
    assertThat(late.mayTryOwn()).isFalse();
    assertThat(late.wrong().isRefused()).isTrue();
    assertThat(guess("alice", "192.0.2.2", "the right one").mayTryOwn()).isFalse();
    pass(Duration.ofSeconds(73));
    assertThat(guess("alice", "192.0.2.2", "the right one").mayTryOwn()).isTrue();
    assertThat(guess("alice", "192.0.2.2", "the right one").mayTryOwn()).as("again").isTrue();
  }

  // ---- at home

  @Test
  void nobodyLocksTheOwnerOutOfANetworkWhereHeIsKnown() {
    throttle.known().loggedIn("alice", address("198.51.100.7"), Duration.ofDays(29));
    for (int i = 0; i < 1000; i++) {
      Guess guess = guess("alice", "10." + i / 250 + "." + i % 250 + ".1", "secret-" + i);
      guess.mayTryOwn();
      guess.wrong();
    }
    assertThat(guess("alice", "192.0.2.1", "mine").mayTryOwn()).as("elsewhere").isFalse();
    Guess atHome = guess("alice", "198.51.100.99", "misspelt");
    assertThat(atHome.mayTryOwn()).isTrue();
    assertThat(atHome.wrong()).isEqualTo(PLAIN);
    assertThat(guess("bob", "198.51.100.99", "x").mayTryOwn()).as("another user").isTrue();
  }

  @Test
  void whoGuessesAtHomeIsNotRefusedButSlowedInTheEnd() {
    throttle.known().loggedIn("alice", address("198.51.100.7"), Duration.ZERO);
    Answer last = PLAIN;
    for (int i = 0; i < 50; i++) {
      last = wrong("alice", "198.51.100.7", "secret-" + i);
    }
    assertThat(last).isEqualTo(PLAIN);
    for (int i = 50; i < 200; i++) {
      Guess guess = guess("alice", "198.51.100.7", "secret-" + i);
      assertThat(guess.mayTryOwn()).isTrue();
      last = guess.wrong();
    }
    assertThat(last).isEqualTo(new Answer(Duration.ofSeconds(15), false));
  }

  @Test
  void aNetworkIsForgottenAfterThirtyDays() {
    throttle.known().loggedIn("alice", address("198.51.100.7"), Duration.ofDays(31));
    assertThat(throttle.known().isKnown(address("198.51.100.7"))).isFalse();
    throttle.known().loggedIn("alice", address("2001:db8:0:12::7"), Duration.ofDays(29));
    assertThat(throttle.known().isKnown(address("2001:db8:0:ff::1"))).as("one /56").isTrue();
    assertThat(throttle.known().isKnown(address("2001:db8:0:100::1"))).isFalse();
    pass(Duration.ofDays(1).plusSeconds(1));
    assertThat(throttle.known().isKnown(address("2001:db8:0:ff::1"))).isFalse();
  }

  // ---- strangers

  @Test
  void anAddressThatAsksForNamesThatNobodyHasIsSeen() {
    for (int i = 0; i < 20; i++) {
      assertThat(throttle.isFishing(address("192.0.2.1"))).isFalse();
      throttle.stranger(address("192.0.2.1"));
    }
    assertThat(throttle.isFishing(address("192.0.2.1"))).isTrue();
    assertThat(throttle.isFishing(address("192.0.2.2"))).isFalse();
    pass(Duration.ofMinutes(4));
    assertThat(throttle.isFishing(address("192.0.2.1"))).isFalse();
  }

  private Answer wrong(String subject, String peer, String secret) {
    return guess(subject, peer, secret).wrong();
  }

  private static Answer wrong(Throttle throttle, String subject, String peer, String secret) {
    return throttle
        .guess(
            subject,
            new Throttle.Owner(subject, 0),
            address(peer),
            secret.getBytes(StandardCharsets.UTF_8))
        .wrong();
  }

  private Guess guess(String subject, String peer, String secret) {
    return throttle.guess(
        subject,
        new Throttle.Owner(subject, 0),
        address(peer),
        secret.getBytes(StandardCharsets.UTF_8));
  }

  private void pass(Duration time) {
    nanos.addAndGet(time.toNanos());
  }

  private static InetAddress address(String text) {
    return InetAddress.ofLiteral(text);
  }
}
