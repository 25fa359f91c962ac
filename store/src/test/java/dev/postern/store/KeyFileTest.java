package dev.postern.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.postern.store.auth.Secret;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.util.Base64;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class KeyFileTest {
  private static final String KEY = Base64.getEncoder().encodeToString(new byte[32]);

  @Test
  void readsKeysInTheirOrder() {
    List<StoreConfig.Key> keys =
        KeyFile.parse(
            "# the pepper\n\nold-1 " + KEY + "\r\n  new2\t" + KEY.replace("=", "") + "\n");
    assertThat(keys).extracting(StoreConfig.Key::id).containsExactly("old-1", "new2");
    assertThat(keys).allSatisfy(key -> assertThat(key.bytes().length()).isEqualTo(32));
  }

  @ParameterizedTest
  @CsvSource({
    "p1, line 2: write an id",
    "p1 AAAA BBBB, line 2: write an id",
    "p_1 AAAA, line 2: its id must be",
    "p1 AA*A, line 2: what follows the id is not base64",
    "p1 AAAA, line 2: the key has 3 bytes and must have 32",
    "p0 KEY, line 2: its id is that of an earlier line"
  })
  void saysInWhichLineWhatIsWrongAndNeverWhatIsInIt(String line, String message) {
    assertThatThrownBy(() -> KeyFile.parse("p0 " + KEY + "\n" + line.replace("KEY", KEY)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith(message)
        .hasNoCause()
        .message()
        .doesNotContain("AAAA", "AA*A");
  }

  @Test
  void refusesAFileWithoutAKey() {
    assertThatThrownBy(() -> KeyFile.parse("# none\n"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("no key");
  }

  @Test
  void makesFreshLines() {
    try (Secret first = KeyFile.freshLine(new SecureRandom());
        Secret second = KeyFile.freshLine(new SecureRandom())) {
      String text =
          first.expose(bytes -> new String(bytes, StandardCharsets.US_ASCII))
              + second.expose(bytes -> new String(bytes, StandardCharsets.US_ASCII));
      List<StoreConfig.Key> keys = KeyFile.parse(text);
      assertThat(keys).hasSize(2);
      assertThat(keys.get(0).bytes().matches(keys.get(1).bytes())).isFalse();
    }
  }
}
