package dev.postern.store.oauth;

import static org.assertj.core.api.Assertions.assertThat;

import dev.postern.store.oauth.TokenTrouble.Kind;
import java.time.Duration;
import java.util.Random;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

/** Whose failure keeps whom from asking; time stands until a test moves it. */
class ProviderGateTest {
  private static final TokenTrouble USELESS = new TokenTrouble(Kind.NOT_AN_ANSWER, "none");

  private final AtomicLong nanos = new AtomicLong();
  private final ProviderGate gate = new ProviderGate(nanos::get, new Random(1));

  private static TokenAccount user(int number) {
    return new TokenAccount.OfUser("office365", Integer.toString(number));
  }

  /** Seconds until one may ask. */
  private long secondsShut() {
    long seconds = 0;
    while (gate.shut().isPresent()) {
      nanos.addAndGet(Duration.ofSeconds(1).toNanos());
      seconds++;
    }
    return seconds;
  }

  @Test
  void oneAccountShutsItForNobody() {
    for (int i = 0; i < 100; i++) {
      gate.doubted(user(1), USELESS);
    }
    assertThat(gate.enter()).isEmpty();
    assertThat(gate.isOpen()).isTrue();
  }

  @Test
  void severalAccountsInARowShutIt() {
    for (int i = 1; i < ProviderGate.DOUBTS; i++) {
      gate.doubted(user(i), USELESS);
      assertThat(gate.enter()).isEmpty();
    }
    gate.doubted(user(ProviderGate.DOUBTS), USELESS);
    assertThat(gate.enter().map(TokenTrouble::kind)).contains(USELESS.kind());
  }

  @Test
  void goodAnswerTakesDoubtsAway() {
    for (int i = 0; i < 100; i++) {
      gate.doubted(user(i), USELESS);
      if (i % (ProviderGate.DOUBTS - 1) == 0) {
        gate.succeeded();
      }
    }
    assertThat(gate.enter()).isEmpty();
  }

  @Test
  void accountThatIsInDoubtDoesNotKeepItShut() {
    gate.failed(new TokenTrouble(Kind.CONNECT, "away"));
    assertThat(secondsShut()).isPositive();
    assertThat(gate.enter()).isEmpty();
    gate.doubted(user(1), USELESS);
    assertThat(gate.enter()).isEmpty();
    assertThat(gate.enter()).isEmpty();
  }

  @Test
  void pausesGrowWhereAllAnswersAreOfNoUse() {
    long last = 0;
    for (int round = 0; round < 7; round++) {
      for (int i = 0; i < ProviderGate.DOUBTS; i++) {
        assertThat(gate.enter()).isEmpty();
        gate.doubted(user(round * 10 + i), USELESS);
      }
      last = secondsShut();
    }
    assertThat(last).isBetween(60L, 91L);
  }
}
