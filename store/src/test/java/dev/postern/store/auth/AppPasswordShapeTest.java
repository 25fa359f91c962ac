package dev.postern.store.auth;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class AppPasswordShapeTest {
  private static final String PLAIN = "0123456789abcdef";

  private static Optional<String> read(byte[] entered) {
    try (Secret secret = Secret.copyOf(entered)) {
      return AppPasswordShape.read(secret).map(AppPasswordShapeTest::reveal);
    }
  }

  private static Optional<String> read(String entered) {
    return read(entered.getBytes(StandardCharsets.UTF_8));
  }

  private static String reveal(Secret secret) {
    return secret.expose(bytes -> new String(bytes, StandardCharsets.US_ASCII));
  }

  @Test
  void judgesEachOfThe256Bytes() {
    for (int b = 0; b < 256; b++) {
      byte[] entered = (PLAIN + "?").getBytes(StandardCharsets.US_ASCII);
      entered[PLAIN.length()] = (byte) b;
      char c = Character.toLowerCase((char) b);
      Optional<String> expected;
      if (b < 128 && "0123456789abcdefghjkmnpqrstvwxyz".indexOf(c) >= 0) {
        expected = Optional.of(PLAIN + c);
      } else if (b < 128 && c == 'o') {
        expected = Optional.of(PLAIN + "0");
      } else if (b < 128 && (c == 'i' || c == 'l')) {
        expected = Optional.of(PLAIN + "1");
      } else if (b == ' ' || b == '\t' || b == '-' || b == 0xa0) {
        expected = Optional.of(PLAIN);
      } else {
        expected = Optional.empty();
      }
      assertThat(read(entered)).as("byte %02x", b).isEqualTo(expected);
    }
  }

  @ParameterizedTest
  @ValueSource(
      ints = {
        0x20, 0x09, 0x2d, 0xa0, 0x2007, 0x2009, 0x202f, 0x200b, 0x200c, 0x200d, 0x2060, 0xfeff,
        0x2010, 0x2011, 0x00ad, 0x2000, 0x2002, 0x2003, 0x2008, 0x200a, 0x200e, 0x200f, 0x2012,
            0x2013,
        0x2014, 0x2015, 0x2212, 0x3000
      })
  void dropsSeparatorsWhereverTheyAre(int separator) {
    String s = Character.toString(separator);
    assertThat(read(s + "0123" + s + s + "4567" + s + "89ab" + s + "cdef" + s)).contains(PLAIN);
  }

  @ParameterizedTest
  @ValueSource(
      ints = {0x2016, 0x2026, 0x3001, 0x00ac, 0x00c5, 0x2211, 0x2190, 0xfe00, 0x1f600, 0x0430})
  void dropsNothingElse(int other) {
    assertThat(read(PLAIN + Character.toString(other))).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"\r", "\n", "\u0000", "\r\n", "\u001f", "\u007f"})
  void refusesControlCharactersAtEachPlace(String control) {
    assertThat(read(control + PLAIN)).isEmpty();
    assertThat(read(PLAIN + control)).isEmpty();
    assertThat(read("01234567" + control + "89abcdef")).isEmpty();
  }

  @Test
  void refusesHalfOfASeparator() {
    assertThat(read(new byte[] {(byte) 0xe2})).isEmpty();
    byte[] half = (PLAIN + "??").getBytes(StandardCharsets.US_ASCII);
    half[16] = (byte) 0xe2;
    half[17] = (byte) 0x80;
    assertThat(read(half)).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({"0, false", "15, false", "16, true", "23, true", "32, true", "33, false"})
  void takes16To32Characters(int length, boolean isShape) {
    assertThat(read("k".repeat(length)).isPresent()).isEqualTo(isShape);
    assertThat(read("k-".repeat(length)).isPresent()).isEqualTo(isShape);
  }

  @Test
  void refusesAnEntryOfMostlySeparators() {
    assertThat(read(PLAIN + " ".repeat(1024 - 16))).contains(PLAIN);
    assertThat(read(PLAIN + " ".repeat(1024 - 15))).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({
    "0123456789abcdef, 0123 4567 89ab cdef",
    "0123456789abcdefghjkmnp, 012345 6789ab cdefgh jkmnp",
    "0123456789abcdefghjkmnpqrstvwxyz, 01234567 89abcdef ghjkmnpq rstvwxyz"
  })
  void showsFourGroups(String secret, String shown) {
    try (Secret plain = Secret.ofText(secret);
        Secret grouped = AppPasswordShape.grouped(plain)) {
      assertThat(reveal(grouped)).isEqualTo(shown);
      assertThat(AppPasswordShape.read(grouped).map(AppPasswordShapeTest::reveal)).contains(secret);
    }
  }
}
