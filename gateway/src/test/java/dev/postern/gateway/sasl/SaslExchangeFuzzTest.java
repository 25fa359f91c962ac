package dev.postern.gateway.sasl;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.DictionaryFile;
import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.postern.gateway.dialogue.Marked;
import dev.postern.store.auth.Secret;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;

/**
 * Any lines of a client to both mechanisms. The first byte of an input chooses the mechanism and
 * whether there is an initial response; in the others three bytes stand for a secret.
 */
class SaslExchangeFuzzTest {

  @DictionaryFile(resourcePath = "/fuzz/sasl.dict")
  @FuzzTest
  void takesAnyResponses(byte[] input) {
    if (input.length == 0) {
      return;
    }
    Marked marked = new Marked(input);
    Mechanism mechanism = (input[0] & 0x1) == 0 ? Mechanism.PLAIN : Mechanism.LOGIN;
    SaslExchange exchange = mechanism.newExchange();
    List<Secret> sent = new ArrayList<>();
    List<byte[]> messages = new ArrayList<>();
    boolean isOver = (input[0] & 0x2) == 0 && isEnd(exchange.begin(), mechanism, messages, marked);
    for (byte[] line : lines(input, marked)) {
      Secret response = Secret.copyOf(line);
      sent.add(response);
      messages.add(line);
      SaslStep step = exchange.respond(response);
      assertThat(isOver && !(step instanceof SaslStep.Malformed)).as("a second end").isFalse();
      isOver = isEnd(step, mechanism, messages, marked);
    }
    Marked.assertWiped(sent);
  }

  private static boolean isEnd(
      SaslStep step, Mechanism mechanism, List<byte[]> messages, Marked marked) {
    assertThat(marked.isIn(step.toString())).isFalse();
    return switch (step) {
      case SaslStep.Challenge(String base64) -> {
        assertThat(base64).isIn("", "VXNlcm5hbWU6", "UGFzc3dvcmQ6");
        yield false;
      }
      case SaslStep.Complete(String loginName, Secret secret) -> {
        String[] expected = read(mechanism, messages);
        assertThat(loginName).isEqualTo(expected[0]);
        assertThat(Marked.bytesOf(secret)).isEqualTo(expected[1]);
        assertThat(secret.length()).isLessThanOrEqualTo(ClientText.MAX_SECRET);
        secret.close();
        yield true;
      }
      case SaslStep.Delegation _, SaslStep.Malformed _, SaslStep.Cancelled _ -> true;
    };
  }

  /** Name and secret of what was sent, read another way. */
  private static String[] read(Mechanism mechanism, List<byte[]> messages) {
    byte[] last = decoded(messages.getLast());
    return switch (mechanism) {
      case PLAIN -> {
        String[] parts = new String(last, ISO_8859_1).split("\0", -1);
        assertThat(parts).hasSize(3);
        yield new String[] {ClientText.decode(parts[1].getBytes(ISO_8859_1)), parts[2]};
      }
      case LOGIN ->
          new String[] {
            ClientText.decode(decoded(messages.get(messages.size() - 2))),
            new String(last, ISO_8859_1)
          };
    };
  }

  private static byte[] decoded(byte[] line) {
    String text = new String(line, ISO_8859_1).replaceFirst(" *\r?$", "");
    byte[] message = text.equals("=") ? new byte[0] : Base64.getDecoder().decode(text);
    assertThat(text.equals("=") ? "" : text)
        .as("one message has one text")
        .isEqualTo(Base64.getEncoder().encodeToString(message));
    return message;
  }

  private static List<byte[]> lines(byte[] input, Marked marked) {
    StringBuilder text = new StringBuilder();
    for (int i = 1; i < input.length; i++) {
      switch (input[i]) {
        case 0x0e -> text.append(marked.text());
        case 0x0f -> text.append(marked.plain());
        case 0x10 -> text.append(marked.encoded());
        default -> text.append((char) (input[i] & 0xff));
      }
    }
    List<byte[]> lines = new ArrayList<>();
    for (String line : text.toString().split("\n", -1)) {
      lines.add(line.getBytes(ISO_8859_1));
    }
    return lines;
  }
}
