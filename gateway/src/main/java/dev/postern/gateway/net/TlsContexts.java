package dev.postern.gateway.net;

import dev.postern.gateway.GatewayConfig;
import dev.postern.gateway.GatewayConfig.CertificateFiles;
import dev.postern.gateway.GatewayConfig.TlsVersion;
import dev.postern.gateway.GatewayException;
import io.netty.buffer.ByteBufAllocator;
import io.netty.handler.ssl.OpenSsl;
import io.netty.handler.ssl.ReferenceCountedOpenSslEngine;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslHandler;
import io.netty.handler.ssl.SslProvider;
import io.netty.internal.tcnative.SSL;
import io.netty.util.ReferenceCountUtil;
import java.nio.file.Path;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLSession;

/**
 * The TLS settings of listeners and upstreams, loaded once. BoringSSL where it loads, else the
 * JDK's engine. Upstreams are verified against a CA and by name, always. Safe for use by several
 * threads.
 */
public final class TlsContexts implements AutoCloseable {
  private static final SslProvider PROVIDER =
      OpenSsl.isAvailable() ? SslProvider.OPENSSL_REFCNT : SslProvider.JDK;

  private final Optional<ServerTls> server;
  private final Map<String, SslContext> byUpstream;

  /**
   * @param expiry of the leaf certificate
   */
  private record ServerTls(SslContext context, Instant expiry) {}

  private TlsContexts(Optional<ServerTls> server, Map<String, SslContext> byUpstream) {
    this.server = server;
    this.byUpstream = byUpstream;
  }

  /**
   * Loads all that the configuration names.
   *
   * @throws GatewayException if a file cannot be read or does not hold what it should
   */
  public static TlsContexts load(GatewayConfig config) {
    Optional<ServerTls> server =
        config.certificate().map(files -> serverTls(files, config.minimumTls()));
    Map<String, SslContext> clients = new HashMap<>();
    try {
      config
          .upstreams()
          .forEach((name, upstream) -> clients.put(name, clientContext(name, upstream.trust())));
      return new TlsContexts(server, Map.copyOf(clients));
    } catch (RuntimeException e) {
      server.map(ServerTls::context).ifPresent(ReferenceCountUtil::release);
      clients.values().forEach(ReferenceCountUtil::release);
      throw e;
    }
  }

  /** The listeners' settings; empty without a certificate. */
  Optional<SslContext> server() {
    return server.map(ServerTls::context);
  }

  /** When the listeners' certificate expires. */
  Optional<Instant> serverExpiry() {
    return server.map(ServerTls::expiry);
  }

  /** A handler for one connection to an upstream, which verifies that it speaks to {@code host}. */
  SslHandler clientHandler(String upstream, ByteBufAllocator allocator, String host, int port) {
    SslContext context = byUpstream.get(upstream);
    if (context == null) {
      throw new IllegalArgumentException("no upstream is named " + upstream);
    }
    return context.newHandler(allocator, host, port);
  }

  /** Whether a handshake that is just done took up an earlier session. */
  static boolean isResumed(SSLEngine engine, long startedAtMillis) {
    if (engine instanceof ReferenceCountedOpenSslEngine boring) {
      return SSL.isSessionReused(boring.sslPointer());
    }
    SSLSession session = engine.getSession();
    return session.getCreationTime() < startedAtMillis;
  }

  /** Frees native memory; connections that still use it keep their share. */
  @Override
  public void close() {
    server().ifPresent(ReferenceCountUtil::release);
    byUpstream.values().forEach(ReferenceCountUtil::release);
  }

  private static ServerTls serverTls(CertificateFiles files, TlsVersion minimum) {
    PemFiles.Identity identity = PemFiles.identity(files);
    try {
      SslContext context =
          SslContextBuilder.forServer(identity.key(), identity.chain())
              .sslProvider(PROVIDER)
              .protocols(versionsFrom(minimum))
              .build();
      return new ServerTls(context, identity.chain().getFirst().getNotAfter().toInstant());
    } catch (IllegalArgumentException | SSLException e) {
      throw unusable(
          "cannot use the certificate "
              + files.certificate()
              + " with the private key "
              + files.privateKey(),
          e);
    }
  }

  private static SslContext clientContext(String upstream, Optional<Path> trust) {
    SslContextBuilder builder =
        SslContextBuilder.forClient()
            .sslProvider(PROVIDER)
            .protocols(versionsFrom(TlsVersion.TLS_1_2))
            .endpointIdentificationAlgorithm("HTTPS");
    trust.ifPresent(file ->
        builder.trustManager(PemFiles.certificates("CA file of upstream " + upstream, file)));
    try {
      return builder.build();
    } catch (IllegalArgumentException | SSLException e) {
      throw unusable("cannot use the CA file of upstream " + upstream, e);
    }
  }

  private static List<String> versionsFrom(TlsVersion minimum) {
    return Stream.of(TlsVersion.values())
        .filter(version -> version.compareTo(minimum) >= 0)
        .map(TlsVersion::word)
        .toList();
  }

  private static GatewayException unusable(String message, Exception e) {
    return new GatewayException(
        message + ": " + String.valueOf(e.getMessage()).lines().findFirst().orElse(""),
        "give PEM files with a certificate of a usual kind, RSA or EC");
  }
}
