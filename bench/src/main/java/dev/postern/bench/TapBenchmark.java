package dev.postern.bench;

import dev.postern.gateway.dialogue.MailProtocol;
import dev.postern.gateway.dialogue.Tap;
import dev.postern.gateway.dialogue.UpstreamSession;
import dev.postern.gateway.imap.Imap;
import dev.postern.gateway.net.TapReader;
import dev.postern.gateway.pop3.Pop3;
import dev.postern.gateway.smtp.Smtp;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/**
 * What it costs to watch a session: a conversation of 64 KiB, most of it in one direction, shown to
 * a tap as the handlers before the relays do. The same bytes looked at by nobody are what that is
 * compared with.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Fork(2)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class TapBenchmark {
  private static final int BULK = 64 * 1024;
  private static final String MESSAGE =
      "A line of a message, as long as they are.\r\n".repeat(1525);

  @Param public Conversation conversation = Conversation.IMAP_STORE;

  private List<Part> parts = List.of();
  private Tap tap = Pop3.PROTOCOL.tap().apply(new UpstreamSession(List.of()));

  /** What is said. */
  public enum Conversation {
    IMAP_STORE,
    IMAP_FETCH,
    IMAP_COMMANDS,
    SMTP_DATA,
    SMTP_BDAT,
    SMTP_COMMANDS,
    POP3_RETR,
    POP3_COMMANDS
  }

  private record Part(boolean isClients, ByteBuf bytes) {}

  @Setup
  public void write() {
    parts =
        switch (conversation) {
          case IMAP_STORE ->
              parts(
                  "a APPEND INBOX {" + MESSAGE.length() + "}\r\n", "+ go\r\n",
                  MESSAGE + "\r\n", "a OK\r\n");
          case IMAP_FETCH ->
              parts(
                  "a FETCH 1 BODY[]\r\n",
                  "* 1 FETCH (BODY[] {" + MESSAGE.length() + "}\r\n" + MESSAGE + ")\r\na OK\r\n");
          case IMAP_COMMANDS -> commands("a UID FETCH 4711 (FLAGS)\r\n", "a OK\r\n");
          case SMTP_DATA ->
              parts("DATA\r\n", "354 go\r\n", MESSAGE + ".\r\n", "250 2.0.0 taken\r\n");
          case SMTP_BDAT ->
              parts("BDAT " + MESSAGE.length() + " LAST\r\n" + MESSAGE, "250 2.0.0 taken\r\n");
          case SMTP_COMMANDS -> commands("RCPT TO:<bob@example.org>\r\n", "250 2.1.5 Ok\r\n");
          case POP3_RETR -> parts("RETR 1\r\n", "+OK\r\n" + MESSAGE + ".\r\n");
          case POP3_COMMANDS -> commands("UIDL 4711\r\n", "+OK 4711 0123456789abcdef\r\n");
        };
    MailProtocol<?> protocol =
        switch (conversation) {
          case IMAP_STORE, IMAP_FETCH, IMAP_COMMANDS -> Imap.PROTOCOL;
          case SMTP_DATA, SMTP_BDAT, SMTP_COMMANDS -> Smtp.PROTOCOL;
          case POP3_RETR, POP3_COMMANDS -> Pop3.PROTOCOL;
        };
    tap = protocol.tap().apply(new UpstreamSession(List.of("CHUNKING")));
    if (watched() != size()) {
      throw new IllegalStateException("the tap does not let it pass");
    }
  }

  /** The client's and the server's texts in turn. */
  private static List<Part> parts(String... texts) {
    List<Part> parts = new ArrayList<>();
    for (int i = 0; i < texts.length; i++) {
      byte[] bytes = texts[i].getBytes(StandardCharsets.US_ASCII);
      parts.add(new Part(i % 2 == 0, Unpooled.directBuffer(bytes.length).writeBytes(bytes)));
    }
    return parts;
  }

  /** So often that both directions together are {@link #BULK}. */
  private static List<Part> commands(String command, String reply) {
    int times = BULK / (command.length() + reply.length());
    String[] texts = new String[2 * times];
    for (int i = 0; i < texts.length; i += 2) {
      texts[i] = command;
      texts[i + 1] = reply;
    }
    return parts(texts);
  }

  private int size() {
    return parts.stream().mapToInt(part -> part.bytes().readableBytes()).sum();
  }

  /** The bytes that passed: all of them. */
  @Benchmark
  public int watched() {
    int passed = 0;
    for (Part part : parts) {
      TapReader.Shown shown =
          part.isClients()
              ? TapReader.client(tap, part.bytes())
              : TapReader.upstream(tap, part.bytes());
      passed += shown.passed();
    }
    return passed;
  }

  /** The same loop over the same bytes, and nobody who looks at them. */
  @Benchmark
  public int unwatched() {
    int passed = 0;
    for (Part part : parts) {
      int stop = part.bytes().forEachByte(b -> b != Byte.MIN_VALUE);
      passed += stop < 0 ? part.bytes().readableBytes() : 0;
    }
    return passed;
  }
}
