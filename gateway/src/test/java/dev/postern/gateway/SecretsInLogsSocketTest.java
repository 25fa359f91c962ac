package dev.postern.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.postern.gateway.GatewayConfig.Endpoint;
import dev.postern.gateway.GatewayConfig.Listener;
import dev.postern.gateway.GatewayConfig.Listener.Tls;
import dev.postern.gateway.GatewayConfig.Upstream;
import dev.postern.gateway.dialogue.UpstreamPlan.Security;
import dev.postern.gateway.net.EchoingServer;
import dev.postern.gateway.net.EverythingLogged;
import dev.postern.gateway.net.LeakCheck;
import dev.postern.gateway.net.ScriptedUpstream;
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
import java.util.stream.Stream;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Every way to log in, over every protocol, with a good and a wrong secret and in forms that no
 * client should send; every way in which we log in at an upstream, which repeats what it hears. No
 * secret is in the log at any level, nor on the record, nor in a metric. Alice's logins are traced
 * all the while.
 */
@ExtendWith(LeakCheck.class)
class SecretsInLogsSocketTest {
  private static final String GOOD = "hv7q-2kzw-xr5d";
  private static final String WRONG = "kzvq-xwjh-93tm";
  private static final String OURS = "zp4x-m8vd-q6wn";

  @TempDir Path folder;

  @ParameterizedTest
  @MethodSource("logins")
  void noClientsSecretIsInTheLog(Scope protocol, String login) throws Exception {
    EchoingServer server = new EchoingServer(protocol, "PLAIN", true);
    try (EverythingLogged log = new EverythingLogged();
        ScriptedUpstream upstream = new ScriptedUpstream(server);
        GatewayFixture fixture = fixture(protocol, Tls.NONE, upstream)) {
      send(fixture, login, GOOD);
      assertThat(server.logins()).as("as alice").isEqualTo(1);
      send(fixture, login, WRONG);
      assertThat(server.logins()).isEqualTo(1);
      assertNowhere(fixture, log, 2);
      assertThat(log.lines())
          .anyMatch(line -> line.contains("<login accepted>"))
          .anyMatch(line -> line.contains("<login refused: wrong-secret>"));
    }
    // In clear where that is not taken.
    try (EverythingLogged log = new EverythingLogged();
        ScriptedUpstream upstream = new ScriptedUpstream(server);
        GatewayFixture fixture = fixture(protocol, Tls.STARTTLS, upstream)) {
      send(fixture, login, GOOD);
      assertThat(server.logins()).isEqualTo(1);
      assertNowhere(fixture, log, 1);
      assertThat(log.lines())
          .anyMatch(line -> line.contains("login refused") && line.endsWith(" reason=in-clear"));
    }
    // In clear where TLS is spoken from the first byte on: the JDK's engine would quote it.
    try (EverythingLogged log = new EverythingLogged();
        ScriptedUpstream upstream = new ScriptedUpstream(server);
        GatewayFixture fixture = fixture(protocol, Tls.IMPLICIT, upstream);
        Wire client = Wire.connect(fixture.gateway.listeners().getFirst().address())) {
      send(client, login, GOOD);
      assertThat(server.logins()).isEqualTo(1);
      assertNowhere(fixture, log, 1);
      assertThat(log.lines()).anyMatch(line -> line.contains(" end=tls-failed cause=not-tls "));
    }
  }

  /** {@code @} stands for the secret, {@code %} for its base64, {@code #} for PLAIN with it. */
  static List<Arguments> logins() {
    String alice = base64("alice");
    return List.of(
        Arguments.of(Scope.IMAP, "a LOGIN alice @\r\n"),
        Arguments.of(Scope.IMAP, "a LOGIN \"alice\" \"@\"\r\n"),
        Arguments.of(Scope.IMAP, "a LOGIN {5}\r\nalice {14}\r\n@\r\n"),
        Arguments.of(Scope.IMAP, "a LOGIN alice {14+}\r\n@\r\n"),
        Arguments.of(Scope.IMAP, "a AUTHENTICATE PLAIN #\r\n"),
        Arguments.of(Scope.IMAP, "a AUTHENTICATE PLAIN\r\n#\r\n"),
        Arguments.of(Scope.IMAP, "a AUTHENTICATE LOGIN\r\n" + alice + "\r\n%\r\n"),
        Arguments.of(Scope.IMAP, "a AUTHENTICATE LOGIN " + alice + "\r\n%\r\n"),
        Arguments.of(Scope.POP3, "USER alice\r\nPASS @\r\n"),
        Arguments.of(Scope.POP3, "AUTH PLAIN #\r\n"),
        Arguments.of(Scope.POP3, "AUTH PLAIN\r\n#\r\n"),
        Arguments.of(Scope.POP3, "AUTH LOGIN\r\n" + alice + "\r\n%\r\n"),
        Arguments.of(Scope.SUBMISSION, "AUTH PLAIN #\r\n"),
        Arguments.of(Scope.SUBMISSION, "AUTH PLAIN\r\n#\r\n"),
        Arguments.of(Scope.SUBMISSION, "AUTH LOGIN\r\n" + alice + "\r\n%\r\n"),
        Arguments.of(Scope.SUBMISSION, "AUTH LOGIN " + alice + "\r\n%\r\n"));
  }

  @ParameterizedTest
  @EnumSource
  void whatNoClientShouldSendIsNotInTheLogEither(Scope protocol) throws Exception {
    List<String> malformed = malformed(protocol);
    try (EverythingLogged log = new EverythingLogged();
        ScriptedUpstream upstream = new ScriptedUpstream(Wire::rest);
        GatewayFixture fixture = fixture(protocol, Tls.NONE, upstream)) {
      for (String conversation : malformed) {
        send(fixture, conversation, WRONG);
      }
      assertNowhere(fixture, log, malformed.size());
    }
  }

  /** As above, behind a login with a traced user's name, so that all of it is traced. */
  @ParameterizedTest
  @EnumSource
  void whatNoClientShouldSendIsNotInTheTraceEither(Scope protocol) throws Exception {
    List<String> malformed = malformed(protocol);
    String login =
        switch (protocol) {
          case IMAP -> "a AUTHENTICATE PLAIN #\r\n";
          case POP3, SUBMISSION -> "AUTH PLAIN #\r\n";
        };
    try (EverythingLogged log = new EverythingLogged();
        ScriptedUpstream upstream = new ScriptedUpstream(Wire::rest);
        GatewayFixture fixture = fixture(protocol, Tls.NONE, upstream)) {
      for (String conversation : malformed) {
        send(fixture, login + conversation, WRONG);
      }
      assertNowhere(fixture, log, malformed.size());
      assertThat(log.lines().stream().filter(line -> line.contains("login traced")))
          .hasSizeGreaterThan(3 * malformed.size());
    }
  }

  private static List<String> malformed(Scope protocol) {
    String begin =
        switch (protocol) {
          case IMAP -> "a AUTHENTICATE ";
          case POP3, SUBMISSION -> "AUTH ";
        };
    Stream<String> shared =
        Stream.of(
            "@\r\n",
            "% #\r\n",
            begin + "@\r\n",
            begin + "@ #\r\n",
            begin + "PLAIN @\r\n",
            begin + "PLAIN !!%\r\n",
            begin + "PLAIN #=\r\n",
            begin + "PLAIN # %\r\n",
            begin + "PLAIN %\r\n",
            begin + "PLAIN " + "%".repeat(900) + "\r\n",
            begin + "PLAIN\r\n" + "%".repeat(900) + "\r\n",
            begin + "PLAIN\r\n@\r\n@\r\n",
            begin + "PLAIN\r\n*@\r\n",
            begin + "PLAIN\r\n" + begin + "PLAIN #\r\n",
            begin + "PLAIN\r\n#",
            begin + "LOGIN\r\n@\r\n@\r\n",
            begin + "LOGIN\r\n%\r\n%\r\n",
            begin + "LOGIN\r\n%\r\n*\r\n@\r\n",
            begin + "LOGIN\r\n" + "%".repeat(900) + "\r\n",
            begin + "LOGIN %\r\n" + "%".repeat(900) + "\r\n",
            begin + "LOGIN %\r\n@ % #",
            "@ ".repeat(40_000),
            "@\r\n".repeat(40));
    Stream<String> own =
        switch (protocol) {
          case IMAP ->
              Stream.of(
                  "a LOGIN @\r\n",
                  "a LOGIN @ @\r\n",
                  "a LOGIN alice @ @\r\n",
                  "a LOGIN alice \"@\r\n",
                  "a LOGIN alice \"@\\x\"\r\n",
                  "a LOGIN alice " + "@".repeat(900) + "\r\n",
                  "a LOGIN alice {99999}\r\n@\r\n",
                  "a LOGIN alice {99999+}\r\n@\r\n",
                  "a LOGIN alice {14}\r\n@@\r\n",
                  "a LOGIN alice {14",
                  "a LOGIN alice {20}\r\n@",
                  "LOGIN alice @\r\n",
                  "@ LOGIN alice x\r\n",
                  "a SELECT @\r\n",
                  "a CAPABILITY @\r\n",
                  "a ID (\"@\")\r\n",
                  "a AUTHENTICATE PLAIN {14}\r\n@\r\n");
          case POP3 ->
              Stream.of(
                  "PASS @\r\n",
                  "USER @\r\nPASS @\r\n",
                  "USER alice\r\nPASS @ @\r\n",
                  "USER alice\r\nPASS" + " @".repeat(900) + "\r\n",
                  "USER alice\r\n@\r\nPASS @\r\n",
                  "USER alice\r\nPASS @\u0007\r\n",
                  "APOP alice @\r\n",
                  "STLS @\r\n",
                  "RETR @\r\n");
          case SUBMISSION ->
              Stream.of(
                  "EHLO @\r\n",
                  "MAIL FROM:<@>\r\n",
                  "AUTH\r\n@\r\n",
                  "AUTHPLAIN #\r\n",
                  "AUTH=PLAIN #\r\n",
                  "BDAT 14\r\n@",
                  "VRFY @\r\n",
                  "STARTTLS @\r\n");
        };
    return Stream.concat(shared, own).toList();
  }

  @ParameterizedTest
  @MethodSource("upstreams")
  void ourOwnSecretIsNotInTheLog(Scope protocol, String mechanism, boolean isTaking)
      throws Exception {
    EchoingServer server = new EchoingServer(protocol, mechanism, isTaking);
    String login =
        switch (protocol) {
          case IMAP -> "a AUTHENTICATE PLAIN #\r\n";
          case POP3, SUBMISSION -> "AUTH PLAIN #\r\n";
        };
    try (EverythingLogged log = new EverythingLogged();
        ScriptedUpstream upstream = new ScriptedUpstream(server);
        GatewayFixture fixture = fixture(protocol, Tls.NONE, upstream)) {
      assertThat(send(fixture, login, GOOD)).doesNotContain(OURS, base64(OURS));
      assertThat(server.logins()).isEqualTo(1);
      assertNowhere(fixture, log, 1);
      assertThat(log.lines())
          .anyMatch(line -> line.contains("way=U>"))
          .anyMatch(line -> line.contains("way=U<"));
    }
  }

  static List<Arguments> upstreams() {
    return Stream.of(true, false)
        .flatMap(isTaking ->
            Stream.of(
                Arguments.of(Scope.IMAP, "PLAIN SASL-IR", isTaking),
                Arguments.of(Scope.IMAP, "PLAIN", isTaking),
                Arguments.of(Scope.IMAP, "LOGIN", isTaking),
                Arguments.of(Scope.IMAP, "", isTaking),
                Arguments.of(Scope.POP3, "PLAIN", isTaking),
                Arguments.of(Scope.POP3, "LOGIN", isTaking),
                Arguments.of(Scope.POP3, "", isTaking),
                Arguments.of(Scope.SUBMISSION, "PLAIN", isTaking),
                Arguments.of(Scope.SUBMISSION, "LOGIN", isTaking)))
        .toList();
  }

  /** Sends it all at once, ends the client's stream, and reads to the end. */
  private static String send(GatewayFixture fixture, String conversation, String secret)
      throws IOException {
    try (Wire client = fixture.connect()) {
      return send(client, conversation, secret);
    }
  }

  private static String send(Wire client, String conversation, String secret) throws IOException {
    String plain = base64("\0alice\0" + secret);
    client.send(conversation.replace("#", plain).replace("%", base64(secret)).replace("@", secret));
    client.shutdownOutput();
    return client.rest();
  }

  private static void assertNowhere(GatewayFixture fixture, EverythingLogged log, int sessions) {
    await()
        .untilAsserted(() ->
            assertThat(log.lines().stream().filter(line -> line.contains("session ended")))
                .hasSize(sessions));
    String shown = fixture.signIns + " " + fixture.metrics.getMetersAsString();
    for (String secret : List.of(GOOD, WRONG, OURS)) {
      log.assertNowhere(secret);
      assertThat(shown).doesNotContain(secret, base64(secret));
    }
  }

  private GatewayFixture fixture(Scope protocol, Tls tls, ScriptedUpstream server) {
    GatewayConfig usual =
        GatewayFixture.config(
            folder, tls, "localhost", server.port(), Security.CLEAR, GatewayFixture.LIMITS);
    Upstream upstream = usual.upstreams().values().iterator().next();
    GatewayFixture fixture =
        new GatewayFixture(
            AlteredConfig.of(usual)
                .listeners(new Listener(protocol, "127.0.0.1", 0, tls, Optional.empty()))
                .upstreams(
                    Map.of(
                        "real",
                        new Upstream(
                            "real",
                            Map.of(
                                protocol, new Endpoint("localhost", server.port(), Security.CLEAR)),
                            upstream.trust(),
                            new LoginMethod.MasterUser(
                                "svc", Secret.ofText(OURS), Optional.of("*")),
                            upstream.identify(),
                            upstream.watch())))
                .config());
    fixture.rightSecret = GOOD;
    fixture.trace(Duration.ofMinutes(10));
    return fixture;
  }

  private static String base64(String text) {
    return Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.ISO_8859_1));
  }
}
