package dev.postern.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import dev.postern.gateway.GatewayConfig.Endpoint;
import dev.postern.gateway.GatewayConfig.Listener;
import dev.postern.gateway.GatewayConfig.Listener.Tls;
import dev.postern.gateway.GatewayConfig.Upstream;
import dev.postern.gateway.dialogue.UpstreamPlan.Security;
import dev.postern.gateway.net.EchoingServer;
import dev.postern.gateway.net.LeakCheck;
import dev.postern.gateway.net.ScriptedUpstream;
import dev.postern.gateway.net.TestLog;
import dev.postern.gateway.net.Wire;
import dev.postern.store.auth.Scope;
import dev.postern.store.auth.Secret;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** What the log shows of a traced user's logins. */
@ExtendWith(LeakCheck.class)
class TraceSocketTest {
  private static final Duration TEN_MINUTES = Duration.ofMinutes(10);
  private static final Pattern LINE =
      Pattern.compile(
          "login traced session=([0-9a-f]{10}) protocol=([a-z0-9]+) user=alice at=\\d+"
              + " way=(C:|S:|U>|U<) line=(?:\"(.*)\"|(\\S+))");

  @TempDir Path folder;
  private final TestLog log = new TestLog("dev.postern.trace");

  @AfterEach
  void close() {
    log.close();
  }

  @Test
  void showsAnImapLoginToTheHandOver() throws Exception {
    try (ScriptedUpstream upstream =
            new ScriptedUpstream(new EchoingServer(Scope.IMAP, "PLAIN SASL-IR", true));
        GatewayFixture fixture = fixture(Scope.IMAP, Tls.NONE, upstream)) {
      fixture.trace(TEN_MINUTES);
      String answer = talk(fixture, "a1 CAPABILITY\r\na2 LOGIN alice right\r\na3 SELECT INBOX\r\n");
      assertThat(answer).contains("a2 OK Logged in");
    }
    assertThat(shown())
        .containsExactly(
            "S: * OK [CAPABILITY IMAP4REV1 SASL-IR ID AUTH=PLAIN AUTH=LOGIN] gate.test Postern ready",
            "C: <tag> CAPABILITY",
            "S: * CAPABILITY IMAP4REV1 SASL-IR ID AUTH=PLAIN AUTH=LOGIN",
            "S: <tag> OK Capability completed",
            "C: <tag> LOGIN <name> <secret>",
            "S: <login accepted>",
            "U> <logs in at real>",
            "U< * OK [CAPABILITY IMAP4REV1 AUTH=PLAIN SASL-IR]",
            "U> P1 AUTHENTICATE PLAIN <response>",
            "U< P1 OK [CAPABILITY IMAP4REV1]",
            "S: * CAPABILITY IMAP4REV1",
            "S: <tag> OK Logged in",
            "S: <hands over; the trace ends here>");
  }

  @Test
  void showsAPop3LoginThatTheUpstreamRefuses() throws Exception {
    try (ScriptedUpstream upstream =
            new ScriptedUpstream(new EchoingServer(Scope.POP3, "", false));
        GatewayFixture fixture = fixture(Scope.POP3, Tls.NONE, upstream)) {
      fixture.trace(TEN_MINUTES);
      String answer = talk(fixture, "USER alice\r\nPASS right\r\nQUIT\r\n");
      assertThat(answer).contains("-ERR [SYS/PERM]");
    }
    assertThat(shown())
        .containsSubsequence(
            "C: USER <name>",
            "S: +OK Now the app password",
            "C: PASS <secret>",
            "S: <login accepted>",
            "U> <logs in at real>",
            "U< +OK",
            "U> CAPA",
            "U< +OK",
            "U< USER",
            "U< .",
            "U> USER <name>",
            "U< +OK",
            "U> PASS <secret>",
            "U< -ERR",
            "U< <failed: login-refused>",
            "C: QUIT");
  }

  @Test
  void showsWhatCameBeforeTlsAndALoginThatIsRefused() throws Exception {
    try (ScriptedUpstream upstream = new ScriptedUpstream(Wire::rest);
        GatewayFixture fixture = fixture(Scope.SUBMISSION, Tls.STARTTLS, upstream)) {
      fixture.trace(TEN_MINUTES);
      try (Wire client = fixture.client()) {
        client.send("EHLO scanner\r\n");
        client.lineStarting("250 ");
        client.send("STARTTLS\r\n");
        client.lineStarting("220 ");
        client.startTls(GatewayFixture.CA.clientContext());
        client.send("AUTH LOGIN\r\n");
        client.lineStarting("334 ");
        client.send(base64("alice") + "\r\n");
        client.lineStarting("334 ");
        client.send(base64("wrong") + "\r\n");
        client.lineStarting("535 ");
      }
    }
    assertThat(shown())
        .containsExactly(
            "S: 220 gate.test ESMTP Postern",
            "C: EHLO <name>",
            "S: 250-gate.test",
            "S: 250-STARTTLS",
            "S: 250 ENHANCEDSTATUSCODES",
            "C: STARTTLS",
            "S: 220 2.0.0 Ready to start TLS",
            "S: <TLS is on: TLSv1.3>",
            "C: AUTH LOGIN",
            "S: 334 VXNlcm5hbWU6",
            "C: <response>",
            "S: 334 UGFzc3dvcmQ6",
            "C: <response>",
            "S: <login refused: wrong-secret>",
            "S: 535 5.7.8 Sign-in refused: check the user name and the app password");
  }

  @Test
  void showsALoginInClearWhereNoneIsTaken() throws Exception {
    try (ScriptedUpstream upstream = new ScriptedUpstream(Wire::rest);
        GatewayFixture fixture = fixture(Scope.SUBMISSION, Tls.STARTTLS, upstream)) {
      fixture.trace(TEN_MINUTES);
      talk(fixture, GatewayFixture.RIGHT);
    }
    assertThat(shown())
        .containsExactly(
            "S: 220 gate.test ESMTP Postern",
            "C: AUTH PLAIN <response>",
            "S: 530 5.7.0 Must issue a STARTTLS command first",
            "S: <login refused: in-clear>");
  }

  @Test
  void othersAreNotShownNorAnybodyAfterItsTime() throws Exception {
    try (ScriptedUpstream upstream = new ScriptedUpstream(Wire::rest);
        GatewayFixture fixture = fixture(Scope.SUBMISSION, Tls.NONE, upstream)) {
      fixture.trace(TEN_MINUTES);
      talk(fixture, "AUTH PLAIN " + base64("\0bob\0wrong") + "\r\n");
      talk(fixture, "AUTH PLAIN " + base64("\0\0wrong") + "\r\n");
      assertThat(log.lines()).isEmpty();
      talk(fixture, GatewayFixture.WRONG);
      assertThat(log.lines()).isNotEmpty();
      int before = log.lines().size();
      fixture.trace(Duration.ZERO);
      talk(fixture, GatewayFixture.WRONG);
      fixture.trace(Duration.ofNanos(1));
      talk(fixture, GatewayFixture.WRONG);
      assertThat(log.lines()).hasSize(before);
    }
  }

  @Test
  void noClientForgesALine() throws Exception {
    String forged = "x login traced session=0000000000 \u001b[2J user=bob";
    try (ScriptedUpstream upstream =
            new ScriptedUpstream(wire -> {
              wire.send("* OK " + forged + "\r\n* OK [ALERT] " + forged + "\r\n");
              wire.rest();
            });
        GatewayFixture fixture = fixture(Scope.IMAP, Tls.NONE, upstream)) {
      fixture.trace(TEN_MINUTES);
      talk(
          fixture,
          forged
              + "\r\na ID (\"name\" \""
              + forged
              + "\")\r\n"
              + "a AUTHENTICATE forged\r\na LOGIN {"
              + forged.length()
              + "+}\r\n"
              + forged
              + " wrong\r\na LOGIN alice \"bob\u0007\"\r\na LOGIN alice right\r\n");
    }
    assertThat(shown()).contains("C: <tag> LOGIN <name> <secret>", "U< * OK");
    assertThat(log.lines())
        .allMatch(line -> LINE.matcher(line).matches())
        .noneMatch(line -> line.contains("bob"))
        .noneMatch(line -> line.contains("forged"))
        .allMatch(line -> line.chars().allMatch(c -> c >= ' ' && c <= '~'));
  }

  /** Sends it all at once, ends the client's stream, and reads to the end. */
  private static String talk(GatewayFixture fixture, String conversation) throws IOException {
    try (Wire client = fixture.connect()) {
      client.send(conversation);
      client.shutdownOutput();
      return client.rest();
    }
  }

  /** Way and line of each, in order; all of one session. */
  private List<String> shown() {
    List<Matcher> lines = log.lines().stream().map(LINE::matcher).toList();
    assertThat(lines).allMatch(Matcher::matches);
    assertThat(lines.stream().map(line -> line.group(1)).distinct()).hasSize(1);
    return lines.stream()
        .map(line ->
            line.group(3) + " " + Optional.ofNullable(line.group(4)).orElseGet(() -> line.group(5)))
        .toList();
  }

  private GatewayFixture fixture(Scope protocol, Tls tls, ScriptedUpstream server) {
    GatewayConfig usual =
        GatewayFixture.config(
            folder, tls, "localhost", server.port(), Security.CLEAR, GatewayFixture.LIMITS);
    Upstream upstream = usual.upstreams().values().iterator().next();
    return new GatewayFixture(
        AlteredConfig.of(usual)
            .listeners(new Listener(protocol, "127.0.0.1", 0, tls, Optional.empty()))
            .upstreams(
                Map.of(
                    "real",
                    new Upstream(
                        "real",
                        Map.of(protocol, new Endpoint("localhost", server.port(), Security.CLEAR)),
                        upstream.trust(),
                        new LoginMethod.MasterUser("svc", Secret.ofText("ours"), Optional.of("*")),
                        upstream.identify(),
                        upstream.watch())))
            .config());
  }

  private static String base64(String text) {
    return Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.ISO_8859_1));
  }
}
