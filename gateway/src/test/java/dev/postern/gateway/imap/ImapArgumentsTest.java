package dev.postern.gateway.imap;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import dev.postern.gateway.imap.ImapArguments.Word;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ImapArgumentsTest {
  private final ImapArguments arguments = new ImapArguments();

  @ParameterizedTest
  @ValueSource(
      strings = {
        "a\"b\"",
        "\"a\"b",
        "(a)b",
        "{",
        "\\",
        "\"a",
        "\"a\\",
        "\"a\\b\"",
        "\"a\0\"",
        "\u007f"
      })
  void refusesWhatIsNoListOfWords(String text) {
    assertThat(add(text)).isFalse();
  }

  @Test
  void takesWordsTextsAndParentheses() {
    assertThat(add("a (\"b\\\"\\\\\" c)")).isTrue();
    assertThat(described()).containsExactly("a", "(", "'b\"\\'", "c", ")");
  }

  @Test
  void looksAtNoByteBehindTheEnd() {
    byte[] line = "a \"b\" c".getBytes(ISO_8859_1);
    assertThat(arguments.addText(line, 0, 5)).isTrue();
    assertThat(described()).containsExactly("a", "'b'");
    assertThat(arguments.addText(line, 2, 4)).isFalse();
  }

  @Test
  void refusesANulInALiteral() {
    assertThat(arguments.addLiteral(new byte[] {'a', 0})).isFalse();
    assertThat(arguments.addLiteral(new byte[] {'a', 1})).isTrue();
  }

  @Test
  void aWordEndsWhereALiteralOrAParenthesisEnds() {
    assertThat(arguments.isAtBoundary()).isTrue();
    assertThat(arguments.addLiteral(new byte[] {'a'})).isTrue();
    assertThat(arguments.isAtBoundary()).isFalse();
    assertThat(add(" ")).isTrue();
    assertThat(arguments.isAtBoundary()).isTrue();
    assertThat(add("(")).isTrue();
    assertThat(arguments.isAtBoundary()).isTrue();
    assertThat(add(")")).isTrue();
    assertThat(arguments.isAtBoundary()).isFalse();
  }

  @Test
  void takesAsManyWordsAsIdMayHave() {
    assertThat(add("a ".repeat(ImapArguments.MAX_WORDS))).isTrue();
    assertThat(add("a")).isFalse();
    assertThat(add("a")).isFalse();
    assertThat(arguments.words()).hasSize(ImapArguments.MAX_WORDS + 1);
  }

  @Test
  void takesAsManyLiterals() {
    for (int i = 0; i < ImapArguments.MAX_WORDS; i++) {
      assertThat(arguments.addLiteral(new byte[] {'a'})).isTrue();
    }
    assertThat(arguments.addLiteral(new byte[] {'a'})).isFalse();
  }

  @Test
  void wipesEveryWord() {
    assertThat(add("a \"b\"")).isTrue();
    byte[] literal = {'c'};
    assertThat(arguments.addLiteral(literal)).isTrue();
    List<byte[]> held = new ArrayList<>();
    for (Word word : arguments.words()) {
      switch (word) {
        case Word.Atom(byte[] bytes) -> held.add(bytes);
        case Word.Text(byte[] bytes) -> held.add(bytes);
        case Word.Open _, Word.Close _ -> {}
      }
    }

    arguments.wipe();

    assertThat(held).hasSize(3).allMatch(bytes -> bytes[0] == 0);
    assertThat(held).contains(literal);
    assertThat(arguments.words()).isEmpty();
  }

  private boolean add(String text) {
    byte[] line = text.getBytes(ISO_8859_1);
    return arguments.addText(line, 0, line.length);
  }

  private List<String> described() {
    return arguments.words().stream().map(ImapArgumentsTest::describe).toList();
  }

  private static String describe(Word word) {
    return switch (word) {
      case Word.Atom(byte[] bytes) -> new String(bytes, ISO_8859_1);
      case Word.Text(byte[] bytes) -> "'" + new String(bytes, ISO_8859_1) + "'";
      case Word.Open _ -> "(";
      case Word.Close _ -> ")";
    };
  }
}
