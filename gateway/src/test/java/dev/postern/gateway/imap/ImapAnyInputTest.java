package dev.postern.gateway.imap;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import dev.postern.gateway.dialogue.Credentials;
import dev.postern.gateway.dialogue.FrontDialogue;
import dev.postern.gateway.dialogue.FrontEvent;
import dev.postern.gateway.dialogue.FrontStep;
import dev.postern.gateway.dialogue.FrontStep.Expect;
import dev.postern.gateway.dialogue.SessionFacts;
import dev.postern.gateway.dialogue.SessionFacts.Tls;
import dev.postern.gateway.dialogue.UpstreamFailure;
import dev.postern.gateway.dialogue.UpstreamPlan;
import dev.postern.gateway.dialogue.UpstreamPlan.Security;
import dev.postern.gateway.dialogue.UpstreamPlan.UpstreamCredentials;
import dev.postern.gateway.dialogue.UpstreamSession;
import dev.postern.gateway.dialogue.UpstreamStep;
import dev.postern.store.auth.AuthOutcome;
import dev.postern.store.auth.Grant;
import dev.postern.store.auth.RejectReason;
import dev.postern.store.auth.Secret;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Whatever comes in: nothing throws, nothing leaks, and nobody gets in who was not accepted. */
class ImapAnyInputTest {

  /** With a plus sign in it: it can never be a tag, which is echoed. */
  private static final String SECRET = "s3cret+marker";

  private static final String PLAIN = base64("\0alice\0" + SECRET + "~~~~~");

  private static final List<String> PIECES =
      List.of(
          "a ",
          "b ",
          "A1 ",
          " ",
          "LOGIN ",
          "AUTHENTICATE ",
          "PLAIN ",
          "LOGIN\r\n",
          "PLAIN\r\n",
          PLAIN,
          base64(SECRET),
          SECRET,
          "alice ",
          "\"alice\" ",
          "\"",
          "\\",
          "\"" + SECRET + "\"",
          "{5}",
          "{5+}",
          "{0}",
          "{600+}",
          "{13}\r\n" + SECRET,
          "{99999999999}",
          "\r\n",
          "\r\n",
          "\r\n",
          "\n",
          "\r",
          "\0",
          "*\r\n",
          "=\r\n",
          "+",
          "(",
          ")",
          "NIL",
          "ID (\"name\" \"x\")\r\n",
          "STARTTLS\r\n",
          "CAPABILITY\r\n",
          "NOOP\r\n",
          "ENABLE X\r\n",
          "SELECT INBOX\r\n",
          "\u00fc",
          "a LOGIN alice \"" + SECRET + "\"\r\n",
          "a AUTHENTICATE LOGIN\r\n",
          base64("alice") + "\r\n",
          "a AUTHENTICATE PLAIN " + PLAIN + "\r\n");

  @ParameterizedTest
  @EnumSource(Tls.class)
  void theFrontAnswersAnything(Tls tls) {
    assertThat(PLAIN).contains("+");
    Set<String> ends = new TreeSet<>();
    for (int seed = 0; seed < 1_500; seed++) {
      ends.add(new Conversation(tls, new Random(seed)).run());
    }
    assertThat(ends)
        .as("the inputs reach every end")
        .contains("hung up", "open")
        .contains(tls == Tls.REQUIRED ? "open" : "spliced");
  }

  /** One conversation of random pieces, with a random verifier and upstream behind it. */
  private static final class Conversation {
    private final Random random;
    private final ImapDecoder decoder = new ImapDecoder();
    private final FrontDialogue<ImapCommand> front;
    private final ByteBuf in = Unpooled.buffer();
    private boolean isAccepted;
    private String end = "open";

    Conversation(Tls tls, Random random) {
      this.random = random;
      front = ImapFront.dialogue(new SessionFacts("mail.example.com", tls, List.of("IDLE"), 5));
    }

    String run() {
      perform(front.greet());
      for (int i = 0; i < 60 && end.equals("open"); i++) {
        if (random.nextInt(10) == 0) {
          byte[] noise = new byte[random.nextInt(8)];
          random.nextBytes(noise);
          in.writeBytes(noise);
        } else {
          in.writeBytes(PIECES.get(random.nextInt(PIECES.size())).getBytes(ISO_8859_1));
        }
        read();
      }
      if (end.equals("open") && random.nextInt(20) == 0) {
        perform(front.on(new FrontEvent.Ending(FrontEvent.Reason.DEADLINE)));
      }
      return end;
    }

    private void read() {
      while (end.equals("open")) {
        ImapCommand command = decoder.decode(in);
        if (command == null) {
          return;
        }
        perform(front.command(command));
      }
    }

    private void perform(FrontStep step) {
      switch (step) {
        case FrontStep.Say(String text, Expect next) -> {
          check(text);
          decoder.expect(next);
        }
        case FrontStep.Refuse(String text) -> {
          check(text);
          decoder.expect(Expect.COMMAND);
        }
        case FrontStep.RefuseAndHangUp(String text) -> hangUp(text);
        case FrontStep.HangUp(String text) -> hangUp(text);
        case FrontStep.StartTls(String text) -> {
          check(text);
          in.clear();
          perform(front.on(new FrontEvent.TlsStarted()));
        }
        case FrontStep.Verify(Credentials credentials) -> {
          credentials.secret().close();
          perform(front.on(new FrontEvent.Decided(outcome())));
        }
        case FrontStep.InClear(String _, Optional<Credentials> exposed, FrontStep then) -> {
          exposed.ifPresent(sent -> sent.secret().close());
          perform(then);
        }
        case FrontStep.SpeaksFor(var _, FrontStep then) -> perform(then);
        case FrontStep.Reject(var reason, var _) ->
            perform(front.on(new FrontEvent.Decided(new AuthOutcome.Rejected(reason))));
        case FrontStep.Connect _ -> {
          assertThat(isAccepted).isTrue();
          perform(front.on(upstream()));
        }
        case FrontStep.Splice(String text) -> {
          assertThat(isAccepted).isTrue();
          check(text);
          end = "spliced";
        }
      }
    }

    private AuthOutcome outcome() {
      isAccepted = random.nextInt(4) == 0;
      if (isAccepted) {
        return new AuthOutcome.Accepted(
            new Grant("00", "alice", "1", Optional.empty(), "alice", Map.of(), Optional.empty()));
      }
      RejectReason[] reasons = RejectReason.values();
      return random.nextInt(4) == 0
          ? new AuthOutcome.Unavailable(AuthOutcome.Trouble.DATABASE)
          : new AuthOutcome.Rejected(reasons[random.nextInt(reasons.length)]);
    }

    private FrontEvent upstream() {
      return random.nextBoolean()
          ? new FrontEvent.UpstreamReady(
              new UpstreamSession(List.of("IMAP4rev1", "X]\r\n* BYE", "AUTH=PLAIN")))
          : new FrontEvent.UpstreamFailed(
              new UpstreamFailure(UpstreamFailure.Cause.LOGIN_REFUSED, SECRET));
    }

    private void hangUp(String text) {
      check(text);
      end = "hung up";
    }

    private static void check(String text) {
      if (!text.isEmpty()) {
        assertThat(text).endsWith("\r\n");
      }
      for (String line : text.split("\r\n", -1)) {
        assertThat(line).matches("[ -~]*");
      }
      assertThat(text).doesNotContain(SECRET).doesNotContain(PLAIN);
    }
  }

  private static final List<String> LINES =
      List.of(
          "* OK ready",
          "* OK [CAPABILITY IMAP4rev1 SASL-IR AUTH=PLAIN] ready",
          "* OK [CAPABILITY IMAP4rev1 AUTH=LOGIN STARTTLS] ready",
          "* OK [CAPABILITY IMAP4rev1 STARTTLS] ready",
          "* OK [CAPABILITY IMAP4rev1 SASL-IR AUTH=XOAUTH2] ready",
          "* OK [CAPABILITY IMAP4rev1 AUTH=OAUTHBEARER STARTTLS] ready",
          "* CAPABILITY IMAP4rev1 AUTH=PLAIN",
          "* CAPABILITY IMAP4rev1 AUTH=OAUTHBEARER NAMESPACE",
          "* CAPABILITY IMAP4rev1 STARTTLS",
          "* CAPABILITY",
          "* OK [CAPABILITY IMAP4rev1 LOGINDISABLED] ready",
          "* PREAUTH hello",
          "* BYE",
          "* NO [ALERT] " + SECRET,
          "+",
          "+ ",
          "+ VXNlcm5hbWU6",
          "+ " + base64("{\"status\":\"" + SECRET + "\"}"),
          "* BYE Request is throttled. Suggested Backoff Time: 60000 milliseconds",
          "P1 OK",
          "P1 OK done",
          "P2 OK [CAPABILITY IMAP4rev1 IDLE] done",
          "P2 OK done",
          "P3 OK done",
          "P3 OK [CAPABILITY",
          "P4 OK done",
          "P2 BAD User is authenticated but not connected.",
          "P4 BAD User is authenticated but not connected.",
          "P1 NO [AUTHENTICATIONFAILED] " + SECRET,
          "P2 NO [" + SECRET + "] no",
          "P1 NO no",
          "P2 NO no",
          "P3 NO no",
          "P3 BAD " + SECRET,
          "",
          "*",
          "* ",
          "\0",
          "HTTP/1.1 400");

  enum Account {
    MASTER,
    OWN,
    TOKEN;

    UpstreamCredentials credentials() {
      Secret secret = Secret.ofText(SECRET);
      return switch (this) {
        case MASTER -> new UpstreamCredentials.Password(Optional.of("alice"), "svc", secret);
        case OWN -> new UpstreamCredentials.Password(Optional.empty(), "svc", secret);
        case TOKEN -> new UpstreamCredentials.Bearer("svc", secret, "mx.example.com", 993, true);
      };
    }
  }

  @ParameterizedTest
  @EnumSource(Account.class)
  void theUpstreamSideTakesAnything(Account account) {
    Set<String> ends = new TreeSet<>();
    for (Security security : Security.values()) {
      for (int seed = 0; seed < 8_000; seed++) {
        ends.add(login(security, account, new Random(seed)));
      }
    }
    assertThat(ends)
        .as("the lines reach every end")
        .contains("logged in", "PROTOCOL", "NOT_SERVING", "NO_TLS", "NO_MECHANISM")
        .contains("LOGIN_REFUSED", "THROTTLED", "NOT_CONNECTED");
  }

  private static String login(Security security, Account account, Random random) {
    ImapUpstream upstream =
        new ImapUpstream(
            new UpstreamPlan(
                security,
                "mail.example.com",
                Optional.of(account.credentials()),
                List.of(),
                Optional.empty(),
                true));
    boolean isProtected = security != Security.STARTTLS;
    boolean isSecretSent = false;
    UpstreamStep step = upstream.connected();
    for (int i = 0; ; i++) {
      assertThat(i).isLessThan(ImapUpstream.LINE_LIMIT + 10);
      switch (step) {
        case UpstreamStep.Read _ -> step = upstream.line(line(random));
        case UpstreamStep.Send(String line) -> {
          assertThat(line).endsWith("\r\n").doesNotContain(SECRET).doesNotContain("svc");
          step = upstream.line(line(random));
        }
        case UpstreamStep.SendSecret(Secret line, var _) -> {
          assertThat(isProtected).isTrue();
          isSecretSent = true;
          line.close();
          step = upstream.line(line(random));
        }
        case UpstreamStep.StartTls _ -> {
          isProtected = true;
          step = upstream.tlsStarted();
        }
        case UpstreamStep.LoggedIn _ -> {
          assertThat(isSecretSent).isTrue();
          return "logged in";
        }
        case UpstreamStep.GiveUp(String line, UpstreamFailure failure) -> {
          assertThat(line).isEqualTo("*\r\n");
          return failure.cause().name();
        }
        case UpstreamStep.Failed(UpstreamFailure failure) -> {
          assertThat(failure.detail()).matches("[ -~]{0,200}").doesNotContain(SECRET);
          return failure.cause().name();
        }
      }
    }
  }

  private static String line(Random random) {
    if (random.nextInt(20) > 0) {
      return LINES.get(random.nextInt(LINES.size()));
    }
    byte[] noise = new byte[random.nextInt(40)];
    random.nextBytes(noise);
    return new String(noise, ISO_8859_1);
  }

  private static String base64(String text) {
    return Base64.getEncoder().encodeToString(text.getBytes(ISO_8859_1));
  }
}
