package dev.postern.gateway.dialogue;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import dev.postern.gateway.dialogue.FrontStep.Expect;
import dev.postern.store.auth.Secret;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What holds for the command lines of every protocol that has NOOP and AUTH.
 *
 * @param <C> the protocol's sealed command type
 */
public abstract class CommandLineDecoderContract<C> {
  private final CommandDecoder<C> decoder;
  private final ByteBuf in = Unpooled.buffer();

  protected CommandLineDecoderContract(CommandDecoder<C> decoder) {
    this.decoder = decoder;
  }

  protected abstract C noop();

  protected abstract C unknown();

  protected abstract C malformed(LineFlaw flaw);

  /** What each of these lines says. */
  protected abstract Map<String, C> commands();

  @AfterEach
  void release() {
    in.release();
  }

  protected final @Nullable C decode(String bytes) {
    in.writeBytes(bytes.getBytes(ISO_8859_1));
    return decoder.decode(in);
  }

  protected final void expect(Expect next) {
    decoder.expect(next);
  }

  /** What was not read yet. */
  protected final String left() {
    return in.toString(ISO_8859_1);
  }

  private C whole(String line) {
    return Objects.requireNonNull(decode(line + "\r\n"), line);
  }

  private List<Secret> secretsIn(String line) {
    return Marked.secretsOf(whole(line));
  }

  @Test
  void knowsEveryCommandInAnyCase() {
    commands()
        .forEach((line, command) -> assertThat(decode(line + "\r\n")).as(line).isEqualTo(command));
  }

  @Test
  void readsAuthWithAnInitialResponse() {
    C auth = whole("AUTH \tLOGIN  YWxpY2U=");
    assertThat(Marked.inFull(auth)).endsWith(" YWxpY2U=");
    assertThat(auth.toString()).doesNotContain("YWxpY2U=");
  }

  @Test
  void readsSaslResponsesAsTheyStandWhateverTheyLookLike() {
    expect(Expect.SASL_RESPONSE);
    for (String line : List.of("", "*", "QUIT", "GET / HTTP/1.1", "a\0bc\rd", "\u0016\u0003")) {
      assertThat(secretsIn(line)).as(line).extracting(Marked::bytesOf).containsExactly(line);
    }
  }

  @Test
  void stopsRightBehindTheCommand() {
    assertThat(decode("NOOP\r\nSTAT\r\nLI")).isEqualTo(noop());
    assertThat(left()).isEqualTo("STAT\r\nLI");
  }

  @Test
  void refusesEveryControlCharacterInsideACommand() {
    for (int b = 0; b < 256; b++) {
      boolean isControl = (b < ' ' && b != '\t' && b != '\n') || b == 0x7f;
      C expected = isControl ? malformed(LineFlaw.CONTROL_CHARACTER) : noop();
      if (b != '\n') {
        assertThat(decode("NOOP x" + (char) b + "y\r\n")).as("byte %d", b).isEqualTo(expected);
      }
    }
  }

  @Test
  void knowsEveryFirstByte() {
    for (int b = 0; b < 256; b++) {
      boolean isText = b == '\t' || (b >= ' ' && b < 0x7f);
      C expected =
          isText
              ? unknown()
              : malformed(b == '\r' ? LineFlaw.CONTROL_CHARACTER : LineFlaw.OTHER_PROTOCOL);
      if (b != '\n') {
        assertThat(decode((char) b + "Q\r\n")).as("byte %d", b).isEqualTo(expected);
        assertThat(left()).isEmpty();
      }
    }
  }

  @Test
  void doesNotReadAgainWhatItHasRead() {
    assertThat(decode("NOOP 123")).isNull();
    in.setByte(4, '\r').setByte(5, '\n'); // would end the line if it were looked at again
    assertThat(decode("456")).isNull();
    assertThat(decode("\r\n")).isNotNull();
  }

  @Test
  void takesLinesUpToTheLimitAndNotOneOctetMore() {
    C tooLong = malformed(LineFlaw.LINE_TOO_LONG);
    C responseTooLong = malformed(LineFlaw.RESPONSE_TOO_LONG);
    assertThat(decode("NOOP " + "x".repeat(2043) + "\r\n")).isEqualTo(noop());
    assertThat(decode("NOOP " + "x".repeat(2044) + "\r\n")).isEqualTo(tooLong);
    assertThat(secretsIn("auth plain " + "A".repeat(12_277))).hasSize(1);
    assertThat(decode("auth plain " + "A".repeat(12_278) + "\r\n")).isEqualTo(responseTooLong);
    assertThat(decode("AUTHX " + "x".repeat(2043) + "\r\n")).isEqualTo(tooLong);
    expect(Expect.SASL_RESPONSE);
    assertThat(secretsIn("A".repeat(12_288))).hasSize(1);
    assertThat(decode("A".repeat(12_289) + "\r\n")).isEqualTo(responseTooLong);
    expect(Expect.COMMAND);
    assertThat(decode("NOOP\r\n")).isEqualTo(noop());
  }

  /** A bare LF ends lines in POP3 alone. */
  @Test
  void countsNoOctetOfAnyLineEnd() {
    C tooLong = malformed(LineFlaw.LINE_TOO_LONG);
    assertThat(decode("NOOP " + "x".repeat(2044) + "\n\r\n")).isEqualTo(tooLong);
    in.clear();
    assertThat(decode("x".repeat(3_000))).isNull();
    assertThat(decode("")).as("nothing more").isNull();
    assertThat(decode("\r\n")).isEqualTo(tooLong);
    assertThat(decode("NOOP\r\n")).isEqualTo(noop());
  }

  @Test
  void findsTheEndOfADroppedLineThoughItComesInHalves() {
    assertThat(decode("x".repeat(3_000))).isNull();
    assertThat(decode("y\r")).isNull();
    assertThat(decode("\nNOOP\r\n")).isEqualTo(malformed(LineFlaw.LINE_TOO_LONG));
    assertThat(decode("")).isEqualTo(noop());
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "AUTH PLAIN ", "NOOP "})
  void holdsNoMoreThanALineHoweverMuchComesWithoutAnEnd(String start) {
    C command = decode(start);
    int sent = 0;
    while (command == null && sent < 5_000_000) {
      command = decode("x".repeat(1_000));
      sent += 1_000;
      assertThat(in.readableBytes()).isLessThanOrEqualTo(CommandLineDecoder.RESPONSE_LIMIT + 2);
      in.discardReadBytes();
    }
    assertThat(command).isEqualTo(malformed(LineFlaw.ENDLESS_LINE));
    assertThat(sent)
        .isLessThan(CommandLineDecoder.DROP_LIMIT + CommandLineDecoder.RESPONSE_LIMIT + 2_000);
  }

  @Test
  void knowsAnHttpRequestOfAnyLength() {
    C otherProtocol = malformed(LineFlaw.OTHER_PROTOCOL);
    assertThat(decode("GET / HTTP/1.1\r\n")).isEqualTo(otherProtocol);
    assertThat(decode("post /x HTTP/1.1\r\n")).isEqualTo(otherProtocol);
    assertThat(decode("GET /" + "x".repeat(5_000))).isEqualTo(otherProtocol);
    assertThat(left()).isEmpty();
  }
}
