package dev.postern.gateway.net;

import static org.assertj.core.api.Assertions.assertThat;

import dev.postern.gateway.CredentialBudget;
import dev.postern.gateway.observe.Direction;
import io.netty.util.concurrent.MockTicker;
import io.netty.util.concurrent.Ticker;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class CredentialBudgetsTest {
  private final MockTicker ticker = Ticker.newMockTicker();
  private final List<String> over = new ArrayList<>();
  private int nodes = 1;

  private CredentialBudgets budgets(CredentialBudget budget) {
    return new CredentialBudgets(
        budget, () -> nodes, ticker, (id, reason) -> over.add(id + ": " + reason));
  }

  private static CredentialBudget budget(int logins, long up, long down) {
    return new CredentialBudget(OptionalInt.of(logins), OptionalLong.of(up), OptionalLong.of(down));
  }

  private void pass(Duration time) {
    ticker.advance(time.toNanos(), TimeUnit.NANOSECONDS);
  }

  private static void logIn(CredentialBudgets budgets, int times) {
    for (int i = 0; i < times; i++) {
      boolean _ = budgets.isOneTooMany("one");
    }
  }

  @Test
  void loginsOfTheLastMinuteCountAndNoOthers() {
    CredentialBudgets budgets = budgets(CredentialBudget.DEFAULT);
    logIn(budgets, 120);
    boolean _ = budgets.isOneTooMany("two");
    pass(Duration.ofSeconds(61));
    logIn(budgets, 60);
    pass(Duration.ofSeconds(30));
    logIn(budgets, 60);
    assertThat(over).isEmpty();
    logIn(budgets, 1);
    assertThat(over).containsExactly("one: more than 120 logins in a minute");
  }

  @Test
  void bytesOfTheLastDayCountEachWay() {
    CredentialBudgets budgets = budgets(budget(1, 2_000_000, 3_000));
    CredentialUse use = budgets.counter("one").orElseThrow();
    use.moved(Direction.UP, 2_000_000);
    use.moved(Direction.DOWN, 2_000);
    budgets.sweep();
    pass(Duration.ofHours(20));
    use.moved(Direction.DOWN, 1_000);
    budgets.sweep();
    assertThat(over).isEmpty();
    use.moved(Direction.UP, 1);
    budgets.sweep();
    assertThat(over).containsExactly("one: more than 2MB sent in a day");
    pass(Duration.ofHours(5));
    use.moved(Direction.UP, 1);
    use.moved(Direction.DOWN, 2_000);
    budgets.sweep();
    assertThat(over).hasSize(1);
    use.moved(Direction.DOWN, 1);
    budgets.sweep();
    assertThat(over).last().isEqualTo("one: more than 3KB fetched in a day");
  }

  @Test
  void oneLoginIsNotTooManyHoweverManyNodesThereAre() {
    CredentialBudgets budgets = budgets(budget(2, 1000, 1000));
    nodes = 3;
    logIn(budgets, 1);
    assertThat(over).isEmpty();
    logIn(budgets, 1);
    assertThat(over).containsExactly("one: more than 2 logins in a minute");
  }

  /** What is counted weighs more, and what was counted before does not. */
  @Test
  void eachNodeTakesItsShareAndAnotherNodePutsNobodyOver() {
    CredentialBudgets budgets = budgets(budget(4, 1000, 1000));
    CredentialUse use = budgets.counter("one").orElseThrow();
    logIn(budgets, 3);
    use.moved(Direction.UP, 800);
    budgets.sweep();
    nodes = 2;
    use.moved(Direction.UP, 100);
    budgets.sweep();
    assertThat(over).isEmpty();
    use.moved(Direction.UP, 1);
    budgets.sweep();
    assertThat(over).containsExactly("one: more than 1KB sent in a day");
    pass(Duration.ofMinutes(2));
    logIn(budgets, 2);
    assertThat(over).hasSize(1);
    logIn(budgets, 1);
    assertThat(over).hasSize(2);
  }

  @Test
  void whatIsNotLimitedIsNotCounted() {
    CredentialBudgets budgets =
        budgets(
            new CredentialBudget(OptionalInt.empty(), OptionalLong.empty(), OptionalLong.empty()));
    logIn(budgets, 1000);
    assertThat(budgets.counter("one")).isEmpty();
    assertThat(over).isEmpty();
  }

  @Test
  void whatIsSettledBeginsAnew() {
    CredentialBudgets budgets = budgets(budget(2, 1, 1));
    logIn(budgets, 3);
    assertThat(over).hasSize(1);
    budgets.settled("one");
    logIn(budgets, 2);
    assertThat(over).hasSize(1);
  }

  @Test
  void whatSessionsUseIsAddedUpHoweverManyThereAreAndHoweverLongTheyWereIdle() {
    CredentialBudgets budgets = budgets(budget(1, 1, 1));
    CredentialUse idle = budgets.counter("idle").orElseThrow();
    pass(Duration.ofHours(25));
    for (int i = 0; i < CredentialBudgets.MOST; i++) {
      boolean _ = budgets.isOneTooMany("id" + i);
    }
    CredentialUse late = budgets.counter("late").orElseThrow();
    budgets.sweep();
    idle.moved(Direction.UP, 2);
    late.moved(Direction.UP, 2);
    budgets.sweep();
    assertThat(over)
        .containsExactlyInAnyOrder(
            "idle: more than 1B sent in a day", "late: more than 1B sent in a day");
    pass(Duration.ofHours(25));
    budgets.sweep();
    assertThat(budgets.size()).isEqualTo(2);
    idle.letGo();
    late.letGo();
    budgets.sweep();
    assertThat(budgets.size()).isZero();
  }

  @Test
  void noMoreAreKnownThanThereIsRoomForAndTheLeastRecentlyUsedGoFirst() {
    CredentialBudgets budgets = budgets(budget(1, 1, 1));
    boolean _ = budgets.isOneTooMany("first");
    pass(Duration.ofSeconds(1));
    for (int i = 0; i < CredentialBudgets.MOST + 1; i++) {
      boolean _ = budgets.isOneTooMany("id" + i);
    }
    assertThat(budgets.size()).isEqualTo(CredentialBudgets.MOST);
    budgets.sweep();
    assertThat(budgets.size()).isLessThan(CredentialBudgets.MOST);
    boolean _ = budgets.isOneTooMany("first");
    assertThat(over).as("it was forgotten").isEmpty();
    pass(Duration.ofHours(25));
    budgets.sweep();
    assertThat(budgets.size()).isZero();
  }
}
