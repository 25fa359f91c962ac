package dev.postern.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import dev.postern.gateway.GatewayConfig.Listener.Tls;
import dev.postern.gateway.dialogue.UpstreamPlan.Security;
import dev.postern.gateway.net.EverythingLogged;
import dev.postern.gateway.net.LeakCheck;
import dev.postern.gateway.net.ScriptedUpstream;
import dev.postern.gateway.net.Wire;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What nobody reads in the log, whatever its level and whatever clients send. */
@ExtendWith(LeakCheck.class)
class SecrecySocketTest {
  private static final String SECRET = "kzvq-xwjh";
  private static final String MASTER = "alice\0svc\0master";

  @TempDir Path folder;
  private final EverythingLogged log = new EverythingLogged();
  private final AtomicInteger upstreamLogins = new AtomicInteger();
  private ScriptedUpstream upstream;

  @BeforeEach
  void open() throws IOException {
    upstream =
        new ScriptedUpstream(wire -> {
          ScriptedUpstream.smtpLogin(wire);
          upstreamLogins.incrementAndGet();
          wire.rest();
        });
  }

  @AfterEach
  void close() throws IOException {
    upstream.close();
    log.close();
  }

  @Test
  void noLevelOfLoggingShowsASecret() throws Exception {
    try (GatewayFixture fixture = fixture(Tls.STARTTLS);
        Wire client = fixture.client()) {
      client.send("AUTH PLAIN " + base64("\0alice\0" + SECRET) + "\r\n");
      client.lineStarting("530 ");
      client.send("STARTTLS\r\n");
      client.lineStarting("220 ");
      client.startTls(GatewayFixture.CA.clientContext());
      client.send("AUTH PLAIN " + base64("\0alice\0" + SECRET) + "\r\n");
      client.lineStarting("535 ");
      client.send("AUTH LOGIN\r\n");
      client.lineStarting("334 ");
      client.send(base64(SECRET) + "\r\n");
      client.lineStarting("334 ");
      client.send(base64(SECRET) + "\r\n");
      client.lineStarting("535 ");
      client.send("AUTH PLAIN " + SECRET + "\r\n" + SECRET + "\r\n");
      client.lineStarting("500 ");
      client.send(GatewayFixture.RIGHT);
      client.lineStarting("235 ");
    }
    try (GatewayFixture fixture = fixture(Tls.IMPLICIT);
        Wire inClear = Wire.connect(fixture.gateway.listeners().getFirst().address())) {
      inClear.send("AUTH PLAIN " + base64("\0alice\0" + SECRET) + "\r\n" + SECRET + "\r\n");
      inClear.rest();
    }

    assertThat(log.lines()).anyMatch(line -> line.startsWith("io.netty"));
    assertThat(upstreamLogins).hasValue(1);
    for (String secret : List.of(SECRET, "\0alice\0" + SECRET, MASTER)) {
      log.assertNowhere(secret);
    }
    log.assertNowhere(GatewayFixture.RIGHT.substring("AUTH PLAIN ".length()).strip());
  }

  @ParameterizedTest
  @ValueSource(strings = {"\r\n", "\n", "\r", "\u0007", "\u001b[2J", "\u007f"})
  void controlCharactersGoNowhere(String control) throws Exception {
    try (GatewayFixture fixture = fixture(Tls.NONE);
        Wire client = fixture.client()) {
      for (String message :
          List.of(
              "\0alice" + control + "MAIL FROM:<forged>\0right",
              "\0alice" + control + "\0right",
              "\0alice\0right" + control)) {
        client.send("AUTH PLAIN " + base64(message) + "\r\n");
        assertThat(client.line()).startsWith("535 5.7.8 ");
      }
      assertThat(upstreamLogins).hasValue(0);
    }

    log.assertNowhere("forged");
    assertThat(log.lines()).noneMatch(line -> line.contains("alice"));
  }

  private GatewayFixture fixture(Tls tls) {
    return new GatewayFixture(folder, tls, upstream.port(), Security.CLEAR, GatewayFixture.LIMITS);
  }

  private static String base64(String text) {
    return Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.ISO_8859_1));
  }
}
