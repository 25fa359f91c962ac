package dev.postern.store.auth;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class LoginNameTest {

  private static Optional<String> parse(String typed) {
    return LoginName.parse(typed).map(LoginName::value);
  }

  @ParameterizedTest
  @CsvSource(
      ignoreLeadingAndTrailingWhitespace = false,
      value = {
        "alice,alice",
        "  Alice@EXAMPLE.com ,alice@example.com",
        "B\u00dcRO@B\u00dcCHER.example,b\u00fcro@xn--bcher-kva.example",
        "u\u0308ber,\u00fcber",
        "\u212bngstrom,\u00e5ngstrom",
        "a@b@EXAMPLE.com,a@b@example.com",
        "\u0130stanbul,i\u0307stanbul",
        "x@xn--bcher-kva.example,x@xn--bcher-kva.example",
        "two words,two words",
        // NFD, as macOS types it, and one letter of each kind that folds
        "A\u0308RGER@BU\u0308CHER.example,\u00e4rger@xn--bcher-kva.example",
        "\u00c4RGER@B\u00dcCHER.example,\u00e4rger@xn--bcher-kva.example",
        // capitals that have no precomposed form, unlike their small letters
        "J\u030cW\u030a,\u01f0\u1e98",
        // full and half width
        "\uff21lice\uff20\uff25xample\uff0ecom,alice@example.com",
        "\u3000alice\u3000,alice",
        "\uff76\uff9e,\u30ac",
        // dotless i stays another letter, and so does the one that lost its dot nowhere
        "\u0131nfo,\u0131nfo",
        "INFO,info",
        // final sigma, by word
        "\u039d\u0399\u039a\u039f\u03a3,\u03bd\u03b9\u03ba\u03bf\u03c2",
        "\u039d\u0399\u039a\u039f\u03a3.\u03a0\u0391\u03a0\u0391\u03a3,\u03bd\u03b9\u03ba\u03bf\u03c2.\u03c0\u03b1\u03c0\u03b1\u03c2",
        // a letter in a compatible form parts no word
        "\u03b1\ufa2e\u03a3,\u03b1\u90de\u03c3",
        // sharp s and final sigma are letters of their own in domains, whatever IDNA 2003 said
        "x@stra\u00dfe.example,x@xn--strae-oqa.example",
        "x@STRA\u1e9eE.example,x@xn--strae-oqa.example",
        "x@strasse.example,x@strasse.example",
        "x@fa\u00df.de,x@xn--fa-hia.de",
        "x@\u03b2\u03cc\u03bb\u03bf\u03c2.com,x@xn--nxasmm1c.com",
        "x@\u0392\u038c\u039b\u039f\u03a3.com,x@xn--nxasmm1c.com",
        "x@b\u00fcro-stra\u00dfe.example,x@xn--bro-strae-n1a52a.example",
        "x@stra\u00dfe\u3002example,x@xn--strae-oqa.example",
        "x@\ufb01\u00df.example,x@xn--fi-hia.example",
        // other edges of domains
        "x@XN--BCHER-KVA.example,x@xn--bcher-kva.example",
        "x@\u4f8b\u3048\u3002\u30c6\u30b9\u30c8,x@xn--r8jz45g.xn--zckzah",
        "x@\u00e9.example\u3002,x@xn--9ca.example.",
      })
  void bringsNamesIntoOneSpelling(String typed, String normalised) {
    assertThat(parse(typed)).contains(normalised);
    assertThat(parse(normalised)).contains(normalised);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        " ",
        "   ",
        "a\rb",
        "a\nb",
        "a\u0000",
        "\talice",
        "a\u007f",
        "a\u0085b",
        "a\u2028b",
        "a\u2029b",
        "a\ud800b",
        "a\u00adb",
        "a\u200bb",
        "\u202aalice",
        "alice\ufeff",
        "x@\u200d.example",
        "x@\u00df..example",
        "x@..example"
      })
  void refusesWhatCannotBeAName(String typed) {
    assertThat(parse(typed)).isEmpty();
  }

  @Test
  void refusesADomainThatGrowsBeyondAllBounds() {
    // U+FDFA is eighteen characters once it is normalised.
    assertThat(LoginName.parse("alice@" + "\ufdfa".repeat(160))).isEmpty();
    assertThat(LoginName.parse("alice@" + "\u00e4".repeat(1_100))).isEmpty();
  }

  @Test
  void takesNoEmptyPartOfADomainForADot() {
    assertThat(LoginName.parse("alice@example..com")).isEmpty();
    assertThat(LoginName.parse("alice@example\u2025com")).isEmpty();
  }

  @Test
  void leavesNoSpaceBehindADomainWhateverSpaceItWas() {
    for (String space : List.of("\u00a0", "\u2003", "\u3000", " \u00a0 ")) {
      assertThat(LoginName.parse("alice@example.com" + space).map(LoginName::value))
          .contains("alice@example.com");
    }
  }

  @Test
  void judgesEachOfTheFirst256Characters() {
    for (int c = 0; c < 256; c++) {
      boolean isControl = c < 0x20 || (c >= 0x7f && c < 0xa0) || c == 0xad;
      assertThat(parse("x" + (char) c + "y").isEmpty())
          .as("character %02x in the middle", c)
          .isEqualTo(isControl);
    }
  }

  @Test
  void refusesNamesThatAreTooLong() {
    assertThat(parse("a".repeat(320))).isPresent();
    assertThat(parse("a".repeat(321))).isEmpty();
    assertThat(parse(" ".repeat(100) + "a" + " ".repeat(100))).contains("a");
    assertThat(parse(" ".repeat(1_280) + "a")).as("not even looked at").isEmpty();
    assertThat(parse("\u00e4".repeat(1_000_000))).isEmpty();
    assertThat(parse("a@" + "b".repeat(64) + ".example")).isEmpty();
  }

  @Test
  void doesNotDependOnTheLanguageOfTheMachine() {
    Locale before = Locale.getDefault();
    Locale.setDefault(Locale.forLanguageTag("tr"));
    try {
      assertThat(parse("INFO@EXAMPLE.INFO")).contains("info@example.info");
      assertThat(parse("INFO")).contains("info");
    } finally {
      Locale.setDefault(before);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "scanner, true",
    "a, true",
    "exactly-twenty-chars, true",
    "twenty-one-characters, false",
    "a@b, false",
    "a b, false"
  })
  void knowsWhatFitsAnAppPassword(String typed, boolean fits) {
    assertThat(LoginName.parse(typed).orElseThrow().fitsAppPassword()).isEqualTo(fits);
  }

  @ParameterizedTest
  @CsvSource({
    "alice, true",
    "alice@example.com, true",
    "two words, false",
    "no\u00a0break, false",
    "@example.com, false",
    "alice@, false"
  })
  void knowsWhatFitsAUser(String typed, boolean fits) {
    assertThat(LoginName.parse(typed).orElseThrow().fitsUser()).isEqualTo(fits);
  }

  /** The short way for names that are normalised already must say what the long way does. */
  @Test
  void takesTheShortWayOnlyWhereItLeadsToTheSame() {
    Random random = new Random(7);
    String letters = "aAzZ09.@-_ +\u00e9\u212b\t";
    for (int i = 0; i < 20_000; i++) {
      StringBuilder typed = new StringBuilder();
      int length = random.nextInt(1, i % 100 == 0 ? 400 : 12);
      for (int j = 0; j < length; j++) {
        typed.append(letters.charAt(random.nextInt(i % 3 == 0 ? 4 : letters.length())));
      }
      String name = typed.toString();
      // A space before it is dropped, and bars the short way.
      assertThat(parse(name)).as(name).isEqualTo(parse(" " + name));
    }
    for (String label : List.of("a".repeat(63), "a".repeat(64), "", ".", "a..b")) {
      String name = "x@" + label + ".example";
      assertThat(parse(name)).as(name).isEqualTo(parse(" " + name));
    }
  }
}
