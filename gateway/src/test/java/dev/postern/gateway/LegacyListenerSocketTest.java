package dev.postern.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.postern.gateway.GatewayConfig.CertificateFiles;
import dev.postern.gateway.GatewayConfig.Listener;
import dev.postern.gateway.GatewayConfig.TlsVersion;
import dev.postern.gateway.dialogue.UpstreamPlan.Security;
import dev.postern.gateway.net.EverythingLogged;
import dev.postern.gateway.net.LeakCheck;
import dev.postern.gateway.net.ScriptedUpstream;
import dev.postern.gateway.net.TestCertificates;
import dev.postern.gateway.net.Wire;
import dev.postern.store.auth.Cidr;
import dev.postern.store.auth.Lane;
import dev.postern.store.auth.Protection;
import dev.postern.store.auth.Scope;
import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslHandler;
import io.netty.handler.ssl.SslProvider;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A listener for very old clients, beside one for everybody else. */
@ExtendWith(LeakCheck.class)
class LegacyListenerSocketTest {
  private static final String OLD_CIPHER = "TLS_RSA_WITH_AES_128_CBC_SHA";

  @TempDir Path folder;

  @ParameterizedTest
  @CsvSource({
    "TLSv1," + OLD_CIPHER,
    "TLSv1.1," + OLD_CIPHER,
    "TLSv1.2," + OLD_CIPHER,
    "TLSv1,TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA",
    "TLSv1.2,TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256",
    "TLSv1.3,TLS_AES_128_GCM_SHA256"
  })
  void takesOldAndNewVersionsOnTheLegacyListener(String version, String cipher) throws Exception {
    try (ScriptedUpstream upstream = upstream();
        GatewayFixture fixture = new GatewayFixture(config(upstream, legacyFiles(), Lane.LEGACY))) {
      assertThat(handshake(fixture.gateway.listeners().getLast().address(), version, cipher))
          .contains(version);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "TLSv1," + OLD_CIPHER + ",unsupported-protocol",
    "TLSv1.1," + OLD_CIPHER + ",unsupported-protocol",
    "TLSv1,TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA,unsupported-protocol",
    "TLSv1.1,TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA,unsupported-protocol",
    "TLSv1.2," + OLD_CIPHER + ",no-shared-cipher"
  })
  void refusesThemOnEveryOtherAndSaysWhy(String version, String cipher, String cause)
      throws Exception {
    try (EverythingLogged log = new EverythingLogged();
        ScriptedUpstream upstream = upstream();
        GatewayFixture fixture = new GatewayFixture(config(upstream, legacyFiles(), Lane.LEGACY))) {
      assertThat(handshake(fixture.gateway.listeners().getFirst().address(), version, cipher))
          .isEmpty();
      Awaitility.await()
          .untilAsserted(() ->
              assertThat(log.lines())
                  .anyMatch(line -> line.contains(" end=tls-failed cause=" + cause + " ")));
    }
  }

  @Test
  void refusesThemWithAnRsaCertificateToo() throws Exception {
    try (ScriptedUpstream upstream = upstream();
        GatewayFixture fixture =
            new GatewayFixture(config(upstream, legacyFiles(), Lane.ORDINARY))) {
      InetSocketAddress address = fixture.gateway.listeners().getLast().address();
      assertThat(handshake(address, "TLSv1", OLD_CIPHER)).isEmpty();
      assertThat(handshake(address, "TLSv1.2", OLD_CIPHER)).isEmpty();
      assertThat(handshake(address, "TLSv1.2", "TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA"))
          .as("Outlook on Windows 7")
          .contains("TLSv1.2");
    }
  }

  @Test
  void leavesTheLowestVersionOfOthersAlone() throws Exception {
    try (ScriptedUpstream upstream = upstream()) {
      GatewayConfig usual = config(upstream, legacyFiles(), Lane.LEGACY);
      GatewayConfig strict = AlteredConfig.of(usual).minimumTls(TlsVersion.TLS_1_3).config();
      try (GatewayFixture fixture = new GatewayFixture(strict)) {
        InetSocketAddress modern = fixture.gateway.listeners().getFirst().address();
        InetSocketAddress legacy = fixture.gateway.listeners().getLast().address();
        String cipher = "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256";
        assertThat(handshake(modern, "TLSv1.2", cipher)).isEmpty();
        assertThat(handshake(modern, "TLSv1.3", "TLS_AES_128_GCM_SHA256")).contains("TLSv1.3");
        assertThat(handshake(legacy, "TLSv1", OLD_CIPHER)).contains("TLSv1");
      }
    }
  }

  /** Behind a proxy, since all that a test can connect from is this machine. */
  @ParameterizedTest
  @CsvSource({"203.0.113.9, LEGACY", "127.0.0.9, ORDINARY"})
  void whatComesInClearFromThisMachineHasCrossedNoNetwork(String from, Lane lane) throws Exception {
    try (ScriptedUpstream upstream = upstream()) {
      GatewayConfig usual = config(upstream, legacyFiles(), Lane.LEGACY);
      Listener inClear =
          new Listener(
              Scope.SUBMISSION,
              "127.0.0.1",
              0,
              Listener.Tls.NONE,
              Optional.empty(),
              List.of(Cidr.parse("127.0.0.0/8")),
              Optional.empty(),
              Optional.empty(),
              Lane.LEGACY);
      GatewayConfig config = AlteredConfig.of(usual).listeners(inClear).config();
      try (GatewayFixture fixture = new GatewayFixture(config);
          Wire client = fixture.connect()) {
        client.send("PROXY TCP4 " + from + " 192.0.2.1 51234 587\r\n" + GatewayFixture.WRONG);
        client.lineStarting("535 ");
        assertThat(fixture.lanes).containsExactly(lane);
      }
    }
  }

  @Test
  void tellsTheVerifierOfTheLaneAndOfTheProtection() throws Exception {
    try (ScriptedUpstream upstream = upstream();
        GatewayFixture fixture = new GatewayFixture(config(upstream, legacyFiles(), Lane.LEGACY))) {
      BlockingQueue<String> said = new LinkedBlockingQueue<>();
      InetSocketAddress address = fixture.gateway.listeners().getLast().address();
      converse(
          address,
          "TLSv1",
          OLD_CIPHER,
          said,
          "EHLO scanner\n" + GatewayFixture.RIGHT.replace("\r\n", "\n"));
      assertThat(said)
          .anyMatch(text -> text.contains("220 legacy.gate.test"))
          .anyMatch(text -> text.contains("AUTH=PLAIN LOGIN"))
          .anyMatch(text -> text.contains("235 "));
      assertThat(fixture.lanes).containsExactly(Lane.LEGACY);
      assertThat(fixture.protections).containsExactly(Protection.TLS_1_0);
      assertThat(fixture.counted("postern.tls.handshakes", "version", "TLSv1", "resumed", "false"))
          .isEqualTo(1);
    }
  }

  @Test
  void needsAnRsaKey() throws Exception {
    CertificateFiles files =
        GatewayFixture.CA.issue("legacy.test").write(Files.createDirectory(folder.resolve("ec")));
    try (ScriptedUpstream upstream = upstream()) {
      assertThatThrownBy(() -> new GatewayFixture(config(upstream, files, Lane.LEGACY)))
          .isInstanceOf(GatewayException.class)
          .hasMessageContaining("legacy-tls needs an RSA key");
    }
  }

  /** Nor by another certificate for the same key. */
  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void sharesNoKeyWithAnOrdinaryListener(boolean isRenewed) throws Exception {
    TestCertificates.Issued old = GatewayFixture.CA.issueRsa("legacy.gate.test");
    CertificateFiles own = old.write(Files.createDirectory(folder.resolve("legacy")));
    CertificateFiles shared =
        isRenewed
            ? GatewayFixture.CA
                .renewed(old, "localhost")
                .write(Files.createDirectory(folder.resolve("renewed")))
            : own;
    try (ScriptedUpstream upstream = upstream()) {
      GatewayConfig config = config(upstream, own, Lane.LEGACY);
      GatewayConfig sharing = AlteredConfig.of(config).certificate(Optional.of(shared)).config();
      assertThatThrownBy(() -> new GatewayFixture(sharing))
          .isInstanceOf(GatewayException.class)
          .hasMessageContaining("legacy-tls and for another one");
    }
  }

  @Test
  void looksAfterwardsAtASecretThatCameInClear() throws Exception {
    try (ScriptedUpstream upstream = upstream();
        GatewayFixture fixture =
            new GatewayFixture(
                folder,
                Listener.Tls.STARTTLS,
                upstream.port(),
                Security.CLEAR,
                GatewayFixture.LIMITS);
        Wire client = fixture.client()) {
      fixture.mayLook = new CountDownLatch(1);
      client.send(GatewayFixture.RIGHT);
      client.lineStarting("530 5.7.0 Must issue a STARTTLS command first");
      fixture.mayLook.countDown();
      Awaitility.await()
          .untilAsserted(() -> assertThat(fixture.exposed).containsExactly("alice right clear"));
      assertThat(fixture.asked.get()).as("asked whether to let it in").isZero();
      assertThat(
              fixture.counted(
                  "postern.login.refusals", "protocol", "submission", "reason", "in-clear"))
          .isEqualTo(1);
    }
  }

  private CertificateFiles legacyFiles() throws Exception {
    return GatewayFixture.CA
        .issueRsa("legacy.gate.test")
        .write(Files.createDirectories(folder.resolve("legacy")));
  }

  private GatewayConfig config(ScriptedUpstream upstream, CertificateFiles files, Lane lane) {
    GatewayConfig usual =
        GatewayFixture.config(
            folder,
            Listener.Tls.IMPLICIT,
            "localhost",
            upstream.port(),
            Security.CLEAR,
            GatewayFixture.LIMITS);
    return AlteredConfig.of(usual)
        .listeners(
            usual.listeners().getFirst(),
            new Listener(
                Scope.SUBMISSION,
                "127.0.0.1",
                0,
                Listener.Tls.IMPLICIT,
                Optional.empty(),
                List.of(),
                Optional.of("legacy.gate.test"),
                Optional.of(files),
                lane))
        .config();
  }

  private static ScriptedUpstream upstream() throws Exception {
    return new ScriptedUpstream(wire -> {
      ScriptedUpstream.smtpLogin(wire);
      wire.rest();
    });
  }

  /** The version that was agreed upon; empty if none was. */
  private Optional<String> handshake(InetSocketAddress address, String version, String cipher)
      throws Exception {
    return converse(address, version, cipher, new LinkedBlockingQueue<>(), "");
  }

  /**
   * A client of a certain age, which the JDK can no longer be: sends text once it is greeted, and
   * listens until it is let in.
   */
  private Optional<String> converse(
      InetSocketAddress address,
      String version,
      String cipher,
      BlockingQueue<String> said,
      String text)
      throws Exception {
    SslContext tls =
        SslContextBuilder.forClient()
            .sslProvider(SslProvider.OPENSSL)
            .trustManager(GatewayFixture.CA.writeCa(folder).toFile())
            .protocols(version)
            .ciphers(List.of(cipher))
            .endpointIdentificationAlgorithm("")
            .build();
    MultiThreadIoEventLoopGroup loop =
        new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
    SslHandler handler = tls.newHandler(ByteBufAllocator.DEFAULT);
    try {
      Channel channel =
          new Bootstrap()
              .group(loop)
              .channel(NioSocketChannel.class)
              .handler(
                  new ChannelInitializer<Channel>() {
                    @Override
                    protected void initChannel(Channel fresh) {
                      fresh.pipeline().addLast(handler, new Listening(said));
                    }
                  })
              .connect(address)
              .sync()
              .channel();
      boolean isDone =
          handler.handshakeFuture().await(10, TimeUnit.SECONDS)
              && handler.handshakeFuture().isSuccess();
      Optional<String> agreed =
          isDone ? Optional.of(handler.engine().getSession().getProtocol()) : Optional.empty();
      if (isDone && !text.isEmpty()) {
        channel.writeAndFlush(Unpooled.copiedBuffer(text, StandardCharsets.ISO_8859_1)).sync();
        Awaitility.await().until(() -> said.stream().anyMatch(line -> line.contains("235 ")));
      }
      channel.close().sync();
      return agreed;
    } finally {
      loop.shutdownGracefully(0, 1, TimeUnit.SECONDS).sync();
    }
  }

  private static final class Listening extends SimpleChannelInboundHandler<ByteBuf> {
    private final BlockingQueue<String> said;

    Listening(BlockingQueue<String> said) {
      this.said = said;
    }

    @Override
    protected void channelRead0(ChannelHandlerContext ctx, ByteBuf bytes) {
      said.add(bytes.toString(StandardCharsets.ISO_8859_1));
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
      ctx.close();
    }
  }
}
