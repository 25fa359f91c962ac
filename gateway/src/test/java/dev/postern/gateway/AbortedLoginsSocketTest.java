package dev.postern.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import dev.postern.gateway.GatewayConfig.Endpoint;
import dev.postern.gateway.GatewayConfig.Limits;
import dev.postern.gateway.GatewayConfig.Listener;
import dev.postern.gateway.GatewayConfig.Listener.Tls;
import dev.postern.gateway.GatewayConfig.Upstream;
import dev.postern.gateway.dialogue.UpstreamPlan.Security;
import dev.postern.gateway.net.EchoingServer;
import dev.postern.gateway.net.LeakCheck;
import dev.postern.gateway.net.ScriptedUpstream;
import dev.postern.gateway.net.Transport;
import dev.postern.gateway.net.Wire;
import dev.postern.store.auth.Scope;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Logins that end in the middle, in every state of every exchange and in every way, and input that
 * nobody understands: it hurts nobody else, and nothing is left of it.
 */
@ExtendWith(LeakCheck.class)
class AbortedLoginsSocketTest {
  /** With four states, three endings and three protocols more than 1500 logins. */
  private static final int ROUNDS = 42;

  private static final Duration LONG = Duration.ofSeconds(60);
  private static final int RESETS = 700;
  private static final Duration SHORT = Duration.ofMillis(200);

  @TempDir Path folder;

  private enum Ending {
    CANCEL,
    END_OF_STREAM,
    RESET;

    void of(Wire client) throws IOException {
      switch (this) {
        case CANCEL -> {
          client.send("*\r\n");
          client.shutdownOutput();
          assertThat(client.rest()).isNotEmpty();
        }
        case END_OF_STREAM -> {
          client.shutdownOutput();
          var _ = client.rest();
        }
        case RESET -> client.reset();
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  void aLoginInProgressGoesOnBesideFiveHundredThatEndInTheMiddle(Scope protocol) throws Exception {
    try (ScriptedUpstream upstream = upstream(protocol);
        GatewayFixture fixture = fixture(protocol, upstream, LONG);
        Wire bystander = inExchange(fixture, protocol)) {
      for (int round = 0; round < ROUNDS; round++) {
        for (String state : states(protocol)) {
          for (Ending ending : Ending.values()) {
            try (Wire client = greeted(fixture, protocol)) {
              ending.of(client.send(state));
            }
          }
        }
      }
      logsIn(bystander, protocol);
    }
  }

  /** More than may be there from one address: one that is not noticed keeps its place. */
  @ParameterizedTest
  @MethodSource("dev.postern.gateway.net.Transport#available")
  void everyResetIsNoticed(Transport transport) throws Exception {
    try (ScriptedUpstream upstream = upstream(Scope.IMAP);
        GatewayFixture fixture =
            new GatewayFixture(config(Scope.IMAP, upstream, LONG), transport)) {
      for (int i = 0; i < RESETS; i++) {
        try (Wire client = greeted(fixture, Scope.IMAP)) {
          Ending.RESET.of(client.send(begin(Scope.IMAP)));
        }
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  void whoeverFallsSilentInTheMiddleIsSentAwayInWords(Scope protocol) throws Exception {
    try (ScriptedUpstream upstream = upstream(protocol);
        GatewayFixture fixture = fixture(protocol, upstream, SHORT)) {
      List<Wire> clients = new ArrayList<>();
      for (String state : states(protocol)) {
        clients.add(greeted(fixture, protocol).send(state));
      }
      for (Wire client : clients) {
        try (client) {
          assertThat(client.rest().lines().toList().getLast()).startsWith(farewell(protocol));
        }
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  void aLoginInProgressGoesOnBesideInputThatNobodyUnderstands(Scope protocol) throws Exception {
    try (ScriptedUpstream upstream = upstream(protocol);
        GatewayFixture fixture = fixture(protocol, upstream, LONG);
        Wire bystander = inExchange(fixture, protocol)) {
      for (String state : states(protocol)) {
        for (String input :
            List.of(
                "!!!\r\n",
                "=\r\n",
                "\0\0\0\r\n",
                "\u00ff\u00fe\r\n",
                "(".repeat(4000) + "\r\n",
                "A".repeat(20_000) + "\r\n",
                "{4294967296}\r\n",
                "\r\n".repeat(20))) {
          try (Wire client = greeted(fixture, protocol)) {
            client.send(state + input).shutdownOutput();
            var _ = client.rest();
          }
        }
      }
      logsIn(bystander, protocol);
    }
  }

  /** What a client has sent when it is in the middle. */
  private static List<String> states(Scope protocol) {
    String begin = begin(protocol);
    return List.of(
        begin,
        begin + "PLAIN\r\n",
        begin + "LOGIN\r\n",
        begin + "LOGIN\r\n" + base64("alice") + "\r\n");
  }

  private static String begin(Scope protocol) {
    return switch (protocol) {
      case IMAP -> "a AUTHENTICATE ";
      case POP3, SUBMISSION -> "AUTH ";
    };
  }

  private static String farewell(Scope protocol) {
    return switch (protocol) {
      case IMAP -> "* BYE ";
      case POP3 -> "-ERR ";
      case SUBMISSION -> "421 ";
    };
  }

  private static Wire greeted(GatewayFixture fixture, Scope protocol) throws IOException {
    Wire client = fixture.connect();
    client.lineStarting(
        switch (protocol) {
          case IMAP -> "* OK ";
          case POP3 -> "+OK ";
          case SUBMISSION -> "220 ";
        });
    return client;
  }

  private static Wire inExchange(GatewayFixture fixture, Scope protocol) throws IOException {
    Wire client = greeted(fixture, protocol).send(begin(protocol) + "PLAIN\r\n");
    client.lineStarting(
        switch (protocol) {
          case IMAP, POP3 -> "+ ";
          case SUBMISSION -> "334 ";
        });
    return client;
  }

  private static void logsIn(Wire client, Scope protocol) throws IOException {
    client.send(base64("\0alice\0right") + "\r\n");
    client.lineStarting(
        switch (protocol) {
          case IMAP -> "a OK ";
          case POP3 -> "+OK ";
          case SUBMISSION -> "235 ";
        });
  }

  private static ScriptedUpstream upstream(Scope protocol) throws IOException {
    return new ScriptedUpstream(new EchoingServer(protocol, "PLAIN", true));
  }

  private GatewayFixture fixture(Scope protocol, ScriptedUpstream server, Duration idle) {
    return new GatewayFixture(config(protocol, server, idle));
  }

  private GatewayConfig config(Scope protocol, ScriptedUpstream server, Duration idle) {
    Limits limits = GatewayFixture.beforeLogin(Duration.ofMillis(1), LONG, idle);
    GatewayConfig usual =
        GatewayFixture.config(folder, Tls.NONE, "localhost", server.port(), Security.CLEAR, limits);
    Upstream upstream = usual.upstreams().values().iterator().next();
    return AlteredConfig.of(usual)
        .listeners(new Listener(protocol, "127.0.0.1", 0, Tls.NONE, Optional.empty()))
        .upstreams(
            Map.of(
                "real",
                new Upstream(
                    "real",
                    Map.of(protocol, new Endpoint("localhost", server.port(), Security.CLEAR)),
                    upstream.trust(),
                    upstream.login(),
                    upstream.identify(),
                    upstream.watch())))
        .config();
  }

  private static String base64(String text) {
    return Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.UTF_8));
  }
}
