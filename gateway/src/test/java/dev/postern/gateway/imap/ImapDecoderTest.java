package dev.postern.gateway.imap;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import dev.postern.gateway.dialogue.FrontStep.Expect;
import dev.postern.gateway.imap.ImapCommand.Flaw;
import dev.postern.gateway.imap.ImapCommand.Malformed;
import dev.postern.store.auth.Secret;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.buffer.UnpooledHeapByteBuf;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;

class ImapDecoderTest {

  private static final List<String> PIECES =
      List.of(
          "a1 LOGIN alice \"abcd efgh\"\r\n",
          "a2 LOGIN {5}\r\nalice {4}\r\nabcd\r\n",
          "a3 LOGIN {5+}\r\nalice {4+}\r\nabcd\r\n",
          "a4 NOOP\r\n",
          "a5 AUTHENTICATE PLAIN\r\nAGFsaWNlAGFiY2Q=\r\n",
          "a6 AUTHENTICATE PLAIN AGFsaWNlAGFiY2Q=\r\n",
          "a7 FOO {20+}\r\n12345678901234567890 {2+}\r\nab\r\n",
          "a8 LOGIN {600+}\r\n" + "x".repeat(600) + " y\r\n",
          "a9 ID (\"name\" {4}\r\nMail \"version\" NIL)\r\n",
          "b1 ID NIL\r\n",
          "b2 SELECT INBOX\n",
          "b3 LOGIN {5000}\r\n",
          "\r\n",
          "b4 LOGIN \"x\r\n",
          "b5 STARTTLS\r\n",
          "b6 " + "z".repeat(8_189) + "\r\n",
          "b7 CAPABILITY\r\n",
          "\0\1\2\r\n");

  @Test
  void understandsTheSameHoweverItArrives() {
    Random random = new Random(11);
    for (int round = 0; round < 300; round++) {
      StringBuilder input = new StringBuilder();
      int pieces = 1 + random.nextInt(8);
      for (int i = 0; i < pieces; i++) {
        input.append(PIECES.get(random.nextInt(PIECES.size())));
      }
      if (random.nextInt(4) == 0) {
        input
            .append("c1 FOO ")
            .append("y".repeat(8_180 + random.nextInt(20)))
            .append("\r\nc2 NOOP\r\n");
      }
      byte[] bytes = input.toString().getBytes(ISO_8859_1);
      List<String> atOnce = commands(bytes, bytes.length, random);
      assertThat(commands(bytes, 1, random)).isEqualTo(atOnce);
      assertThat(commands(bytes, 1 + random.nextInt(100), random)).isEqualTo(atOnce);
      assertThat(atOnce).isNotEmpty();
    }
  }

  @Test
  void stopsRightBehindEachCommand() {
    ImapDecoder decoder = new ImapDecoder();
    ByteBuf in = Unpooled.copiedBuffer("a1 STARTTLS\r\n\26\3\1rest", ISO_8859_1);
    assertThat(decoder.decode(in)).isEqualTo(new ImapCommand.StartTls("a1"));
    assertThat(in.toString(ISO_8859_1)).isEqualTo("\26\3\1rest");
  }

  @Test
  void waitsForTheDialogueBeforeItReadsALiteral() {
    ImapDecoder decoder = new ImapDecoder();
    ByteBuf in = Unpooled.copiedBuffer("a1 LOGIN {5}\r\nalice x\r\n", ISO_8859_1);
    assertThat(decoder.decode(in))
        .isEqualTo(new ImapCommand.LiteralWanted("a1", ImapCommand.Purpose.CREDENTIALS));
    assertThat(decoder.decode(in)).isNull();
    decoder.expect(Expect.LITERAL);
    assertThat(decoder.decode(in)).isInstanceOf(ImapCommand.Login.class);
  }

  @Test
  void forgetsACommandWhoseLiteralIsNotInvited() {
    ImapDecoder decoder = new ImapDecoder();
    ByteBuf in = Unpooled.copiedBuffer("a1 LOGIN {5}\r\na2 NOOP\r\n", ISO_8859_1);
    assertThat(decoder.decode(in)).isInstanceOf(ImapCommand.LiteralWanted.class);
    decoder.expect(Expect.COMMAND);
    assertThat(decoder.decode(in)).isEqualTo(new ImapCommand.Noop("a2"));
  }

  @Test
  void doesNotWaitForTheEndOfAnEndlessLine() {
    ImapDecoder decoder = new ImapDecoder();
    ByteBuf in = Unpooled.buffer();
    in.writeBytes(("a1 FOO " + "x".repeat(8_187)).getBytes(ISO_8859_1));
    assertThat(in.readableBytes()).isEqualTo(ImapDecoder.COMMAND_LIMIT + 2);
    assertThat(decoder.decode(in)).isEqualTo(new Malformed(Optional.of("a1"), Flaw.TOO_LONG));
    for (int i = 0; i < 100; i++) {
      in.writeBytes(new byte[1_000]);
      assertThat(decoder.decode(in)).isNull();
      assertThat(in.isReadable()).isFalse();
      in.clear();
    }
  }

  @Test
  void holdsAtMostOneLineOfAnyCommand() {
    for (String begin : List.of("a ID (", "a AUTHENTICATE PLAIN ", "a LOGIN ", "x", "a ID {")) {
      ImapDecoder decoder = new ImapDecoder();
      ByteBuf in = Unpooled.buffer();
      in.writeBytes(begin.getBytes(ISO_8859_1));
      int most = 0;
      ImapCommand command = null;
      while (command == null) {
        in.writeByte('A');
        command = decoder.decode(in);
        most = Math.max(most, in.readableBytes());
      }
      assertThat(((Malformed) command).flaw()).isEqualTo(Flaw.TOO_LONG);
      assertThat(most).isLessThanOrEqualTo(ImapDecoder.ID_LIMIT + 2);
    }
  }

  @Test
  void saysHowMuchItKeepsOfACommandInPieces() {
    ImapDecoder decoder = new ImapDecoder();
    ByteBuf in = Unpooled.buffer();
    in.writeBytes("a1 ID ({4+}\r\n".getBytes(ISO_8859_1));
    assertThat(decoder.decode(in)).isNull();
    assertThat(decoder.held()).isEqualTo(11);
    in.writeBytes("name {1000+}\r\n".getBytes(ISO_8859_1));
    assertThat(decoder.decode(in)).isNull();
    in.writeBytes(new byte[1000]);
    assertThat(decoder.decode(in)).isNull();
    assertThat(decoder.held()).isEqualTo(11 + 4 + 8 + 1000);
    in.writeBytes(")\r\n".getBytes(ISO_8859_1));
    assertThat(decoder.decode(in)).isNotNull();
    assertThat(decoder.held()).isZero();
  }

  @Test
  void dropsALiteralThatNobodyWantsAsItComes() {
    ImapDecoder decoder = new ImapDecoder();
    ByteBuf in = Unpooled.buffer();
    in.writeBytes("a1 FOO {65536+}\r\n".getBytes(ISO_8859_1));
    assertThat(decoder.decode(in)).isNull();
    for (int i = 0; i < 64; i++) {
      in.writeBytes(new byte[1_024]);
      assertThat(decoder.decode(in)).isNull();
      assertThat(in.isReadable()).isFalse();
    }
    in.writeBytes(" {1+}\r\n".getBytes(ISO_8859_1));
    assertThat(decoder.decode(in))
        .as("no more than that in one command")
        .isEqualTo(new Malformed(Optional.of("a1"), Flaw.ENDLESS_LITERAL));
  }

  @Test
  void looksAtEachByteAboutOnce() {
    ImapDecoder decoder = new ImapDecoder();
    CountingBuf in = new CountingBuf();
    byte[] line = ("a1 ID (" + "x".repeat(30_000)).getBytes(ISO_8859_1);
    for (byte b : line) {
      in.writeByte(b);
      assertThat(decoder.decode(in)).isNull();
    }
    assertThat(in.examined).isLessThan(2L * line.length);
  }

  @Test
  void understandsNothingMoreOnceItIsOver() {
    ImapDecoder decoder = new ImapDecoder();
    ByteBuf in = Unpooled.copiedBuffer("GET / HTTP/1.1\r\na1 NOOP\r\n", ISO_8859_1);
    assertThat(decoder.decode(in)).isEqualTo(new Malformed(Optional.empty(), Flaw.OTHER_PROTOCOL));
    decoder.expect(Expect.COMMAND);
    in.writeBytes("a2 NOOP\r\n".getBytes(ISO_8859_1));
    assertThat(decoder.decode(in)).isNull();
    assertThat(in.isReadable()).isFalse();
  }

  @Test
  void neverPrintsCredentials() {
    for (String line : List.of("a LOGIN alice s3cret\r\n", "a AUTHENTICATE s3cret s3cret\r\n")) {
      ImapCommand command = new ImapDecoder().decode(Unpooled.copiedBuffer(line, ISO_8859_1));
      assertThat(String.valueOf(command)).doesNotContain("s3cret").doesNotContain("alice");
    }
  }

  /** Feeds chunks of at most {@code chunk} bytes and answers as a dialogue would. */
  private static List<String> commands(byte[] bytes, int chunk, Random random) {
    ImapDecoder decoder = new ImapDecoder();
    ByteBuf in = Unpooled.buffer();
    List<String> commands = new ArrayList<>();
    int at = 0;
    while (at < bytes.length) {
      int next = chunk == bytes.length || chunk == 1 ? chunk : 1 + random.nextInt(chunk);
      int now = Math.min(next, bytes.length - at);
      in.writeBytes(bytes, at, now);
      at += now;
      for (ImapCommand command = decoder.decode(in);
          command != null;
          command = decoder.decode(in)) {
        commands.add(describe(command));
        decoder.expect(
            switch (command) {
              case ImapCommand.LiteralWanted _ -> Expect.LITERAL;
              case ImapCommand.Authenticate(var _, var _, Optional<Secret> initial)
                  when initial.isEmpty() ->
                  Expect.SASL_RESPONSE;
              default -> Expect.COMMAND;
            });
      }
    }
    return commands;
  }

  private static String describe(ImapCommand command) {
    return switch (command) {
      case ImapCommand.Login(String tag, String name, Secret secret) ->
          "login " + tag + " " + name + " " + secret.expose(b -> new String(b, ISO_8859_1));
      case ImapCommand.Authenticate(String tag, String name, Optional<Secret> initial) ->
          "authenticate " + tag + " " + name + " " + initial.map(Secret::length);
      case ImapCommand.SaslResponse(Secret line) ->
          "response " + line.expose(b -> new String(b, ISO_8859_1));
      default -> command.toString();
    };
  }

  /** Counts the bytes that were searched for a line end. */
  private static final class CountingBuf extends UnpooledHeapByteBuf {
    private long examined;

    CountingBuf() {
      this(UnpooledByteBufAllocator.DEFAULT);
    }

    private CountingBuf(ByteBufAllocator allocator) {
      super(allocator, 64, 1 << 20);
    }

    @Override
    public int indexOf(int fromIndex, int toIndex, byte value) {
      examined += Math.max(0, toIndex - fromIndex);
      return super.indexOf(fromIndex, toIndex, value);
    }
  }
}
