package dev.postern.store.auth;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class AppPasswordGeneratorTest {
  private final AppPasswordGenerator generator = new AppPasswordGenerator(new SecureRandom());

  private String secret(int length) {
    try (Secret secret = generator.secret(length)) {
      return secret.expose(bytes -> new String(bytes, StandardCharsets.US_ASCII));
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {16, 23, 32})
  void makesSecretsOfThatLengthInTheAlphabet(int length) {
    assertThat(secret(length)).matches("[0-9a-hjkmnp-tv-z]{" + length + "}");
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 15, 33})
  void refusesOtherLengths(int length) {
    assertThatThrownBy(() -> generator.secret(length)).isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void usesEverySymbolAtEveryPlace() {
    Set<String> seen = new HashSet<>();
    for (int i = 0; i < 2000; i++) {
      String secret = secret(16);
      for (int place = 0; place < 16; place++) {
        seen.add(place + ":" + secret.charAt(place));
      }
    }
    assertThat(seen).hasSize(16 * 32);
  }

  @Test
  void makesPublicIds() {
    assertThat(generator.id()).matches("ap_[0-9a-hjkmnp-tv-z]{16}").isNotEqualTo(generator.id());
  }
}
