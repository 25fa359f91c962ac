package dev.postern.gateway.dialogue;

import static org.assertj.core.api.Assertions.assertThat;

import dev.postern.gateway.dialogue.FrontStep.Expect;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.ArrayList;
import java.util.List;

/**
 * Any bytes through a decoder: it understands the same however they arrive, holds no more than one
 * command, and never throws. The first {@value #CHOICES} bytes of an input say how long the pieces
 * are and what is expected after each command; the others are what the client sends.
 *
 * @param <C> the protocol's command type
 */
public final class AnyBytes<C> {
  private static final int CHOICES = 8;

  /** No command of any protocol is longer, line end included. */
  private static final int MOST_KEPT = 32_768 + 2;

  private static final SessionFacts FACTS =
      new SessionFacts("mail.example.com", SessionFacts.Tls.ON, List.of(), 5);

  private final MailProtocol<C> protocol;

  public AnyBytes(MailProtocol<C> protocol) {
    this.protocol = protocol;
  }

  /** Throws if the decoder does not do as it should. */
  public void decode(byte[] input) {
    if (input.length <= CHOICES) {
      return;
    }
    List<String> atOnce = commands(input, input.length);
    assertThat(commands(input, 1)).isEqualTo(atOnce);
    assertThat(commands(input, 2 + (input[0] & 0x3f))).isEqualTo(atOnce);
  }

  private List<String> commands(byte[] input, int piece) {
    CommandDecoder<C> decoder = protocol.decoder().apply(FACTS);
    List<String> commands = new ArrayList<>();
    ByteBuf in = Unpooled.buffer();
    for (int from = CHOICES; from < input.length; from += piece) {
      in.writeBytes(input, from, Math.min(piece, input.length - from));
      for (C command = decoder.decode(in); command != null; command = decoder.decode(in)) {
        commands.add(Marked.inFull(command));
        assertNoSecretIn(command);
        if (isEnd(command)) {
          return commands;
        }
        decoder.expect(expected(input, commands.size()));
      }
      assertThat(in.readableBytes() <= Math.max(MOST_KEPT, piece)).isTrue();
    }
    commands.add("rest " + in.readableBytes());
    return commands;
  }

  /** Whether a dialogue would hang up, so that nothing is decoded behind it. */
  private boolean isEnd(C command) {
    return protocol.front().apply(FACTS).command(command) instanceof FrontStep.HangUp;
  }

  private void assertNoSecretIn(C command) {
    String printed = command.toString();
    assertThat(Marked.secretsOf(command))
        .allMatch(secret -> secret.length() < 8 || !printed.contains(Marked.bytesOf(secret)));
  }

  private static Expect expected(byte[] input, int number) {
    return switch (input[1 + number % (CHOICES - 1)] & 0x7) {
      case 1, 2 -> Expect.SASL_RESPONSE;
      case 3, 4 -> Expect.LITERAL;
      default -> Expect.COMMAND;
    };
  }
}
