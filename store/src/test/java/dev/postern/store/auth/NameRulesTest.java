package dev.postern.store.auth;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class NameRulesTest {
  private static final NameRules DOMAIN =
      new NameRules(Optional.of("example.com"), Optional.empty());
  private static final NameRules DETAIL = new NameRules(Optional.empty(), Optional.of('+'));
  private static final NameRules BOTH = new NameRules(Optional.of("example.com"), Optional.of('+'));

  /** Names after the first column in the order in which they are looked for. */
  @ParameterizedTest
  @CsvSource(
      nullValues = "-",
      value = {
        "alice, -, alice@example.com, -, alice@example.com",
        "alice@example.org, -, -, -, -",
        "alice+phone, -, alice+phone@example.com, alice, alice+phone@example.com alice alice@example.com",
        "alice+phone@example.org, -, -, alice@example.org, alice@example.org",
        "alice+a+b@example.org, -, -, alice@example.org, alice@example.org",
        "+phone@example.org, -, -, -, -",
        "+phone, -, +phone@example.com, -, +phone@example.com",
        "alice+, -, alice+@example.com, alice, alice+@example.com alice alice@example.com",
        "alice@exa+mple.org, -, -, -, -",
        "a@b+c@example.org, -, -, a@b@example.org, a@b@example.org",
      })
  void aNameMayStandForOthers(
      String name, String exact, String domain, String detail, String both) {
    assertThat(NameRules.EXACT.others(name)).isEqualTo(words(exact));
    assertThat(DOMAIN.others(name)).isEqualTo(words(domain));
    assertThat(DETAIL.others(name)).isEqualTo(words(detail));
    assertThat(BOTH.others(name)).isEqualTo(words(both)).hasSizeLessThan(NameRules.MOST_SPELLINGS);
  }

  private static List<String> words(String text) {
    return text == null ? List.of() : List.of(text.split(" ", -1));
  }

  @Test
  void noSpellingIsTooLong() {
    String longest = "a".repeat(LoginName.LONGEST - "@example.com".length());
    assertThat(DOMAIN.others(longest)).containsExactly(longest + "@example.com");
    assertThat(DOMAIN.others(longest + "a")).isEmpty();
    assertThat(BOTH.others("a+" + longest)).containsExactly("a", "a@example.com");
  }

  @ParameterizedTest
  @CsvSource({
    "example.com, example.com",
    "EXAMPLE.com, example.com",
    "b\u00fccher.example, xn--bcher-kva.example",
    "'', ''",
    "a@b, ''",
    "a b, ''",
    "example.com., ''",
    "a..b, ''"
  })
  void normalisesADomain(String typed, String domain) {
    assertThat(NameRules.domain(typed)).isEqualTo(Optional.of(domain).filter(d -> !d.isEmpty()));
  }

  @Test
  void refusesADomainThatNoNameCanHave() {
    assertThatThrownBy(() -> new NameRules(Optional.of("EXAMPLE.com"), Optional.empty()))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @ParameterizedTest
  @ValueSource(chars = {'a', '1', '@', ' ', '\u007f', '\n', '\u00e4'})
  void refusesWhatIsNoSeparator(char character) {
    assertThat(NameRules.isSeparator(character)).isFalse();
    assertThatThrownBy(() -> new NameRules(Optional.empty(), Optional.of(character)))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @ParameterizedTest
  @ValueSource(chars = {'+', '-', '=', '_', '#', '.', '!'})
  void takesPunctuation(char character) {
    assertThat(NameRules.isSeparator(character)).isTrue();
  }
}
