package dev.postern.gateway.dialogue;

import static org.assertj.core.api.Assertions.assertThat;

import dev.postern.gateway.dialogue.UpstreamPlan.Security;
import dev.postern.gateway.dialogue.UpstreamPlan.UpstreamCredentials;
import dev.postern.gateway.dialogue.UpstreamPlan.UpstreamCredentials.Bearer;
import dev.postern.gateway.dialogue.UpstreamPlan.UpstreamCredentials.OurWord;
import dev.postern.gateway.dialogue.UpstreamPlan.UpstreamCredentials.Password;
import dev.postern.store.auth.Secret;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * Any lines of a server to an upstream dialogue: nothing throws, a secret goes out under protection
 * alone and in no line but those that are made for it, no login is good in which it did not or in
 * which it was refused, nothing of it gets into a failure, and the dialogue ends.
 *
 * <p>The first byte of an input chooses the plan. The others are what the server says, but for five
 * that stand for the secret, as a server may repeat it once it was told.
 */
public final class AnyServer {
  private static final ClientIdentity CLIENT =
      new ClientIdentity(
          "0a1b2c3d4e",
          new ClientIdentity.Endpoint("203.0.113.9", 51234),
          new ClientIdentity.Endpoint("2001:db8::1", 993),
          true,
          "Thunder bird");

  private static final int MOST_LINES = 2_000;
  private static final int LONGEST_LINE = 8_192;

  private final UpstreamDialogue dialogue;
  private final Security security;
  private final byte[] input;
  private final Marked marked;
  private final boolean isProbe;
  private boolean isProtected;
  private final boolean isToken;

  /** Whether our word is all that there is to log in with. */
  private final boolean isWord;

  private boolean isWordGiven;
  private boolean isSecretSent;
  private boolean isTokenRefused;
  private boolean isOver;
  private int lines;

  private AnyServer(MailProtocol<?> protocol, byte[] input) {
    this.input = input;
    this.marked = new Marked(input);
    Security[] securities = Security.values();
    this.security = securities[(input[0] & 0x3) % securities.length];
    this.isProbe = (input[0] & 0x0c) == 0x0c;
    this.isProtected = security != Security.STARTTLS;
    this.isWord = (input[0] & 0x3) == 0x3;
    this.isToken = (input[0] & 0x80) != 0;
    Optional<UpstreamCredentials> credentials =
        isProbe ? Optional.empty() : Optional.of(credentials(input[0]));
    List<String> promised = (input[0] & 0x40) == 0 ? List.of() : List.of("SIZE");
    this.dialogue =
        protocol
            .upstream()
            .apply(
                new UpstreamPlan(
                    security,
                    "mail.example.com",
                    credentials,
                    promised,
                    (input[0] & 0x40) == 0 ? Optional.empty() : Optional.of(CLIENT),
                    (input[0] & 0x08) != 0));
  }

  private UpstreamCredentials credentials(byte choice) {
    boolean isOther = (choice & 0x10) != 0;
    String name = (choice & 0x20) == 0 ? "alice" : "\u00e4 =,\"\\";
    Secret secret = Secret.ofText(marked.text());
    if (isWord) {
      secret.close();
      return new OurWord(
          name, isOther ? Optional.empty() : Optional.of(CLIENT).map(ClientIdentity::client));
    }
    return isToken
        ? new Bearer(name, secret, "mx.example.com", 993, isOther)
        : new Password(isOther ? Optional.of("bob") : Optional.empty(), name, secret);
  }

  /** Lets the server speak and throws if anything is wrong with what we make of it. */
  public static void talk(MailProtocol<?> protocol, byte[] input) {
    if (input.length > 0) {
      new AnyServer(protocol, input).talk();
    }
  }

  private void talk() {
    perform(dialogue.connected());
    StringBuilder line = new StringBuilder();
    for (int at = 1; at < input.length && !isOver; at++) {
      switch (input[at]) {
        case '\n' -> {
          say(line.toString());
          line.setLength(0);
        }
        case 0x0e -> line.append(isSecretSent ? marked.text() : "");
        case 0x0f -> line.append(isSecretSent ? marked.plain() : "");
        case 0x10 -> line.append(isSecretSent ? marked.encoded() : "");
        case 0x11 -> line.append(isSecretSent ? marked.bearer() : "");
        case 0x13 -> line.append(isSecretSent ? marked.refusal() : "");
        case 0x12 -> perform(dialogue.tlsStarted());
        default -> line.append((char) (input[at] & 0xff));
      }
    }
  }

  private void say(String line) {
    if (line.length() <= LONGEST_LINE) {
      lines++;
      assertThat(lines).as("a login has an end").isLessThanOrEqualTo(MOST_LINES);
      dialogue.mayRunAhead(line);
      perform(dialogue.line(line));
    }
  }

  private void perform(UpstreamStep step) {
    assertThat(marked.isIn(step.toString()) && !(step instanceof UpstreamStep.LoggedIn))
        .as(step.getClass().getSimpleName())
        .isFalse();
    switch (step) {
      case UpstreamStep.Read _ -> {}
      case UpstreamStep.Send(String line) -> {
        assertThat(line).matches("([ -~]*\r\n){1,2}");
        isWordGiven |= line.matches("XCLIENT NAME=.* LOGIN=\\S+ ADDR=\\S+\r\n");
      }
      case UpstreamStep.SendSecret(Secret line, var _) -> {
        assertThat(isProtected).as("a secret in clear").isTrue();
        assertThat(isProbe || isWord).as("there is none").isFalse();
        isSecretSent = true;
        String text = Marked.bytesOf(line);
        assertThat(text).endsWith("\r\n");
        if (isToken) {
          token(text);
        }
        line.close();
      }
      case UpstreamStep.StartTls _ -> {
        assertThat(security).isEqualTo(Security.STARTTLS);
        isProtected = true;
        perform(dialogue.tlsStarted());
      }
      case UpstreamStep.LoggedIn _ -> {
        assertThat(isProtected && (isSecretSent || isProbe || isWordGiven))
            .as("a login for nothing")
            .isTrue();
        assertThat(isTokenRefused).as("a login with what was refused").isFalse();
        isOver = true;
      }
      case UpstreamStep.GiveUp(String line, UpstreamFailure failure) -> {
        assertThat(line).isEqualTo("*\r\n");
        assertThat(isTokenRefused).as("a word to one that has refused").isTrue();
        failed(failure);
      }
      case UpstreamStep.Failed(UpstreamFailure failure) -> failed(failure);
    }
  }

  private void failed(UpstreamFailure failure) {
    assertThat(failure.detail()).matches("[ -~]{0,200}").doesNotContain("\"");
    assertThat(failure.backoff().orElse(Duration.ZERO))
        .isBetween(Duration.ZERO, Duration.ofMinutes(15));
    isOver = true;
  }

  /** A token goes out in no form that is one for passwords, and in no line once it was refused. */
  private void token(String line) {
    assertThat(line)
        .doesNotContain(marked.text(), marked.encoded(), marked.plain())
        .doesNotMatch("(?s)(USER|PASS|P\\d+ LOGIN|P?\\d* ?AUTH\\w* (PLAIN|LOGIN)).*");
    assertThat(isTokenRefused).as("more to say to a refusal").isFalse();
    isTokenRefused = line.equals("\r\n") || line.equals("AQ==\r\n");
  }
}
