package dev.postern.store.auth;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.IDN;
import java.text.Normalizer;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class DomainNameTest {

  /** RFC 3492 §7.1, those without capitals. */
  @ParameterizedTest
  @CsvSource({
    "\u0644\u064a\u0647\u0645\u0627\u0628\u062a\u0643\u0644\u0645\u0648\u0634\u0639\u0631\u0628\u064a\u061f,egbpdaj6bu4bxfgehfvwxn",
    "\u4ed6\u4eec\u4e3a\u4ec0\u4e48\u4e0d\u8bf4\u4e2d\u6587,ihqwcrb4cv8a8dqg056pqjye",
    "\u5b89\u5ba4\u5948\u7f8e\u6075-with-super-monkeys,-with-super-monkeys-pc58ag80a8qai00g7n9n",
    "\u305d\u306e\u30b9\u30d4\u30fc\u30c9\u3067,d9juau41awczczp",
    "abc,abc-",
    "\ud83d\ude00,e28h"
  })
  void encodesAsTheStandardDoes(String text, String encoded) {
    assertThat(DomainName.punycode(text)).isEqualTo(encoded);
  }

  /** Another reading of the standard decodes what was encoded. */
  @Test
  void encodesWhatOthersDecode() {
    Random random = new Random(11);
    String letters = "az09\u00df\u03c2\u00e9\u0431\u4f8b\u05d0";
    for (int i = 0; i < 5_000; i++) {
      StringBuilder typed = new StringBuilder("\u00df");
      int length = random.nextInt(1, 12);
      for (int j = 0; j < length; j++) {
        typed.append(letters.charAt(random.nextInt(letters.length())));
      }
      String label = Normalizer.normalize(typed, Normalizer.Form.NFC);
      assertThat(decoded(DomainName.punycode(label))).isEqualTo(label);
    }
  }

  /** The decoder of RFC 3492 §6.2. */
  private static String decoded(String text) {
    int n = 128;
    int i = 0;
    int bias = 72;
    int end = text.lastIndexOf('-');
    StringBuilder output = new StringBuilder(end > 0 ? text.substring(0, end) : "");
    int position = end > 0 ? end + 1 : 0;
    while (position < text.length()) {
      int before = i;
      int weight = 1;
      for (int k = 36; ; k += 36) {
        int digit = Character.digit(text.charAt(position), 36);
        digit = digit < 10 ? digit + 26 : digit - 10;
        position++;
        i += digit * weight;
        int threshold = k <= bias ? 1 : Math.min(k - bias, 26);
        if (digit < threshold) {
          break;
        }
        weight *= 36 - threshold;
      }
      int points = output.length() + 1;
      int delta = before == 0 ? (i - before) / 700 : (i - before) / 2;
      delta += delta / points;
      int k = 0;
      for (; delta > 455; k += 36) {
        delta /= 35;
      }
      bias = k + 36 * delta / (delta + 38);
      n += i / points;
      i %= points;
      output.insert(i, (char) n);
      i++;
    }
    return output.toString();
  }

  /** With none of the letters that changed between the versions, the class library decides. */
  @ParameterizedTest
  @ValueSource(strings = {"b\u00fccher.example", "example.com", "\u05d0.example", "a.\u4f8b"})
  void leavesAllOthersToTheClassLibrary(String domain) {
    assertThat(DomainName.toAscii(domain)).isEqualTo(IDN.toASCII(domain));
  }

  @ParameterizedTest
  @ValueSource(strings = {"\u00df..example", "..example", ".\u00df", "a..b"})
  void refusesEmptyLabels(String domain) {
    assertThatThrownBy(() -> DomainName.toAscii(domain))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void refusesLabelsThatAreTooLongOnceEncoded() {
    String most = "\u00df" + "a".repeat(55);
    assertThat(DomainName.toAscii(most + ".example")).hasSize(63 + ".example".length());
    assertThatThrownBy(() -> DomainName.toAscii(most + "a.example"))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> DomainName.toAscii("\u00df".repeat(1000)))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
