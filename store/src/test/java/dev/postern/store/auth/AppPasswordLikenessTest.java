package dev.postern.store.auth;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class AppPasswordLikenessTest {
  private static final String PLAIN = "0123456789abcdef";

  private static boolean isIn(String entered, Charset charset) {
    try (Secret secret = Secret.copyOf(entered.getBytes(charset))) {
      return AppPasswordLikeness.isIn(secret);
    }
  }

  private static boolean isIn(String entered) {
    return isIn(entered, StandardCharsets.UTF_8);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "0123-4567-89AB-CDEF",
        "0123.4567.89ab.cdef",
        "0123\u20134567\u201389ab\u2013cdef",
        "\u201c0123456789abcdef\u201d",
        "\uff10\uff11\uff12\uff13456789abcdef",
        "\uff2f\uff29\uff2c3456789abcdef",
        "\u2460123456789abcde\u24d5",
        "\u0660\u0661\u0662\u0663456789abcdef",
        "\ud835\udfd8123456789abcde\ud835\udc1f",
        "0123\ufe0f4567\u034f89ab\u2212cdef",
        "0123_4567 \u00b7 89ab_cdef"
      })
  void whatMayBeOneInAnotherSpellingIsLikeOne(String entered) {
    assertThat(isIn(entered)).isTrue();
  }

  /** An en dash of Windows, a no-break space, a soft hyphen: one byte each, and no UTF-8. */
  @ParameterizedTest
  @ValueSource(ints = {0x96, 0xa0, 0xad, 0xb7})
  void bytesThatAreNoUtf8AreNothingUnlessTheyAreLettersOfLatin1(int between) {
    String entered = "0123" + (char) between + "456789abcdef" + (char) between;
    assertThat(isIn(entered, StandardCharsets.ISO_8859_1)).isTrue();
    assertThat(isIn(PLAIN + "\u00e9", StandardCharsets.ISO_8859_1)).isFalse();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "Summer holidays!",
        "Sailing in the rain, 2024!",
        "0123456789abcdef!",
        "0123&4567&89ab&cdef",
        "0123456789abcdef\ud83d\ude42",
        "0123456789abcdefu",
        "0123456789abcdef\u00e4",
        "0123456789abcdef\u0431",
        "0123456789abcdef\u6c34",
        "0123456789abcdef\uff55"
      })
  void aLetterThatNoneHasMakesItAnother(String entered) {
    assertThat(isIn(entered)).isFalse();
  }

  @ParameterizedTest
  @CsvSource({"15, false", "16, true", "32, true", "33, false"})
  void isAsLongAsOne(int length, boolean isLike) {
    assertThat(isIn("k".repeat(length))).isEqualTo(isLike);
    assertThat(isIn("k.\u2013".repeat(length))).isEqualTo(isLike);
    assertThat(isIn("\uff4b".repeat(length))).isEqualTo(isLike);
  }

  @Test
  void theEntryStaysAsItIs() {
    try (Secret secret = Secret.ofText("0123\u20134567")) {
      boolean _ = AppPasswordLikeness.isIn(secret);
      assertThat(secret.matches(Secret.ofText("0123\u20134567"))).isTrue();
    }
  }
}
