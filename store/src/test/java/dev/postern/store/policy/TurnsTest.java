package dev.postern.store.policy;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class TurnsTest {
  private final Turns<String> turns = new Turns<>(new Turns.Limits(4, 2, 5, 3));

  @Test
  void aUserHasSoManyPlacesAndAllHaveSoMany() {
    assertThat(turns.begin("a")).isTrue();
    assertThat(turns.begin("a")).isTrue();
    assertThat(turns.begin("a")).as("a user's third").isFalse();
    assertThat(turns.begin("b")).isTrue();
    assertThat(turns.begin("c")).isTrue();
    assertThat(turns.begin("d")).as("the fifth of all").isFalse();
    assertThat(turns.end("a")).isEmpty();
    assertThat(turns.begin("d")).isTrue();
  }

  @Test
  void usersTakeTurnsAndAUsersOwnWaitInTheirOrder() {
    for (String user : new String[] {"x", "x", "y", "y"}) {
      assertThat(turns.begin(user)).isTrue();
    }
    for (String item : new String[] {"a1", "a2", "a3", "b1"}) {
      assertThat(turns.line(item.substring(0, 1), item)).isTrue();
    }
    assertThat(turns.end("x")).hasValue("a1");
    assertThat(turns.end("x")).hasValue("b1");
    assertThat(turns.end("y")).hasValue("a2");
    assertThat(turns.end("y")).as("a has both of its places").isEmpty();
    assertThat(turns.end("a")).hasValue("a3");
  }

  @Test
  void whoHasAllOfItsPlacesIsPassedOverAndComesFirstAfterwards() {
    for (String user : new String[] {"a", "a", "x", "y"}) {
      assertThat(turns.begin(user)).isTrue();
    }
    assertThat(turns.line("a", "a1")).isTrue();
    assertThat(turns.line("b", "b1")).isTrue();
    assertThat(turns.line("b", "b2")).isTrue();
    assertThat(turns.end("x")).hasValue("b1");
    assertThat(turns.end("a")).hasValue("a1");
    assertThat(turns.end("y")).hasValue("b2");
  }

  @Test
  void asManyWaitOfAUserAndInAll() {
    for (int i = 0; i < 3; i++) {
      assertThat(turns.line("a", "a" + i)).isTrue();
    }
    assertThat(turns.line("a", "a3")).as("a user's fourth").isFalse();
    assertThat(turns.line("b", "b0")).isTrue();
    assertThat(turns.line("b", "b1")).isTrue();
    assertThat(turns.line("c", "c0")).as("the sixth of all").isFalse();
    assertThat(turns.leave("a", "a1")).isTrue();
    assertThat(turns.leave("a", "a1")).isFalse();
    assertThat(turns.line("c", "c0")).isTrue();
    assertThat(turns.empty()).containsExactly("a0", "a2", "b0", "b1", "c0");
    assertThat(turns.line("a", "a4")).isTrue();
  }
}
