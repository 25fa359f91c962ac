package dev.postern.gateway.smtp;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import dev.postern.gateway.dialogue.UpstreamFailure;
import dev.postern.gateway.dialogue.UpstreamFailure.Cause;
import dev.postern.gateway.dialogue.UpstreamPlan;
import dev.postern.gateway.dialogue.UpstreamPlan.Security;
import dev.postern.gateway.dialogue.UpstreamPlan.UpstreamCredentials;
import dev.postern.gateway.dialogue.UpstreamStep;
import dev.postern.store.auth.Secret;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SmtpUpstreamTest {

  private static final String PASSWORD = "upstream-pa55word";

  private static UpstreamPlan plan(Security security, String... promised) {
    return new UpstreamPlan(
        security, "gate.example.com", Optional.of(login(Optional.empty())), List.of(promised));
  }

  private static UpstreamCredentials login(Optional<String> authorizeAs) {
    return new UpstreamCredentials.Password(authorizeAs, "alice", Secret.ofText(PASSWORD));
  }

  /** Sends lines and returns the last step; a secret line is shown as text. */
  private static String steps(SmtpUpstream upstream, String... lines) {
    List<String> said = new ArrayList<>();
    for (String line : lines) {
      said.add(show(upstream.line(line)));
    }
    return String.join("|", said.stream().filter(s -> !s.equals("read")).toList());
  }

  private static String show(UpstreamStep step) {
    return switch (step) {
      case UpstreamStep.Read _ -> "read";
      case UpstreamStep.Send(String line) -> line.replace("\r\n", "");
      case UpstreamStep.SendSecret(Secret line, var _) ->
          line.expose(bytes -> new String(bytes, ISO_8859_1)).replace("\r\n", "");
      case UpstreamStep.StartTls _ -> "tls";
      case UpstreamStep.LoggedIn(var session) -> "in" + session.features();
      case UpstreamStep.GiveUp(var line, var failure) -> line + failure.cause().word();
      case UpstreamStep.Failed(var failure) -> failure.cause().word();
    };
  }

  @Test
  void logsInByPlainWithInitialResponse() {
    SmtpUpstream upstream = new SmtpUpstream(plan(Security.IMPLICIT_TLS));
    assertThat(show(upstream.connected())).isEqualTo("read");
    assertThat(
            steps(
                upstream,
                "220-mx ESMTP",
                "220 welcome",
                "250-mx",
                "250-SIZE 5",
                "250 AUTH LOGIN PLAIN",
                "235-2.7.0 well",
                "235 2.7.0 done"))
        .isEqualTo(
            "EHLO gate.example.com|AUTH PLAIN "
                + SmtpConversation.plain("alice", PASSWORD)
                + "|in[SIZE 5, AUTH LOGIN PLAIN]");
  }

  @Test
  void logsInByLoginWherePlainIsNotOffered() {
    assertThat(
            steps(
                new SmtpUpstream(plan(Security.CLEAR)),
                "220 mx",
                "250-mx",
                "250 auth=login",
                "334 VXNlcm5hbWU6",
                "334 UGFzc3dvcmQ6",
                "235 ok"))
        .isEqualTo(
            "EHLO gate.example.com|AUTH LOGIN|"
                + SmtpConversation.base64("alice")
                + "|"
                + SmtpConversation.base64(PASSWORD)
                + "|in[auth=login]");
  }

  @Test
  void opensAnotherMailboxOnlyByPlain() {
    var master =
        new UpstreamPlan(
            Security.IMPLICIT_TLS, "g", Optional.of(login(Optional.of("bob"))), List.of());
    assertThat(steps(new SmtpUpstream(master), "220 mx", "250-mx", "250 AUTH PLAIN"))
        .endsWith("AUTH PLAIN " + SmtpConversation.base64("bob\0alice\0" + PASSWORD));
    assertThat(steps(new SmtpUpstream(master), "220 mx", "250-mx", "250 AUTH LOGIN"))
        .endsWith("|no-mechanism");
  }

  /** RFC 5321 §4.5.3.1.4: 512 octets with the line end. */
  @ParameterizedTest
  @CsvSource({"365, true", "366, false"})
  void putsALongResponseOnItsOwnLine(int length, boolean isOneLine) {
    String password = "p".repeat(length);
    var plan =
        new UpstreamPlan(
            Security.IMPLICIT_TLS,
            "g",
            Optional.of(
                new UpstreamCredentials.Password(
                    Optional.empty(), "alice", Secret.ofText(password))),
            List.of());
    String message = SmtpConversation.plain("alice", password);
    String said =
        steps(new SmtpUpstream(plan), "220 mx", "250-mx", "250 AUTH PLAIN", "334 ", "334 ");
    assertThat(said)
        .isEqualTo(
            isOneLine
                ? "EHLO g|AUTH PLAIN " + message + "|protocol|protocol"
                : "EHLO g|AUTH PLAIN|" + message + "|protocol");
  }

  @Test
  void asksAgainOnceTlsIsThere() {
    SmtpUpstream upstream = new SmtpUpstream(plan(Security.STARTTLS));
    assertThat(steps(upstream, "220 mx", "250-mx", "250-AUTH PLAIN", "250 starttls", "220 go"))
        .isEqualTo("EHLO gate.example.com|STARTTLS|tls");
    assertThat(show(upstream.tlsStarted())).isEqualTo("EHLO gate.example.com");
    assertThat(steps(upstream, "250-mx", "250 AUTH LOGIN")).isEqualTo("AUTH LOGIN");
  }

  @ParameterizedTest
  @ValueSource(strings = {"220 mx", "250 mx", "235 in", "334 ", "535 no"})
  void aReplyThatNobodyWaitsForEndsIt(String reply) {
    SmtpUpstream securing = new SmtpUpstream(plan(Security.STARTTLS));
    steps(securing, "220 mx", "250-mx", "250 STARTTLS", "220 go");
    assertThat(steps(securing, reply)).isEqualTo("protocol");

    SmtpUpstream loggedIn = new SmtpUpstream(plan(Security.CLEAR));
    assertThat(steps(loggedIn, "220 mx", "250-mx", "250 AUTH PLAIN", "235 in")).contains("|in[");
    assertThat(steps(loggedIn, reply)).isEqualTo("protocol");
    assertThat(show(loggedIn.tlsStarted())).isEqualTo("protocol");
  }

  @Test
  void sendsNoSecretWithoutTheTlsItIsToldToUse() {
    assertThat(
            steps(new SmtpUpstream(plan(Security.STARTTLS)), "220 mx", "250-mx", "250 AUTH PLAIN"))
        .endsWith("|no-tls");
    assertThat(
            steps(
                new SmtpUpstream(plan(Security.STARTTLS)),
                "220 mx",
                "250-mx",
                "250 STARTTLS",
                "454 4.7.0 no"))
        .endsWith("|no-tls");
  }

  @Test
  void checksPromisesBeforeLoggingIn() {
    var plan = plan(Security.IMPLICIT_TLS, "SIZE", "SMTPUTF8");
    assertThat(steps(new SmtpUpstream(plan), "220 mx", "250-mx", "250-SIZE 9", "250 AUTH PLAIN"))
        .endsWith("|broken-promise");
    assertThat(
            steps(
                new SmtpUpstream(plan),
                "220 mx",
                "250-mx",
                "250-size",
                "250-SmtpUtf8",
                "250 AUTH PLAIN"))
        .contains("|AUTH PLAIN ");
  }

  @Test
  void aBrokenPromiseSaysWhatIsMissingAndWhatThereIs() {
    SmtpUpstream upstream = new SmtpUpstream(plan(Security.CLEAR, "SIZE", "DSN", "SMTPUTF8"));
    upstream.connected();
    upstream.line("220 mx");
    upstream.line("250-mx");
    upstream.line("250-SIZE 9");
    assertThat(upstream.line("250 AUTH PLAIN"))
        .isEqualTo(
            new UpstreamStep.Failed(
                new UpstreamFailure(
                    Cause.BROKEN_PROMISE,
                    "does not offer DSN, SMTPUTF8",
                    List.of("SIZE 9", "AUTH PLAIN"))));
  }

  @Test
  void probesWithoutLoggingIn() {
    var probe = new UpstreamPlan(Security.CLEAR, "g", Optional.empty(), List.of());
    assertThat(steps(new SmtpUpstream(probe), "220 mx", "250-mx", "250-DSN", "250 AUTH PLAIN"))
        .isEqualTo("EHLO g|in[DSN, AUTH PLAIN]");
  }

  @ParameterizedTest
  @CsvSource({
    "421 4.3.2 closing, not-serving",
    "554 no, not-serving",
    "250 hm, protocol",
    "* OK IMAP ready, protocol",
    "22, protocol",
    "220x, protocol",
    "999 x, protocol"
  })
  void knowsABadGreeting(String line, String cause) {
    assertThat(steps(new SmtpUpstream(plan(Security.CLEAR)), line)).isEqualTo(cause);
  }

  @ParameterizedTest
  @CsvSource({
    "535 5.7.8 no, login-refused",
    "534 5.7.9 no, login-refused",
    "530 5.7.0 no, login-refused",
    "505 no, login-refused",
    "500 5.5.6 too long, protocol",
    "501 5.5.2 cannot read it, protocol",
    "502 5.5.1 what, protocol",
    "503 5.5.1 not now, protocol",
    "504 5.5.4 no such mechanism, protocol",
    "454 4.7.0 later, not-serving",
    "421 bye, not-serving",
    "250 fine, protocol",
    "235x, protocol"
  })
  void knowsARefusal(String line, String cause) {
    assertThat(
            steps(
                new SmtpUpstream(plan(Security.CLEAR)), "220 mx", "250-mx", "250 AUTH PLAIN", line))
        .endsWith("|" + cause);
  }

  /** RFC 7628 §3.2.3: it has told why, and then some servers call our answer to that malformed. */
  @Test
  void aTokenThatWasRefusedIsNoErrorOfSyntax() {
    var plan =
        new UpstreamPlan(
            Security.IMPLICIT_TLS,
            "g",
            Optional.of(
                new UpstreamCredentials.Bearer("alice", Secret.ofText("token"), "mx", 465, false)),
            List.of());
    assertThat(
            steps(
                new SmtpUpstream(plan),
                "220 mx",
                "250-mx",
                "250 AUTH OAUTHBEARER",
                "334 " + SmtpConversation.base64("{\"status\":\"401\"}"),
                "501 5.5.2 cannot read it"))
        .endsWith("|login-refused");
  }

  @Test
  void refusesToGoOnWithoutAuth() {
    assertThat(steps(new SmtpUpstream(plan(Security.CLEAR)), "220 mx", "250 mx"))
        .endsWith("|no-mechanism");
    assertThat(steps(new SmtpUpstream(plan(Security.CLEAR)), "220 mx", "250-mx", "250 AUTH GSSAPI"))
        .endsWith("|no-mechanism");
    assertThat(steps(new SmtpUpstream(plan(Security.CLEAR)), "220 mx", "502 no EHLO"))
        .endsWith("|protocol");
  }

  @Test
  void readsRepliesOfSoManyLinesAndNoMore() {
    SmtpUpstream most = new SmtpUpstream(plan(Security.CLEAR));
    SmtpUpstream more = new SmtpUpstream(plan(Security.CLEAR));
    for (int i = 1; i < SmtpReply.LINE_LIMIT; i++) {
      assertThat(show(most.line("220-x"))).isEqualTo("read");
      assertThat(show(more.line("220-x"))).isEqualTo("read");
    }
    assertThat(show(most.line("220 x"))).startsWith("EHLO");
    assertThat(show(more.line("220-x"))).isEqualTo("read");
    assertThat(show(more.line("220 x"))).isEqualTo("protocol");

    SmtpUpstream wide = new SmtpUpstream(plan(Security.CLEAR));
    for (int i = 0; i < 8; i++) {
      assertThat(show(wide.line("220-" + "x".repeat(8_192)))).isEqualTo("read");
    }
    assertThat(show(wide.line("220-x"))).isEqualTo("protocol");
  }

  @Test
  void refusesRepliesWhoseCodeChanges() {
    assertThat(steps(new SmtpUpstream(plan(Security.CLEAR)), "250-mx", "220 mx"))
        .isEqualTo("protocol");
  }

  @Test
  void readsTextsInAnyEncoding() {
    assertThat(steps(new SmtpUpstream(plan(Security.CLEAR)), "220 \u00c3\u0085ngstr\u00f6m"))
        .startsWith("EHLO");
  }

  /** A server may repeat what we sent. */
  @ParameterizedTest
  @ValueSource(strings = {"535 5.7.8 ", "454 4.7.0 ", "250 "})
  void doesNotLogWhatAServerRepeats(String code) {
    SmtpUpstream upstream = new SmtpUpstream(plan(Security.CLEAR));
    String sent = steps(upstream, "220 mx", "250-mx", "250 AUTH PLAIN");
    assertThat(upstream.line(code + "cannot " + sent + " " + PASSWORD))
        .isInstanceOfSatisfying(
            UpstreamStep.Failed.class,
            failed ->
                assertThat(failed.failure().detail())
                    .isEqualTo("AUTH: " + code.strip())
                    .doesNotContain(PASSWORD));
  }

  @Test
  void cleansAndShortensWhatItQuotes() {
    assertThat(new SmtpUpstream(plan(Security.CLEAR)).line("554 \u001b[31m\0" + "x".repeat(300)))
        .isInstanceOfSatisfying(
            UpstreamStep.Failed.class,
            failed -> {
              assertThat(failed.failure().detail())
                  .hasSize(200)
                  .matches("[ -~]+")
                  .startsWith("greeting: 554 ?[31m?x");
              assertThat(failed.failure().cause()).isEqualTo(Cause.NOT_SERVING);
            });
  }

  @Test
  void writesOnlyANameIntoEhlo() {
    var plan =
        new UpstreamPlan(Security.CLEAR, "gate\r\nMAIL FROM:<x>", Optional.empty(), List.of());
    assertThat(new SmtpUpstream(plan).line("220 mx"))
        .isEqualTo(new UpstreamStep.Send("EHLO gateMAILFROM:<x>\r\n"));
  }

  /**
   * Whatever a server says: no exception, no secret before TLS, no login without having sent it.
   */
  @Test
  void survivesAnything() {
    List<String> pieces =
        List.of(
            "220 mx",
            "220-mx",
            "250-mx",
            "250 mx",
            "250-STARTTLS",
            "250 STARTTLS",
            "250-AUTH PLAIN",
            "250 AUTH LOGIN",
            "250-AUTH",
            "250 AUTH=PLAIN",
            "334 ",
            "334 x",
            "334-x",
            "235 2.7.0 ok",
            "235-ok",
            "421 x",
            "535 5.7.8 x",
            "454 x",
            "",
            "\0",
            "2200",
            "250",
            "250-",
            "220 go");
    int loggedIn = 0;
    for (long seed = 0; seed < 20_000; seed++) {
      Random random = new Random(seed);
      Security security = List.of(Security.values()).get(random.nextInt(3));
      SmtpUpstream upstream = new SmtpUpstream(plan(security));
      boolean isSecure = security != Security.STARTTLS;
      boolean isSent = false;
      UpstreamStep step = upstream.connected();
      for (int i = 0; i < 40 && !isEnd(step); i++) {
        if (step instanceof UpstreamStep.StartTls) {
          isSecure = true;
          step = upstream.tlsStarted();
        } else {
          step = upstream.line(likely(step, pieces, random));
        }
        if (step instanceof UpstreamStep.SendSecret(Secret line, var _)) {
          assertThat(isSecure).as("seed %d", seed).isTrue();
          isSent = true;
          line.close();
        }
      }
      if (step instanceof UpstreamStep.LoggedIn) {
        assertThat(isSecure).as("seed %d", seed).isTrue();
        loggedIn += isSent ? 1 : 0;
      }
    }
    assertThat(loggedIn).as("the generator reaches the end").isGreaterThan(100);
  }

  private static boolean isEnd(UpstreamStep step) {
    return step instanceof UpstreamStep.LoggedIn || step instanceof UpstreamStep.Failed;
  }

  /** Mostly an answer that fits, so that the conversation gets somewhere. */
  private static String likely(UpstreamStep step, List<String> pieces, Random random) {
    if (random.nextInt(6) == 0) {
      return pieces.get(random.nextInt(pieces.size()));
    }
    return switch (step) {
      case UpstreamStep.Send(String line) when line.startsWith("EHLO") -> "250-mx";
      case UpstreamStep.Send(String line) when line.startsWith("STARTTLS") -> "220 go";
      case UpstreamStep.Send _ -> "334 ";
      case UpstreamStep.SendSecret _ -> random.nextBoolean() ? "235 ok" : "334 ";
      case UpstreamStep.Read _ ->
          List.of("250-STARTTLS", "250 AUTH PLAIN", "250 AUTH LOGIN", "220 mx")
              .get(random.nextInt(4));
      case UpstreamStep.StartTls _,
          UpstreamStep.LoggedIn _,
          UpstreamStep.GiveUp _,
          UpstreamStep.Failed _ ->
          "";
    };
  }
}
