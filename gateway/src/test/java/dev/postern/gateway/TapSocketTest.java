package dev.postern.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.postern.gateway.GatewayConfig.Endpoint;
import dev.postern.gateway.GatewayConfig.Listener;
import dev.postern.gateway.GatewayConfig.Listener.Tls;
import dev.postern.gateway.GatewayConfig.Upstream;
import dev.postern.gateway.GatewayConfig.Watch;
import dev.postern.gateway.dialogue.UpstreamPlan.Security;
import dev.postern.gateway.net.LeakCheck;
import dev.postern.gateway.net.ScriptedUpstream;
import dev.postern.gateway.net.ScriptedUpstream.Script;
import dev.postern.gateway.net.TestLog;
import dev.postern.gateway.net.Wire;
import dev.postern.store.auth.Scope;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Watched sessions over sockets, with and without TLS on either side. */
@ExtendWith(LeakCheck.class)
class TapSocketTest {
  private static final String IMAP_LOGIN = "a LOGIN alice right\r\n";

  @TempDir Path folder;

  static Stream<Arguments> links() {
    return Stream.of(
        Arguments.of(Tls.NONE, Security.CLEAR), Arguments.of(Tls.IMPLICIT, Security.IMPLICIT_TLS));
  }

  @ParameterizedTest
  @MethodSource("links")
  void aForbiddenCommandEndsBothSidesWithoutAWord(Tls front, Security back) throws Exception {
    CompletableFuture<String> heard = new CompletableFuture<>();
    try (TestLog log = new TestLog();
        ScriptedUpstream upstream =
            smtp(
                back,
                wire -> {
                  wire.send("250 " + wire.line() + "\r\n");
                  heard.complete(wire.rest());
                });
        GatewayFixture fixture = watching(front, upstream, back, Scope.SUBMISSION);
        Wire client = fixture.loggedIn()) {
      client.send("NOOP\r\n");
      assertThat(client.line()).isEqualTo("250 NOOP");
      client.send("RSET\r\nXCLIENT LOGIN=bob\r\n");

      assertThat(client.rest()).isEmpty();
      assertThat(heard.get(10, TimeUnit.SECONDS)).doesNotContain("XCLIENT", "bob");
      await()
          .untilAsserted(() ->
              assertThat(log.lines())
                  .anyMatch(line ->
                      line.startsWith("forbidden after login ") && line.endsWith(" word=xclient"))
                  .anyMatch(line -> line.contains(" end=forbidden-command "))
                  .noneMatch(line -> line.contains("LOGIN=bob")));
      assertThat(
              fixture.counted(
                  "postern.relay.forbidden", "protocol", "submission", "word", "xclient"))
          .isEqualTo(1);
    }
  }

  @ParameterizedTest
  @MethodSource("links")
  void whatWasPipelinedBehindTheLoginIsWatchedToo(Tls front, Security back) throws Exception {
    CompletableFuture<String> heard = new CompletableFuture<>();
    try (ScriptedUpstream upstream = smtp(back, wire -> heard.complete(wire.rest()));
        GatewayFixture fixture = watching(front, upstream, back, Scope.SUBMISSION);
        Wire client = fixture.client()) {
      client.send(GatewayFixture.RIGHT + "AUTH PLAIN AGJvYgB4\r\n");

      client.rest();
      assertThat(heard.get(10, TimeUnit.SECONDS)).isEmpty();
    }
  }

  @ParameterizedTest
  @MethodSource("links")
  void pipelinedMailByteByByteArrivesUnchanged(Tls front, Security back) throws Exception {
    String mail = "Subject: XCLIENT\r\n\r\nAUTH PLAIN\r\n..\r\n.\r\n";
    CompletableFuture<String> heard = new CompletableFuture<>();
    try (ScriptedUpstream upstream =
            smtp(
                back,
                wire -> {
                  for (String command : List.of("MAIL", "RCPT", "DATA")) {
                    assertThat(wire.line()).startsWith(command);
                  }
                  wire.send("250 ok\r\n250 ok\r\n3");
                  wire.send("54 go\r\n");
                  heard.complete(new String(wire.bytes(mail.length()), StandardCharsets.US_ASCII));
                  wire.send("250 taken\r\n");
                  wire.send("221 " + wire.line() + "\r\n");
                });
        GatewayFixture fixture = watching(front, upstream, back, Scope.SUBMISSION);
        Wire client = fixture.loggedIn()) {
      String all = "MAIL FROM:<a@b>\r\nRCPT TO:<c@d>\r\nDATA\r\n" + mail + "QUIT\r\n";
      for (int i = 0; i < all.length(); i++) {
        client.send(all.substring(i, i + 1));
      }

      assertThat(client.lineStarting("221 ")).isEqualTo("221 QUIT");
      assertThat(heard.get(10, TimeUnit.SECONDS)).isEqualTo(mail);
      assertThat(fixture.counted("postern.relay.bytes", "direction", "up")).isEqualTo(all.length());
    }
  }

  @ParameterizedTest
  @MethodSource("links")
  void whileBytesAreHeldTheClientIsNotRead(Tls front, Security back) throws Exception {
    int size = 8 * 1024 * 1024;
    byte[] message = new byte[size];
    new Random(3).nextBytes(message);
    String header = "x APPEND INBOX {" + size + "}\r\n";
    CountDownLatch mayAnswer = new CountDownLatch(1);
    CompletableFuture<byte[]> heard = new CompletableFuture<>();
    try (ScriptedUpstream upstream =
            imap(
                back,
                wire -> {
                  wire.line();
                  mayAnswer.await();
                  wire.send("+ go\r\n");
                  heard.complete(wire.bytes(size));
                  wire.send("x OK" + wire.line() + "\r\n");
                });
        GatewayFixture fixture = watching(front, upstream, back, Scope.IMAP);
        Wire client = loggedInByImap(fixture)) {
      CompletableFuture<Void> sent = new CompletableFuture<>();
      Thread.ofVirtual()
          .start(() -> {
            try {
              client.send(header).send(message).send("\r\n");
              sent.complete(null);
            } catch (IOException e) {
              sent.completeExceptionally(e);
            }
          });

      await()
          .untilAsserted(() ->
              assertThat(fixture.counted("postern.relay.bytes", "direction", "up"))
                  .isEqualTo(header.length()));
      assertThat(sent).isNotDone();
      mayAnswer.countDown();

      assertThat(client.lineStarting("x ")).isEqualTo("x OK");
      assertThat(heard.get(20, TimeUnit.SECONDS)).isEqualTo(message);
    }
  }

  @ParameterizedTest
  @MethodSource("links")
  void theEndOfTheClientsStreamWaitsBehindWhatIsHeld(Tls front, Security back) throws Exception {
    CountDownLatch mayAnswer = new CountDownLatch(1);
    try (ScriptedUpstream upstream =
            smtp(
                back,
                wire -> {
                  wire.line();
                  mayAnswer.await();
                  wire.send("354 go\r\n");
                  wire.send("250 " + wire.rest().length() + "\r\n");
                });
        GatewayFixture fixture = watching(front, upstream, back, Scope.SUBMISSION);
        Wire client = fixture.loggedIn()) {
      client.send("DATA\r\nhello\r\n.\r\n");
      client.shutdownTransportOutput();
      await()
          .untilAsserted(() ->
              assertThat(fixture.counted("postern.relay.bytes", "direction", "up"))
                  .isEqualTo("DATA\r\n".length()));
      mayAnswer.countDown();

      assertThat(client.line()).isEqualTo("354 go");
      assertThat(client.line()).isEqualTo("250 " + "hello\r\n.\r\n".length());
    }
  }

  @Test
  void aClientThatIsLostWhileBytesAreHeldEndsTheSession() throws Exception {
    CompletableFuture<String> heard = new CompletableFuture<>();
    try (ScriptedUpstream upstream = smtp(Security.CLEAR, wire -> heard.complete(wire.rest()));
        GatewayFixture fixture = watching(Tls.NONE, upstream, Security.CLEAR, Scope.SUBMISSION);
        Wire client = fixture.loggedIn()) {
      client.send("DATA\r\nheld\r\n");
      await()
          .untilAsserted(() ->
              assertThat(fixture.counted("postern.relay.bytes", "direction", "up")).isPositive());
      client.reset();

      assertThat(heard.get(10, TimeUnit.SECONDS)).isEqualTo("DATA\r\n");
    }
  }

  @ParameterizedTest
  @MethodSource("links")
  void compressionIsNeitherOfferedNorLetThrough(Tls front, Security back) throws Exception {
    CompletableFuture<String> heard = new CompletableFuture<>();
    try (ScriptedUpstream upstream = imap(back, wire -> heard.complete(wire.rest()));
        GatewayFixture fixture = watching(front, upstream, back, Scope.IMAP);
        Wire client = fixture.connect()) {
      client.send(IMAP_LOGIN);
      assertThat(client.lineStarting("a ")).contains("IDLE").doesNotContain("COMPRESS");
      client.send("b COMPRESS DEFLATE\r\n");

      assertThat(client.rest()).isEmpty();
      assertThat(heard.get(10, TimeUnit.SECONDS)).doesNotContain("COMPRESS");
    }
  }

  @ParameterizedTest
  @CsvSource({
    "AUTO, CLEAR, true",
    "AUTO, IMPLICIT_TLS, false",
    "ALWAYS, IMPLICIT_TLS, true",
    "NEVER, CLEAR, false",
  })
  void aSessionIsWatchedWhereTheConfigurationSaysSo(Watch watch, Security back, boolean isWatched)
      throws Exception {
    try (ScriptedUpstream upstream = imap(back, wire -> wire.send("b OK " + wire.line() + "\r\n"));
        GatewayFixture fixture =
            new GatewayFixture(config(Tls.NONE, upstream, back, Scope.IMAP, watch));
        Wire client = fixture.connect()) {
      client.send(IMAP_LOGIN);
      String reply = client.lineStarting("a ");
      client.send("b COMPRESS DEFLATE\r\n");

      assertThat(reply.contains("COMPRESS")).isEqualTo(!isWatched);
      assertThat(reply.contains("Catenate")).isEqualTo(!isWatched);
      assertThat(client.rest()).isEqualTo(isWatched ? "" : "b OK b COMPRESS DEFLATE\r\n");
    }
  }

  @Test
  void anUpstreamOutOfStepEndsTheSession() throws Exception {
    try (TestLog log = new TestLog();
        ScriptedUpstream upstream =
            imap(
                Security.CLEAR,
                wire -> {
                  wire.line();
                  wire.send("+ what?\r\n");
                  wire.rest();
                });
        GatewayFixture fixture = watching(Tls.NONE, upstream, Security.CLEAR, Scope.IMAP);
        Wire client = loggedInByImap(fixture)) {
      client.send("b NOOP\r\n");

      assertThat(client.rest()).isEmpty();
      await()
          .untilAsserted(() ->
              assertThat(log.lines())
                  .anyMatch(line -> line.endsWith(" word=out-of-step"))
                  .anyMatch(line -> line.contains(" end=smuggling ")));
    }
  }

  private static Wire loggedInByImap(GatewayFixture fixture) throws IOException {
    Wire wire = fixture.connect();
    wire.send(IMAP_LOGIN);
    wire.lineStarting("a OK");
    return wire;
  }

  private static ScriptedUpstream smtp(Security security, Script behindLogin) throws IOException {
    return new ScriptedUpstream(wire -> {
      acceptTls(security, wire);
      ScriptedUpstream.smtpLogin(wire);
      behindLogin.run(wire);
    });
  }

  private static ScriptedUpstream imap(Security security, Script behindLogin) throws IOException {
    return new ScriptedUpstream(wire -> {
      acceptTls(security, wire);
      wire.send("* OK [CAPABILITY IMAP4rev1 SASL-IR AUTH=PLAIN] upstream.test\r\n");
      String tag = wire.line().split(" ", -1)[0];
      wire.send(tag + " OK [CAPABILITY IMAP4rev1 IDLE COMPRESS=DEFLATE Catenate] in\r\n");
      behindLogin.run(wire);
    });
  }

  private static void acceptTls(Security security, Wire wire) throws IOException {
    if (security == Security.IMPLICIT_TLS) {
      wire.acceptTls(GatewayFixture.CA.issue("localhost").serverContext());
    }
  }

  private GatewayFixture watching(
      Tls front, ScriptedUpstream upstream, Security back, Scope protocol) {
    return new GatewayFixture(config(front, upstream, back, protocol, Watch.ALWAYS));
  }

  private GatewayConfig config(
      Tls front, ScriptedUpstream server, Security back, Scope protocol, Watch watch) {
    GatewayConfig usual =
        GatewayFixture.config(
            folder, front, "localhost", server.port(), back, GatewayFixture.LIMITS);
    Upstream upstream = usual.upstreams().values().iterator().next();
    return new GatewayConfig(
        usual.serverName(),
        List.of(new Listener(protocol, "127.0.0.1", 0, front, Optional.empty())),
        usual.certificate(),
        usual.minimumTls(),
        Map.of(
            "real",
            new Upstream(
                "real",
                Map.of(protocol, new Endpoint("localhost", server.port(), back)),
                upstream.trust(),
                upstream.login(),
                upstream.identify(),
                watch)),
        usual.routes(),
        usual.limits());
  }
}
