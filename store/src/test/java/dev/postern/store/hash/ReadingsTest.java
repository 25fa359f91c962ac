package dev.postern.store.hash;

import static org.assertj.core.api.Assertions.assertThat;

import dev.postern.store.auth.Secret;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ReadingsTest {

  @Test
  void readsAsciiOneWay() {
    assertThat(readings("secret".getBytes(StandardCharsets.US_ASCII))).containsExactly("secret");
  }

  @Test
  void readsComposedUtf8OneWay() {
    assertThat(readings("päss".getBytes(StandardCharsets.UTF_8))).containsExactly("päss");
  }

  @Test
  void composesUtf8AfterTryingItAsTyped() {
    assertThat(readings("pa\u0308ss".getBytes(StandardCharsets.UTF_8)))
        .containsExactly("pa\u0308ss", "p\u00e4ss");
  }

  @Test
  void readsWhatIsNotUtf8AsLatin1AfterTryingItAsTyped() {
    byte[] typed = "p\u00e4ss".getBytes(StandardCharsets.ISO_8859_1);
    List<Secret> readings = Readings.of(Secret.copyOf(typed));
    assertThat(readings).hasSize(2);
    assertThat(readings.get(0).<byte[]>expose(byte[]::clone)).isEqualTo(typed);
    assertThat(readings.get(1).<byte[]>expose(byte[]::clone))
        .isEqualTo("p\u00e4ss".getBytes(StandardCharsets.UTF_8));
  }

  @ParameterizedTest
  @ValueSource(strings = {"\r\n", "\n", "\r", "\0", "\u0001", "\t", "\u001b", "\u001f", "\u007f"})
  void hasNoReadingOfControlCharacters(String control) {
    for (String typed : List.of(control, control + "secret", "sec" + control + "ret")) {
      assertThat(readings(typed.getBytes(StandardCharsets.UTF_8))).isEmpty();
    }
  }

  private static List<String> readings(byte[] typed) {
    return Readings.of(Secret.copyOf(typed)).stream()
        .map(reading -> reading.expose(bytes -> new String(bytes, StandardCharsets.UTF_8)))
        .toList();
  }
}
