package dev.postern.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.Appender;
import ch.qos.logback.core.read.ListAppender;
import dev.postern.gateway.GatewayConfig.Listener.Tls;
import dev.postern.gateway.dialogue.UpstreamPlan.Security;
import dev.postern.gateway.net.LeakCheck;
import dev.postern.gateway.net.ScriptedUpstream;
import dev.postern.gateway.net.Wire;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.slf4j.LoggerFactory;

/** What nobody reads in the log, whatever its level and whatever clients send. */
@ExtendWith(LeakCheck.class)
class SecrecySocketTest {
  private static final String SECRET = "kzvq-xwjh";
  private static final String MASTER = "alice\0svc\0master";

  @TempDir Path folder;
  private final Logger root = (Logger) LoggerFactory.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);
  private final Logger ours = (Logger) LoggerFactory.getLogger("dev.postern");
  private final ListAppender<ILoggingEvent> everything = new ListAppender<>();
  private final List<Appender<ILoggingEvent>> usual = new ArrayList<>();
  private final AtomicInteger upstreamLogins = new AtomicInteger();
  private Level usualLevel;
  private Level usualLevelOfOurs;
  private ScriptedUpstream upstream;

  @BeforeEach
  void logEverything() throws IOException {
    usualLevel = root.getLevel();
    usualLevelOfOurs = ours.getLevel();
    root.iteratorForAppenders().forEachRemaining(usual::add);
    usual.forEach(root::detachAppender);
    everything.start();
    root.addAppender(everything);
    root.setLevel(Level.TRACE);
    ours.setLevel(Level.TRACE);
    upstream =
        new ScriptedUpstream(wire -> {
          ScriptedUpstream.smtpLogin(wire);
          upstreamLogins.incrementAndGet();
          wire.rest();
        });
  }

  @AfterEach
  void logAsUsual() throws IOException {
    upstream.close();
    root.setLevel(usualLevel);
    ours.setLevel(usualLevelOfOurs);
    root.detachAppender(everything);
    usual.forEach(root::addAppender);
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

    assertThat(lines()).anyMatch(line -> line.startsWith("io.netty"));
    assertThat(upstreamLogins).hasValue(1);
    for (String secret : List.of(SECRET, "\0alice\0" + SECRET, MASTER)) {
      assertNowhere(secret);
      assertNowhere(base64(secret));
    }
    assertNowhere(GatewayFixture.RIGHT.substring("AUTH PLAIN ".length()).strip());
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

    assertNowhere("forged");
    assertThat(lines()).noneMatch(line -> line.contains("alice"));
  }

  private void assertNowhere(String secret) {
    String hex = HexFormat.of().formatHex(secret.getBytes(StandardCharsets.UTF_8));
    assertThat(lines())
        .noneMatch(line -> line.contains(secret))
        .noneMatch(line -> line.toLowerCase(Locale.ROOT).contains(hex));
  }

  /** Each message with its logger and what was thrown. */
  private List<String> lines() {
    return List.copyOf(everything.list).stream()
        .flatMap(event ->
            Stream.concat(
                Stream.of(event.getLoggerName() + " " + event.getFormattedMessage()),
                Stream.ofNullable(event.getThrowableProxy())
                    .map(thrown -> String.valueOf(thrown.getMessage()))))
        .toList();
  }

  private GatewayFixture fixture(Tls tls) {
    return new GatewayFixture(folder, tls, upstream.port(), Security.CLEAR, GatewayFixture.LIMITS);
  }

  private static String base64(String text) {
    return Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.ISO_8859_1));
  }
}
