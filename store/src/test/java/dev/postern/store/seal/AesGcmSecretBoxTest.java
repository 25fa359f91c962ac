package dev.postern.store.seal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.postern.store.StoreConfig;
import dev.postern.store.auth.Secret;
import dev.postern.store.testing.TestConfig;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.util.Base64;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class AesGcmSecretBoxTest {
  private static final Sealed.Place PLACE =
      new Sealed.Place("upstream_passwords", "row", "user", "mailstore", "sealed", 3);

  private final SecretBox box = box(TestConfig.key("s1", 1));

  private static SecretBox box(StoreConfig.Key... keys) {
    return new AesGcmSecretBox(List.of(keys), new SecureRandom());
  }

  private static Sealed seal(SecretBox box, String text) {
    try (Secret secret = Secret.ofText(text)) {
      return box.seal(secret, PLACE);
    }
  }

  private static String open(SecretBox box, Sealed sealed) {
    try (Secret secret = box.open(sealed)) {
      return secret.expose(bytes -> new String(bytes, StandardCharsets.UTF_8));
    }
  }

  private static void assertBroken(SecretBox box, Sealed sealed) {
    assertThatThrownBy(() -> open(box, sealed))
        .isInstanceOf(SecretBox.SealBrokenException.class)
        .hasMessageContaining("upstream_passwords")
        .message()
        .doesNotContain("hunter2")
        .doesNotContain(sealed.text().substring(sealed.text().lastIndexOf(':') + 1) + "x");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "hunter2", "p\u00e4ssw\u00f6rd"})
  void opensWhatItSealed(String text) {
    Sealed sealed = seal(box, text);
    assertThat(sealed.text()).matches("v1:s1:[A-Za-z0-9+/]+=*");
    assertThat(open(box, sealed)).isEqualTo(text);
  }

  @Test
  void neverSealsTheSameWayTwice() {
    assertThat(seal(box, "hunter2").text()).isNotEqualTo(seal(box, "hunter2").text());
  }

  @Test
  void opensOnlyInItsPlace() {
    String text = seal(box, "hunter2").text();
    List.of(
            new Sealed.Place("users_upstream_passwords", "row", "user", "mailstore", "sealed", 3),
            new Sealed.Place("upstream_passwords", "row2", "user", "mailstore", "sealed", 3),
            new Sealed.Place("upstream_passwords", "row", "user2", "mailstore", "sealed", 3),
            new Sealed.Place("upstream_passwords", "row", "user", "archive", "sealed", 3),
            new Sealed.Place("upstream_passwords", "row", "user", "mailstore", "token", 3),
            new Sealed.Place("upstream_passwords", "row", "user", "mailstore", "sealed", 2),
            // The same characters, divided otherwise.
            new Sealed.Place("upstream_passwords", "rowu", "ser", "mailstore", "sealed", 3))
        .forEach(place -> assertBroken(box, new Sealed(text, place)));
  }

  @Test
  void noticesEveryChangedBit() {
    String text = seal(box, "hunter2").text();
    int start = text.lastIndexOf(':') + 1;
    byte[] bytes = Base64.getDecoder().decode(text.substring(start));
    for (int bit = 0; bit < bytes.length * 8; bit++) {
      byte[] changed = bytes.clone();
      changed[bit / 8] ^= (byte) (1 << (bit % 8));
      assertBroken(
          box,
          new Sealed(
              text.substring(0, start) + Base64.getEncoder().encodeToString(changed), PLACE));
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"", "v1", "v1:s1", "v1:s1:", "v1:s1:!!", "v1:s1:AAAA", "v2:s1:AAAA", "v1::AAAA"})
  void refusesWhatHasNoForm(String text) {
    assertBroken(box, new Sealed(text, PLACE));
  }

  @Test
  void namesTheKeyThatIsMissing() {
    Sealed sealed = seal(box, "hunter2");
    assertThatThrownBy(() -> open(box(TestConfig.key("s2", 2)), sealed))
        .isInstanceOf(SecretBox.SealBrokenException.class)
        .hasMessageContaining("s1");
    assertBroken(box(TestConfig.key("s1", 99)), sealed);
  }

  @Test
  void sealsUnderTheNewestKeyAndOpensUnderAll() {
    Sealed before = seal(box, "hunter2");
    SecretBox both = box(TestConfig.key("s1", 1), TestConfig.key("s2", 2));
    assertThat(open(both, before)).isEqualTo("hunter2");
    assertThat(seal(both, "hunter2").text()).startsWith("v1:s2:");
  }

  @Test
  void saysWhereAndNotWhat() {
    Sealed sealed = seal(box, "hunter2");
    assertThat(sealed.toString()).contains("mailstore").doesNotContain(sealed.text());
  }
}
