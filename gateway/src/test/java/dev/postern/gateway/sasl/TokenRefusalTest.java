package dev.postern.gateway.sasl;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import java.util.Base64;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class TokenRefusalTest {

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "{\"status\":\"401\",\"schemes\":\"bearer mac\"} | 401",
        "{\"schemes\":\"Bearer\", \"status\" : \"invalid_token\"} | invalid_token",
        "{\"status\":400} | 400",
        "{\"status\": 400 , \"scope\":\"x\"} | 400",
        "{\"status\":\"aaaaaaaaaabbbbbbbbbbccccccccccdddddddddd\"} | aaaaaaaaaabbbbbbbbbbccccccccccdddddddddd",
        "\"status\":\"ok\" | ok"
      })
  void readsTheStatus(String json, String status) {
    assertThat(TokenRefusal.status(base64(json))).contains(status);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "{}",
        "{\"status\":\"\"}",
        "{\"status\":\"ya29.A0ARrdaM\"}",
        "{\"status\":\"Invalid\"}",
        "{\"status\":\"two words\"}",
        "{\"status\":\"no end",
        "{\"status\":\"aaaaaaaaaabbbbbbbbbbccccccccccdddddddddde\"}",
        "{\"status\":11111111112222222222333333333344444444445}",
        "{\"status\":401.5}",
        "{\"status\":401",
        "{\"status\":-1}",
        "{\"status\":null}",
        "{\"status\":[\"401\"]}",
        "{\"Status\":\"401\"}",
        "{status:\"401\"}"
      })
  void whatIsNoStatusIsNone(String json) {
    assertThat(TokenRefusal.status(base64(json))).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"*", "=", "e30", "{\"status\":\"401\"}", "eyJzdGF0dXMiOiI0MDEifQ"})
  void whatIsNotBase64HasNone(String challenge) {
    assertThat(TokenRefusal.status(challenge)).isEmpty();
  }

  @Test
  void readsAChallengeOfAnyLengthAndContent() {
    Random random = new Random(1);
    for (int i = 0; i < 2_000; i++) {
      byte[] noise = new byte[random.nextInt(300)];
      random.nextBytes(noise);
      String text = new String(noise, ISO_8859_1);
      assertThatCode(() -> TokenRefusal.status(text)).doesNotThrowAnyException();
      assertThatCode(() -> TokenRefusal.status(base64("{\"status\":\"" + text)))
          .doesNotThrowAnyException();
    }
    String longest = "\"status\" ".repeat(900) + " ".repeat(100);
    assertThat(TokenRefusal.status(base64(longest))).isEmpty();
    assertThat(TokenRefusal.status("A".repeat(SaslWire.MAX_RESPONSE + 4))).isEmpty();
  }

  private static String base64(String text) {
    return Base64.getEncoder().encodeToString(text.getBytes(ISO_8859_1));
  }
}
