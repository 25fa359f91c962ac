package dev.postern.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.postern.gateway.GatewayConfig.Listener.Tls;
import dev.postern.gateway.dialogue.UpstreamPlan.Security;
import dev.postern.gateway.net.LeakCheck;
import dev.postern.gateway.net.ScriptedUpstream;
import dev.postern.gateway.net.TestLog;
import dev.postern.gateway.net.Wire;
import dev.postern.store.testing.FreePorts;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** What the last line of a connection says of it. */
@ExtendWith(LeakCheck.class)
class SessionLineSocketTest {
  private static final Pattern FIELD = Pattern.compile("([a-z-]+)=(\\S+)");

  @TempDir Path folder;
  private ScriptedUpstream upstream;
  private TestLog log;

  @BeforeEach
  void open() throws IOException {
    log = new TestLog("dev.postern.session");
    upstream =
        new ScriptedUpstream(wire -> {
          ScriptedUpstream.smtpLogin(wire);
          wire.send("250 " + wire.line() + "\r\n");
          wire.rest();
        });
  }

  @AfterEach
  void close() throws IOException {
    upstream.close();
    log.close();
  }

  @Test
  void saysWhoWasWhereAndWhenWhatHappened() throws Exception {
    Instant before = Instant.now();
    int port;
    try (GatewayFixture fixture = fixture(Tls.STARTTLS, upstream.port())) {
      try (Wire client = fixture.client()) {
        port = client.socket().getLocalPort();
        client.send("STARTTLS\r\n");
        client.lineStarting("220 ");
        client.startTls(GatewayFixture.CA.clientContext());
        client.send(GatewayFixture.RIGHT);
        client.lineStarting("235 ");
        client.send("NOOP\r\n");
        assertThat(client.line()).isEqualTo("250 NOOP");
      }
      Map<String, String> line = ended();

      assertThat(line.keySet())
          .containsExactly(
              "session",
              "protocol",
              "tls",
              "peer",
              "port",
              "user",
              "app-password",
              "upstream",
              "upstream-host",
              "end",
              "up",
              "down",
              "connect",
              "at-tls",
              "at-login",
              "at-verify",
              "at-upstream",
              "at-relay",
              "at-end");
      assertThat(line)
          .containsEntry("protocol", "submission")
          .containsEntry("tls", "starttls")
          .containsEntry("peer", "127.0.0.1")
          .containsEntry("port", "" + port)
          .containsEntry("user", "alice")
          .containsEntry("upstream", "real")
          .containsEntry("upstream-host", "localhost")
          .containsEntry("end", "client-closed")
          .containsEntry("up", "6")
          .containsEntry("down", "10");
      assertThat(line.get("session")).matches("[0-9a-f]{10}");
      assertThat(line.get("app-password")).isNotBlank();
      assertThat(Instant.parse(line.get("connect")))
          .isBetween(before.minusMillis(5), Instant.now());
      assertThat(times(line)).isSorted();
    }
  }

  @Test
  void whatDidNotHappenIsNotThere() throws Exception {
    try (GatewayFixture fixture = fixture(Tls.NONE, upstream.port())) {
      fixture.client().close();

      assertThat(ended().keySet())
          .containsExactly(
              "session",
              "protocol",
              "tls",
              "peer",
              "port",
              "end",
              "up",
              "down",
              "connect",
              "at-end");
    }
  }

  @Test
  void saysWhyTheLastLoginCameToNothing() throws Exception {
    try (GatewayFixture fixture = fixture(Tls.NONE, upstream.port());
        Wire client = fixture.client()) {
      client.send(GatewayFixture.WRONG);
      client.lineStarting("535 ");
      client.send("QUIT\r\n");
      client.rest();
      Map<String, String> line = ended();

      assertThat(line)
          .containsEntry("end", "hung-up")
          .containsEntry("refusal", "wrong-secret")
          .containsKeys("at-login", "at-verify")
          .doesNotContainKeys("user", "app-password", "upstream", "at-upstream", "at-relay");
    }
  }

  @Test
  void aLoginThatSucceedsAfterwardsWasNotRefused() throws Exception {
    try (GatewayFixture fixture = fixture(Tls.NONE, upstream.port())) {
      try (Wire client = fixture.client()) {
        client.send(GatewayFixture.WRONG);
        client.lineStarting("535 ");
        client.send(GatewayFixture.RIGHT);
        client.lineStarting("235 ");
      }

      assertThat(ended()).containsEntry("user", "alice").doesNotContainKey("refusal");
    }
  }

  @Test
  void saysThatALoginCameInClear() throws Exception {
    try (GatewayFixture fixture = fixture(Tls.STARTTLS, upstream.port());
        Wire client = fixture.client()) {
      client.send(GatewayFixture.RIGHT);
      client.lineStarting("530 ");
      client.send("QUIT\r\n");
      client.rest();

      assertThat(ended())
          .containsEntry("refusal", "in-clear")
          .containsKey("at-login")
          .doesNotContainKeys("user", "at-tls");
    }
  }

  @Test
  void saysWhatWasWrongAtTheUpstream() throws Exception {
    try (GatewayFixture fixture = fixture(Tls.NONE, FreePorts.take(1).getFirst());
        Wire client = fixture.client()) {
      client.send(GatewayFixture.RIGHT);
      client.lineStarting("4");
      client.send("QUIT\r\n");
      client.rest();

      assertThat(ended())
          .containsEntry("user", "alice")
          .containsEntry("upstream", "real")
          .containsEntry("refusal", "upstream-connect")
          .doesNotContainKeys("at-upstream", "at-relay");
    }
  }

  private GatewayFixture fixture(Tls tls, int upstreamPort) {
    return new GatewayFixture(folder, tls, upstreamPort, Security.CLEAR, GatewayFixture.LIMITS);
  }

  /** The fields of the one last line, in their order. */
  private Map<String, String> ended() {
    String line =
        await()
            .atMost(Duration.ofSeconds(10))
            .until(
                () ->
                    log.lines().stream()
                        .filter(each -> each.startsWith("session ended "))
                        .findFirst(),
                Optional::isPresent)
            .orElseThrow();
    Map<String, String> fields = new LinkedHashMap<>();
    FIELD.matcher(line).results().forEach(field -> fields.put(field.group(1), field.group(2)));
    return fields;
  }

  private static List<Integer> times(Map<String, String> line) {
    List<Integer> times = new ArrayList<>();
    Arrays.asList("at-tls", "at-login", "at-verify", "at-upstream", "at-relay", "at-end")
        .forEach(key -> times.add(Integer.valueOf(line.get(key))));
    return times;
  }
}
