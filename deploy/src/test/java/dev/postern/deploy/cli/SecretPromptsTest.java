package dev.postern.deploy.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.postern.deploy.cli.Surroundings.Wanted;
import dev.postern.store.auth.Secret;
import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SecretPromptsTest {
  private static Secret read(String input) {
    return SecretPrompts.stream(
            new ByteArrayInputStream(input.getBytes(StandardCharsets.ISO_8859_1)))
        .read(Wanted.secret("Password"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"s3cret", "s3cret\n", "s3cret\r\n"})
  void endOfTheLineIsNoPartOfASecret(String input) {
    try (Secret secret = read(input)) {
      assertThat(secret.<String>expose(String::new)).isEqualTo("s3cret");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"first\nsecond", "first\r\nsecond\r\n", "first\n\n"})
  void ofSeveralLinesNoneIsTaken(String input) {
    assertThatThrownBy(() -> read(input))
        .isInstanceOf(CommandFailure.class)
        .hasMessageContaining("more than one line")
        .hasMessageNotContaining("first");
  }

  @Test
  void nothingIsNoSecret() {
    assertThatThrownBy(() -> read("\n")).isInstanceOf(CommandFailure.class);
  }
}
