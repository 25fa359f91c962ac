package dev.postern.gateway.net;

import static org.assertj.core.api.Assertions.assertThat;

import dev.postern.gateway.dialogue.Protocols;
import dev.postern.gateway.dialogue.Tap;
import dev.postern.gateway.dialogue.UpstreamSession;
import dev.postern.store.auth.Scope;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What a tap takes some bytes at a time it must take for the same as one by one. */
class TapReaderTest {
  private static final int SESSIONS = 20_000;
  private static final int STEPS = 40;

  private record Spoken(List<String> client, List<String> upstream) {}

  private static Spoken spoken(Scope protocol) {
    return switch (protocol) {
      case IMAP ->
          new Spoken(
              List.of(
                  "a NOOP\r\n",
                  "a APPEND x {9}\r\n",
                  "b APPEND x {12+}\r\n",
                  "123456789",
                  "a IDLE\r\n",
                  "DONE\r\n",
                  "\r\n",
                  "\n",
                  "\r",
                  "{",
                  "}",
                  "x",
                  "{3+}\r\n",
                  "a LOGIN b c\r\n"),
              List.of(
                  "* 1 FETCH (BODY[] {11}\r\n",
                  "hello world)\r\n",
                  "* 2 FETCH (FLAGS () UID {3}",
                  "a OK ",
                  "\r\n",
                  "\r",
                  "\n",
                  "+ go\r\n",
                  "b OK done\r\n",
                  "* OK text {5}\r\n",
                  "{",
                  "12}",
                  "{7}\r\n",
                  "c x y z { 9} {1\r{2}\r\n"));
      case SUBMISSION ->
          new Spoken(
              List.of(
                  "DATA\r\n",
                  "BDAT 11\r\n",
                  "hello world",
                  "\r\n.\r\n",
                  ".",
                  "\r",
                  "\n",
                  "..\r\n",
                  "a line of some text in a message\r\n",
                  "\0",
                  "NOOP\r\n",
                  "EHLO x\r\n",
                  "AUTH\r\n"),
              List.of(
                  "354 go\r\n",
                  "250 fine\r\n",
                  "250-more\r\n",
                  "\r\n",
                  "\n",
                  "250",
                  " ",
                  "x 250 y\r\n"));
      case POP3 ->
          new Spoken(
              List.of("RETR 1\r\n", "UIDL\n", "AUTH\r\n", "x", "\r", "QUIT\r\n"),
              List.of("+OK\r\n", "any text\r\n", ".\r\n"));
    };
  }

  private static Tap tap(Scope protocol) {
    return Protocols.of(protocol).tap().apply(new UpstreamSession(List.of("CHUNKING", "LITERAL+")));
  }

  @ParameterizedTest
  @EnumSource
  void someBytesAtOnceAreTheSameAsOneByOne(Scope protocol) {
    Spoken spoken = spoken(protocol);
    for (int seed = 0; seed < SESSIONS; seed++) {
      Random random = new Random(seed);
      Tap one = tap(protocol);
      Tap other = tap(protocol);
      boolean goesOn = true;
      for (int step = 0; step < STEPS && goesOn; step++) {
        boolean isClients = random.nextBoolean();
        byte[] bytes = text(isClients ? spoken.client() : spoken.upstream(), random);
        String as =
            "seed %d, step %d: %s"
                .formatted(seed, step, new String(bytes, StandardCharsets.US_ASCII));
        TapReader.Shown expected = oneByOne(one, isClients, bytes);

        assertThat(show(other, isClients, bytes)).as(as).isEqualTo(expected);

        goesOn = !(expected.verdict() instanceof Tap.Verdict.End);
      }
    }
  }

  /** Some pieces, one behind the other. */
  private static byte[] text(List<String> pieces, Random random) {
    StringBuilder text = new StringBuilder();
    for (int i = random.nextInt(4); i >= 0; i--) {
      text.append(pieces.get(random.nextInt(pieces.size())));
    }
    return text.toString().getBytes(StandardCharsets.US_ASCII);
  }

  private static TapReader.Shown oneByOne(Tap tap, boolean isClients, byte[] bytes) {
    for (int i = 0; i < bytes.length; i++) {
      Tap.Verdict verdict = isClients ? tap.fromClient(bytes[i]) : tap.fromUpstream(bytes[i]);
      if (!(verdict instanceof Tap.Verdict.Pass)) {
        return new TapReader.Shown(i, verdict);
      }
    }
    return new TapReader.Shown(bytes.length, Tap.PASS);
  }

  private static TapReader.Shown show(Tap tap, boolean isClients, byte[] bytes) {
    ByteBuf shown = Unpooled.wrappedBuffer(bytes);
    return isClients ? TapReader.client(tap, shown) : TapReader.upstream(tap, shown);
  }

  @Test
  void mostOfAMessageNeedNotBeSeen() {
    Tap imap = tap(Scope.IMAP);
    show(imap, false, ascii("* 1 FETCH (BODY[] {100}\r\n"));
    Tap submission = tap(Scope.SUBMISSION);
    show(submission, true, ascii("DATA\r\n"));
    show(submission, false, ascii("354 go\r\n"));
    show(submission, true, ascii("x"));

    assertThat(imap.upstreamStretch().most()).isEqualTo(100);
    imap.skipUpstream(40);
    assertThat(imap.upstreamStretch().most()).isEqualTo(60);
    assertThat(submission.clientStretch().most()).isGreaterThan(70);
    assertThat(submission.clientStretch().end().contains((byte) '\n')).isTrue();
    assertThat(tap(Scope.POP3).upstreamStretch().most()).isGreaterThan(1_000_000);
  }

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }
}
