package dev.postern.gateway.imap;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import dev.postern.gateway.imap.ImapGrammar.Literal;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ImapGrammarTest {

  /** RFC 9051 §9: list-wildcards, quoted-specials and the rest of atom-specials. */
  private static final String SPECIALS = "(){ %*\"\\";

  private static boolean isAstring(int b) {
    boolean isControl = b < 0x20 || b == 0x7f;
    return b <= 0x7f && !isControl && SPECIALS.indexOf(b) < 0;
  }

  @Test
  void knowsEveryByteOfEachClass() {
    for (int b = 0; b < 256; b++) {
      byte raw = (byte) b;
      String which = "byte " + b;
      assertThat(ImapGrammar.isAstringChar(raw)).as(which).isEqualTo(isAstring(b));
      assertThat(ImapGrammar.isTagChar(raw)).as(which).isEqualTo(isAstring(b) && b != '+');
      assertThat(ImapGrammar.isLoginChar(raw)).as(which).isEqualTo(isAstring(b) || b >= 0x80);
      assertThat(ImapGrammar.isPlainQuotedChar(raw))
          .as(which)
          .isEqualTo("\0\r\n\"\\".indexOf(b) < 0);
      assertThat(ImapGrammar.isLiteralByte(raw)).as(which).isEqualTo(b != 0);
      assertThat(ImapGrammar.isWordChar(raw))
          .as(which)
          .isEqualTo(b < 0x80 && (Character.isLetterOrDigit(b) || b == '-' || b == '_'));
    }
  }

  @Test
  void readsALiteralAtTheEndOfALine() {
    assertThat(literal("a LOGIN {11}")).contains(new Literal(8, 11, true));
    assertThat(literal("a LOGIN {11+}")).contains(new Literal(8, 11, false));
    assertThat(literal("{0}")).contains(new Literal(0, 0, true));
    assertThat(literal("x{5+}")).contains(new Literal(1, 5, false));
    assertThat(literal("{3} {5}")).contains(new Literal(4, 5, true));
    assertThat(literal("{9999999999}")).contains(new Literal(0, 9_999_999_999L, true));
    assertThat(literal("{0000000005}")).contains(new Literal(0, 5, true));
  }

  @ParameterizedTest
  @ValueSource(strings = {"{10000000000}", "{00000000005}", "{18446744073709551621}"})
  void takesMoreThanTenDigitsForEndless(String line) {
    assertThat(literal(line)).contains(new Literal(0, Long.MAX_VALUE, true));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"", "}", "{}", "{+}", "{5", "5}", "{5} ", "{-5}", "{5-}", "{ 5}", "{5a}", "{5++}"})
  void takesNothingElseForALiteral(String line) {
    assertThat(literal(line)).isEmpty();
  }

  private static Optional<Literal> literal(String line) {
    return ImapGrammar.literalAtEnd(line.getBytes(ISO_8859_1));
  }
}
