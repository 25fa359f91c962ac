package dev.postern.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import dev.postern.gateway.GatewayConfig.Endpoint;
import dev.postern.gateway.GatewayConfig.Identify;
import dev.postern.gateway.GatewayConfig.Limits;
import dev.postern.gateway.GatewayConfig.Listener;
import dev.postern.gateway.GatewayConfig.ProxyProtocol;
import dev.postern.gateway.GatewayConfig.Route;
import dev.postern.gateway.GatewayConfig.Timeouts;
import dev.postern.gateway.GatewayConfig.TlsVersion;
import dev.postern.gateway.GatewayConfig.Upstream;
import dev.postern.gateway.GatewayConfig.Watch;
import dev.postern.gateway.dialogue.UpstreamPlan.Security;
import dev.postern.gateway.net.LeakCheck;
import dev.postern.gateway.net.ScriptedUpstream;
import dev.postern.gateway.net.Wire;
import dev.postern.store.auth.Cidr;
import dev.postern.store.auth.Scope;
import dev.postern.store.auth.Secret;
import java.io.IOException;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** PROXY headers from those who may send them, and to those who expect them. */
@ExtendWith(LeakCheck.class)
class ProxyProtocolSocketTest {
  private static final String V1 = "PROXY TCP4 203.0.113.9 192.0.2.1 51234 587\r\n";
  private static final byte[] SIGNATURE = HexFormat.of().parseHex("0d0a0d0a000d0a515549540a");

  /** Version 2, PROXY, TCP over IPv6, 36 octets: 2001:db8::9 port 51234, 2001:db8::1 port 587. */
  private static final byte[] V2 =
      HexFormat.of()
          .parseHex(
              "0d0a0d0a000d0a515549540a"
                  + "21210024"
                  + "20010db8000000000000000000000009"
                  + "20010db8000000000000000000000001"
                  + "c822024b");

  /** Version 2, LOCAL: the proxy asks whether we are well. */
  private static final byte[] V2_LOCAL =
      HexFormat.of().parseHex("0d0a0d0a000d0a515549540a" + "20000000");

  /** The same with addresses, which mean nothing. */
  private static final byte[] V2_LOCAL_WITH_ADDRESSES = V2.clone();

  static {
    V2_LOCAL_WITH_ADDRESSES[SIGNATURE.length] = 0x20;
  }

  @TempDir Path folder;

  /** Longer than a test takes, but where it is to run out. */
  private Duration patience = Duration.ofMinutes(1);

  @Test
  void believesATrustedProxyOfVersion1() throws Exception {
    try (ScriptedUpstream upstream = upstream(new LinkedBlockingQueue<>());
        GatewayFixture fixture =
            fixture("127.0.0.0/8", Listener.Tls.NONE, upstream, Identify.NONE);
        Wire client = fixture.connect()) {
      client.send(V1);
      client.lineStarting("220 ");
      client.send(GatewayFixture.RIGHT);
      client.lineStarting("235 ");
      assertThat(fixture.peers).containsExactly("203.0.113.9");
    }
  }

  @Test
  void believesATrustedProxyOfVersion2InPiecesAndBeforeTls() throws Exception {
    try (ScriptedUpstream upstream = upstream(new LinkedBlockingQueue<>());
        GatewayFixture fixture =
            fixture("127.0.0.0/8", Listener.Tls.IMPLICIT, upstream, Identify.NONE);
        Wire client = Wire.connect(fixture.gateway.listeners().getFirst().address())) {
      for (byte octet : V2) {
        client.send(new byte[] {octet});
      }
      client.startTls(GatewayFixture.CA.clientContext());
      client.lineStarting("220 ");
      client.send(GatewayFixture.RIGHT);
      client.lineStarting("235 ");
      assertThat(fixture.peers).containsExactly("2001:db8:0:0:0:0:0:9");
    }
  }

  @Test
  void readsOnBehindTheHeaderInOnePiece() throws Exception {
    try (ScriptedUpstream upstream = upstream(new LinkedBlockingQueue<>());
        GatewayFixture fixture =
            fixture("127.0.0.0/8", Listener.Tls.NONE, upstream, Identify.NONE);
        Wire client = fixture.connect()) {
      client.send(V1 + "NOOP\r\n" + GatewayFixture.WRONG);
      client.lineStarting("220 ");
      client.lineStarting("250 ");
      client.lineStarting("535 ");
    }
  }

  @Test
  void believesTheFirstHeaderAlone() throws Exception {
    try (ScriptedUpstream upstream = upstream(new LinkedBlockingQueue<>());
        GatewayFixture fixture =
            fixture("127.0.0.0/8", Listener.Tls.NONE, upstream, Identify.NONE);
        Wire client = fixture.connect()) {
      client.send(V1 + "PROXY TCP4 198.51.100.7 192.0.2.1 51234 587\r\n");
      client.lineStarting("220 ");
      client.lineStarting("500 ");
      client.send(GatewayFixture.WRONG);
      client.lineStarting("535 ");
      assertThat(fixture.peers).containsExactly("203.0.113.9");
    }
  }

  /** One address has one spelling, so that networks of app passwords mean what they say. */
  @ParameterizedTest
  @CsvSource({
    "PROXY TCP6 ::ffff:203.0.113.9 2001:db8::1 51234 587, 203.0.113.9",
    "PROXY TCP6 2001:DB8:0::9 2001:db8::1 51234 587, 2001:db8:0:0:0:0:0:9",
    "PROXY TCP6 fe80::1%lo 2001:db8::1 51234 587, fe80:0:0:0:0:0:0:1",
    "PROXY UNKNOWN 198.51.100.7 192.0.2.1 51234 587, 127.0.0.1",
    "PROXY UNKNOWN ffff:f...f:ffff, 127.0.0.1",
  })
  void readsAddressesInAnyForm(String header, String peer) throws Exception {
    try (ScriptedUpstream upstream = upstream(new LinkedBlockingQueue<>());
        GatewayFixture fixture =
            fixture("127.0.0.0/8", Listener.Tls.NONE, upstream, Identify.NONE);
        Wire client = fixture.connect()) {
      client.send(header + "\r\n");
      client.lineStarting("220 ");
      client.send(GatewayFixture.WRONG);
      client.lineStarting("535 ");
      assertThat(fixture.peers).containsExactly(peer);
    }
  }

  @Test
  void takesTheProxysOwnAddressWhereItSpeaksForItself() throws Exception {
    try (ScriptedUpstream upstream = upstream(new LinkedBlockingQueue<>());
        GatewayFixture fixture =
            fixture("127.0.0.0/8", Listener.Tls.NONE, upstream, Identify.NONE)) {
      for (byte[] header :
          List.of(
              V2_LOCAL,
              V2_LOCAL_WITH_ADDRESSES,
              "PROXY UNKNOWN\r\n".getBytes(StandardCharsets.US_ASCII))) {
        try (Wire client = fixture.connect()) {
          client.send(header);
          client.lineStarting("220 ");
          client.send(GatewayFixture.WRONG);
          client.lineStarting("535 ");
        }
      }
      assertThat(fixture.peers).containsOnly("127.0.0.1").hasSize(3);
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "EHLO client.test\r\nNOOP\r\n",
        "PROXY TCP4 203.0.113.9\r\n",
        "PROXY TCP4 mail.example.com 192.0.2.1 1 2\r\n",
        "PROXY TCP4 203.0.113.9 192.0.2.1 51234 99999\r\n",
        "PROXY TCP4 203.0.113.9 192.0.2.1 -1 587\r\n",
        "PROXY TCP4 203.0.113.9 192.0.2.1 51234\r\n",
        "PROXY TCP4 2001:db8::9 2001:db8::1 51234 587\r\n",
        "PROXY TCP4 0x7f.1 192.0.2.1 51234 587\r\n",
        "PROXY TCP6 203.0.113.9 192.0.2.1 51234 587\r\n",
        "proxy TCP4 203.0.113.9 192.0.2.1 51234 587\r\n",
        " PROXY TCP4 203.0.113.9 192.0.2.1 51234 587\r\n",
        "GET / HTTP/1.1\r\nHost: x\r\n\r\n",
        "\u0016\u0003\u0001\u0002\u0000\u0001\u0000\u0001\u00fc\u0003\u0003\u0000\u0000\u0000"
            + "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
            + "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
        "PROXY xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
            + "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
      })
  void closesWithoutAWordWhereThereIsNoHeader(String instead) throws Exception {
    try (ScriptedUpstream upstream = upstream(new LinkedBlockingQueue<>());
        GatewayFixture fixture =
            fixture("127.0.0.0/8", Listener.Tls.NONE, upstream, Identify.NONE);
        Wire client = fixture.connect()) {
      client.send(instead);
      assertThat(client.rest()).isEmpty();
      awaitRefused(fixture, "proxy-header", 1);
      assertThat(fixture.counted("postern.connections", "tls", "none")).isZero();
    }
  }

  @Test
  void closesWhereAHeaderOfVersion2IsTooLong() throws Exception {
    try (ScriptedUpstream upstream = upstream(new LinkedBlockingQueue<>());
        GatewayFixture fixture =
            fixture("127.0.0.0/8", Listener.Tls.NONE, upstream, Identify.NONE);
        Wire client = fixture.connect()) {
      client.send(SIGNATURE);
      client.send(HexFormat.of().parseHex("2111ffff"));
      client.send(new byte[4_500]);
      assertThat(client.rest()).isEmpty();
    }
  }

  @Test
  void closesWhereTheHeaderTakesTooLong() throws Exception {
    patience = Duration.ofMillis(300);
    try (ScriptedUpstream upstream = upstream(new LinkedBlockingQueue<>());
        GatewayFixture fixture =
            fixture("127.0.0.0/8", Listener.Tls.NONE, upstream, Identify.NONE);
        Wire silent = fixture.connect();
        Wire slow = fixture.connect()) {
      slow.send("PROXY TCP4 ");
      assertThat(silent.rest()).isEmpty();
      assertThat(slow.rest()).isEmpty();
      awaitRefused(fixture, "proxy-header", 2);
    }
  }

  @Test
  void closesWhereTheProxyEndsItsStreamInstead() throws Exception {
    try (ScriptedUpstream upstream = upstream(new LinkedBlockingQueue<>());
        GatewayFixture fixture =
            fixture("127.0.0.0/8", Listener.Tls.NONE, upstream, Identify.NONE);
        Wire client = fixture.connect()) {
      client.send("PROXY TCP4 ").shutdownTransportOutput();
      assertThat(client.rest()).isEmpty();
      awaitRefused(fixture, "proxy-header", 1);
    }
  }

  @Test
  void closesWhoIsNoTrustedProxyWhateverHeSays() throws Exception {
    try (ScriptedUpstream upstream = upstream(new LinkedBlockingQueue<>());
        GatewayFixture fixture =
            fixture("192.0.2.0/24", Listener.Tls.NONE, upstream, Identify.NONE)) {
      try (Wire client = fixture.connect()) {
        assertThat(said(client, V1 + GatewayFixture.RIGHT)).isEmpty();
      }
      assertThat(fixture.asked.get()).isZero();
      awaitRefused(fixture, "untrusted-proxy", 1);
    }
  }

  @Test
  void takesNoHeaderWhereNoneIsExpected() throws Exception {
    try (ScriptedUpstream upstream = upstream(new LinkedBlockingQueue<>());
        GatewayFixture fixture =
            new GatewayFixture(config(List.of(), Listener.Tls.NONE, upstream, Identify.NONE));
        Wire client = fixture.client()) {
      client.send(V1);
      client.lineStarting("500 ");
      client.send(GatewayFixture.WRONG);
      client.lineStarting("535 ");
      assertThat(fixture.peers).containsExactly("127.0.0.1");
    }
  }

  @Test
  void doesNotWaitForAHeaderWhenItStops() throws Exception {
    try (ScriptedUpstream upstream = upstream(new LinkedBlockingQueue<>())) {
      GatewayFixture fixture = fixture("127.0.0.0/8", Listener.Tls.NONE, upstream, Identify.NONE);
      try (Wire client = fixture.connect()) {
        fixture.close();
        assertThat(client.rest()).isEmpty();
        assertThat(fixture.counted("postern.connections.refused", "reason", "proxy-header"))
            .isZero();
      }
    }
  }

  @ParameterizedTest
  @EnumSource(ProxyProtocol.class)
  void tellsAnUpstreamThatExpectsAHeader(ProxyProtocol version) throws Exception {
    BlockingQueue<String> headers = new LinkedBlockingQueue<>();
    Identify identify = new Identify(false, false, Optional.of(version));
    try (ScriptedUpstream upstream = upstream(headers, version);
        GatewayFixture fixture = fixture("127.0.0.0/8", Listener.Tls.IMPLICIT, upstream, identify);
        Wire client = Wire.connect(fixture.gateway.listeners().getFirst().address())) {
      assertThat(headers.poll(10, TimeUnit.SECONDS))
          .as("of the probe")
          .contains(
              switch (version) {
                case V1 -> "PROXY TCP4 127.0.0.1 127.0.0.1 ";
                case V2 -> "7f0000017f000001";
              });
      client.send(V2);
      client.startTls(GatewayFixture.CA.clientContext());
      client.lineStarting("220 ");
      client.send(GatewayFixture.RIGHT);
      client.lineStarting("235 ");
      assertThat(headers.poll(10, TimeUnit.SECONDS))
          .isEqualTo(
              switch (version) {
                case V1 -> "PROXY TCP6 2001:db8::9 2001:db8::1 51234 587";
                case V2 ->
                    HexFormat.of().formatHex(V2).replace("21210024", "2121002c")
                        // PP2_TYPE_SSL: over TLS, no client certificate verified
                        + "2000050100000001";
              });
    }
  }

  @Test
  void sendsTheHeaderBeforeTlsAndTellsByXclientInside() throws Exception {
    BlockingQueue<String> headers = new LinkedBlockingQueue<>();
    BlockingQueue<String> told = new LinkedBlockingQueue<>();
    Identify identify = new Identify(true, true, Optional.of(ProxyProtocol.V1));
    try (ScriptedUpstream upstream =
            new ScriptedUpstream(wire -> {
              headers.add(unbufferedLine(wire));
              wire.acceptTls(GatewayFixture.CA.issue("localhost").serverContext());
              wire.send("220 upstream.test ESMTP\r\n");
              wire.lineStarting("EHLO");
              wire.send("250-upstream.test\r\n250-XCLIENT ADDR PORT\r\n250 AUTH PLAIN\r\n");
              told.add(wire.line());
              wire.send("220 upstream.test ESMTP\r\n");
              ScriptedUpstream.smtpLoginAfterGreeting(wire);
              wire.rest();
            });
        GatewayFixture fixture =
            new GatewayFixture(
                config(
                    List.of(Cidr.parse("127.0.0.1")),
                    Listener.Tls.NONE,
                    upstream,
                    Security.IMPLICIT_TLS,
                    identify));
        Wire client = fixture.connect()) {
      client.send(V1);
      client.lineStarting("220 ");
      client.send(GatewayFixture.RIGHT);
      client.lineStarting("235 ");
      assertThat(told).contains("XCLIENT PORT=51234 ADDR=203.0.113.9");
      assertThat(headers).contains(V1.strip());
    }
  }

  private static void awaitRefused(GatewayFixture fixture, String reason, int times) {
    Awaitility.await()
        .untilAsserted(() ->
            assertThat(fixture.counted("postern.connections.refused", "reason", reason))
                .isEqualTo(times));
  }

  /** What follows is TLS's alone. */
  private static String unbufferedLine(Wire wire) throws IOException {
    StringBuilder line = new StringBuilder();
    for (int next = 0; next >= 0 && next != '\n'; ) {
      next = wire.socket().getInputStream().read();
      line.append((char) next);
    }
    return line.toString().strip();
  }

  private static String said(Wire client, String text) throws IOException {
    try {
      client.send(text);
    } catch (SocketException closedAlready) {
      return "";
    }
    return client.rest();
  }

  private static ScriptedUpstream upstream(BlockingQueue<String> headers) throws IOException {
    return new ScriptedUpstream(wire -> {
      ScriptedUpstream.smtpLogin(wire);
      headers.add("none");
      wire.rest();
    });
  }

  private static ScriptedUpstream upstream(BlockingQueue<String> headers, ProxyProtocol version)
      throws IOException {
    return new ScriptedUpstream(wire -> {
      headers.add(
          switch (version) {
            case V1 -> wire.line();
            case V2 -> header(wire);
          });
      ScriptedUpstream.smtpLogin(wire);
      wire.rest();
    });
  }

  private static String header(Wire wire) throws IOException {
    byte[] head = wire.bytes(16);
    byte[] rest = wire.bytes(((head[14] & 0xff) << 8) + (head[15] & 0xff));
    return HexFormat.of().formatHex(head) + HexFormat.of().formatHex(rest);
  }

  private GatewayFixture fixture(
      String trusted, Listener.Tls tls, ScriptedUpstream upstream, Identify identify) {
    return new GatewayFixture(config(List.of(Cidr.parse(trusted)), tls, upstream, identify));
  }

  private GatewayConfig config(
      List<Cidr> trusted, Listener.Tls tls, ScriptedUpstream upstream, Identify identify) {
    return config(trusted, tls, upstream, Security.CLEAR, identify);
  }

  private GatewayConfig config(
      List<Cidr> trusted,
      Listener.Tls tls,
      ScriptedUpstream upstream,
      Security security,
      Identify identify) {
    Limits limits = GatewayFixture.LIMITS;
    return new GatewayConfig(
        "gate.test",
        List.of(new Listener(Scope.SUBMISSION, "127.0.0.1", 0, tls, Optional.empty(), trusted)),
        Optional.of(GatewayFixture.CA.issue("localhost").write(folder)),
        TlsVersion.TLS_1_2,
        Map.of(
            "real",
            new Upstream(
                "real",
                Map.of(Scope.SUBMISSION, new Endpoint("localhost", upstream.port(), security)),
                Optional.of(GatewayFixture.CA.writeCa(folder)),
                new LoginMethod.MasterUser("svc", Secret.ofText("master"), Optional.empty()),
                identify,
                Watch.NEVER)),
        List.of(new Route("*", "real")),
        new Limits(
            limits.failureDelay(),
            limits.beforeLoginDeadline(),
            limits.beforeLoginIdle(),
            limits.beforeLoginErrors(),
            limits.relayIdle(),
            new Timeouts(
                patience,
                limits.timeouts().handshake(),
                limits.timeouts().upstreamConnect(),
                limits.timeouts().upstreamStep(),
                limits.timeouts().upstreamLogin(),
                limits.timeouts().halfClosed(),
                limits.timeouts().stop()),
            limits.upstreamLoginsAtOnce()));
  }
}
