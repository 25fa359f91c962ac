package dev.postern.store.audit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.postern.store.auth.AppPasswordShape;
import dev.postern.store.auth.Scope;
import dev.postern.store.auth.Secret;
import dev.postern.store.testing.TestConfig;
import java.net.InetAddress;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What is taken from an attempt, and above all what is not. */
class FoldTest {

  @ParameterizedTest
  @ValueSource(
      strings = {
        "0123456789abcdef",
        "ABCD efgh JKMN pqrs",
        "abcd-efgh-jkmn-pqrs",
        "ab\u00a0cd\u2009ef\u200bgh jk\u2011mn\tpqrs",
        "oooo iiii LLLL 0000",
        "abcdefghjkmnpqrsabcdefghjkmnpqrsabcdefghjkmnpqrs",
        "christophersmith"
      })
  void keepsNothingOfANameThatMayBeASecret(String typed) {
    assertThat(Who.ofTyped(typed)).isEqualTo(new Who.Unnamed());
  }

  @Test
  void takesEverythingThatReadsAsAnAppPasswordForASecret() {
    Random random = new Random(7);
    String separators =
        " -\t\u00a0\u2007\u2009\u202f\u200b\u200c\u200d\u2060\u2010\u2011\ufeff"
            + "\u00ad\u2000\u2002\u200a\u200e\u200f\u2012\u2013\u2014\u2015\u2212\u3000";
    for (int i = 0; i < 5_000; i++) {
      StringBuilder typed = new StringBuilder();
      for (int symbol = 0; symbol < 16 + random.nextInt(17); symbol++) {
        String alphabet = AppPasswordShape.ALPHABET + "oOiIlL";
        typed.append(alphabet.charAt(random.nextInt(alphabet.length())));
        if (random.nextInt(3) == 0) {
          typed.append(separators.charAt(random.nextInt(separators.length())));
        }
      }
      String text =
          random.nextBoolean() ? typed.toString() : typed.toString().toUpperCase(Locale.ROOT);
      try (Secret entered = Secret.ofText(text);
          Secret read = AppPasswordShape.read(entered).orElseThrow()) {
        assertThat(read.length()).isGreaterThan(15);
      }
      assertThat(Who.ofTyped(text)).as(text).isEqualTo(new Who.Unnamed());
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "alice@Example.COM | example.com",
        "alice@B\u00fccher.example | xn--bcher-kva.example",
        "alice | ''",
        "short-name | ''",
        "P@ssw0rd | ''",
        "me@192.0.2.7 | ''",
        "hunter2@secret.9999 | ''",
        "0123456789abcdef@example.com | example.com"
      })
  void keepsOfADomainOnlyWhatLooksLikeOne(String typed, String domain) {
    assertThat(Who.ofTyped(typed))
        .isInstanceOfSatisfying(
            Who.Named.class, named -> assertThat(named.domain()).isEqualTo(domain));
  }

  @Test
  void keepsNothingOfWhatIsNoName() {
    assertThat(Who.ofTyped("")).isEqualTo(new Who.Unnamed());
    assertThat(Who.ofTyped("al\u0000ice")).isEqualTo(new Who.Unnamed());
    assertThat(Who.ofTyped("x".repeat(5000))).isEqualTo(new Who.Unnamed());
  }

  @Test
  void neverPrintsTheName() {
    assertThat(Fold.of(attempt("alice@example.com", "client")).toString()).doesNotContain("alice");
  }

  @Test
  void cleansAndCutsTheNameOfTheProgram() {
    assertThat(Fold.of(attempt("a", "x\u0000\r\n\ud800y")).clientName()).isEqualTo("x????y");
    assertThat(Fold.of(attempt("a", "x\u202e\u2028y")).clientName()).isEqualTo("x??y");
    assertThat(Fold.of(attempt("a", "z".repeat(500))).clientName()).hasSize(64);
  }

  @Test
  void digestsTheSameNameTheSameWayUnderTheNewestKey() {
    NameDigest before = new NameDigest(List.of(TestConfig.key("s1", 1)));
    NameDigest after = new NameDigest(List.of(TestConfig.key("s1", 1), TestConfig.key("s2", 2)));
    Who.Named alice = (Who.Named) Who.ofTyped("alice");
    Who.Named bob = (Who.Named) Who.ofTyped("bob");
    assertThat(before.of(alice.name())).isEqualTo(before.of(alice.name())).matches("[0-9a-f]{32}");
    assertThat(before.of(alice.name())).isNotEqualTo(before.of(bob.name()));
    assertThat(after.of(alice.name())).isNotEqualTo(before.of(alice.name()));
    assertThat(after.underAnyKey(alice.name()))
        .containsExactly(before.of(alice.name()), after.of(alice.name()));
    assertThat(NameDigest.isPseudonym(before.pseudonym("00ff"))).isTrue();
  }

  private static SignIn attempt(String name, String client) {
    return new SignIn(
        Instant.parse("2026-11-24T12:34:56.789Z"),
        Optional.empty(),
        name,
        Compared.NOTHING,
        Scope.IMAP,
        "plain",
        InetAddress.getLoopbackAddress(),
        client,
        "rejected",
        "unknown-user");
  }
}
