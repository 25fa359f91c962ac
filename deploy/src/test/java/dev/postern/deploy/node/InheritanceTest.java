package dev.postern.deploy.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.postern.gateway.GatewayException;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class InheritanceTest {
  @Test
  void descriptorsFromThreeOnAreOurs() {
    assertThat(Inheritance.descriptors(Map.of("LISTEN_FDS", "2", "LISTEN_PID", "7"), 7))
        .containsExactly(3, 4);
  }

  @Test
  void whatIsMeantForAnotherProcessIsLeftAlone() {
    assertThat(Inheritance.descriptors(Map.of("LISTEN_FDS", "2", "LISTEN_PID", "8"), 7)).isEmpty();
    assertThat(Inheritance.descriptors(Map.of("LISTEN_FDS", "2"), 7)).isEmpty();
    assertThat(Inheritance.descriptors(Map.of(), 7)).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "-1", "two", "99999999999"})
  void whatIsNoNumberIsRefused(String count) {
    assertThatThrownBy(
            () -> Inheritance.descriptors(Map.of("LISTEN_FDS", count, "LISTEN_PID", "7"), 7))
        .isInstanceOf(GatewayException.class);
  }
}
