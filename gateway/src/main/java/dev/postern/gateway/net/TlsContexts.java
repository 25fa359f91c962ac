package dev.postern.gateway.net;

import dev.postern.gateway.GatewayConfig;
import dev.postern.gateway.GatewayConfig.CertificateFiles;
import dev.postern.gateway.GatewayConfig.Listener;
import dev.postern.gateway.GatewayConfig.TlsVersion;
import dev.postern.gateway.GatewayConfig.Upstream;
import dev.postern.gateway.GatewayException;
import dev.postern.store.auth.Lane;
import dev.postern.store.tickets.TicketKeys;
import io.netty.buffer.ByteBufAllocator;
import io.netty.handler.ssl.CipherSuiteFilter;
import io.netty.handler.ssl.OpenSsl;
import io.netty.handler.ssl.OpenSslServerSessionContext;
import io.netty.handler.ssl.OpenSslSessionContext;
import io.netty.handler.ssl.ReferenceCountedOpenSslEngine;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslHandler;
import io.netty.handler.ssl.SslProvider;
import io.netty.handler.ssl.SupportedCipherSuiteFilter;
import io.netty.internal.tcnative.SSL;
import io.netty.util.ReferenceCountUtil;
import java.security.GeneralSecurityException;
import java.security.cert.X509Certificate;
import java.security.interfaces.RSAPrivateKey;
import java.time.Instant;
import java.util.Comparator;
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

  /**
   * Netty hands a key over in a store that is gone at once; the usual kind encrypts it at length.
   */
  private static final String SHORT_LIVED = "JKS";

  static {
    if (PROVIDER == SslProvider.JDK) {
      // Its tickets are of TLS 1.2, too: see ServerTls.
      System.setProperty("jdk.tls.server.enableSessionTicketExtension", "false");
    }
  }

  private final Map<ServerKind, ServerTls> servers;
  private final List<CertificateFiles> usual;
  private final Map<String, SslContext> byUpstream;

  /** What the settings of a listener depend on. */
  private record ServerKind(CertificateFiles certificate, Lane lane) {}

  private static final List<String> EVERY_VERSION =
      List.of("TLSv1", "TLSv1.1", "TLSv1.2", "TLSv1.3");

  private static final CipherSuiteFilter SUPPORTED = SupportedCipherSuiteFilter.INSTANCE;

  private TlsContexts(
      Map<ServerKind, ServerTls> servers,
      List<CertificateFiles> usual,
      Map<String, SslContext> byUpstream) {
    this.servers = servers;
    this.usual = usual;
    this.byUpstream = byUpstream;
  }

  /**
   * Loads all that the configuration names.
   *
   * @param tickets what sessions of clients are resumed with
   * @throws GatewayException if a file cannot be read or does not hold what it should
   */
  public static TlsContexts load(GatewayConfig config, TicketKeys tickets) {
    Map<ServerKind, ServerTls> servers = new HashMap<>();
    Map<String, SslContext> clients = new HashMap<>();
    try {
      List<CertificateFiles> usual = config.certificates();
      Stream.concat(
              usual.stream().map(files -> new ServerKind(files, Lane.ORDINARY)),
              config.listeners().stream()
                  .filter(listener -> listener.tls() != Listener.Tls.NONE)
                  .flatMap(listener -> kinds(listener, usual).stream()))
          .forEach(kind ->
              servers.computeIfAbsent(kind, _ -> serverTls(kind, config.minimumTls(), tickets)));
      refuseSharedKeys(servers);
      config
          .upstreams()
          .forEach((name, upstream) -> {
            if (upstream.hasTls()
                || upstream.trust().isPresent()
                || upstream.clientCertificate().isPresent()) {
              clients.put(name, clientContext(upstream));
            }
          });
      return new TlsContexts(Map.copyOf(servers), usual, Map.copyOf(clients));
    } catch (RuntimeException e) {
      servers.values().stream().map(ServerTls::context).forEach(ReferenceCountUtil::release);
      clients.values().forEach(ReferenceCountUtil::release);
      throw e;
    }
  }

  /** What is learned of a key over old TLS must be of no use against anything else. */
  private static void refuseSharedKeys(Map<ServerKind, ServerTls> servers) {
    servers.forEach((kind, old) ->
        servers.forEach((other, modern) -> {
          if (kind.lane() == Lane.LEGACY
              && other.lane() == Lane.ORDINARY
              && old.leaf().getPublicKey().equals(modern.leaf().getPublicKey())) {
            throw new GatewayException(
                kind.certificate().privateKey()
                    + " is used for a listener with legacy-tls and for another one",
                "make a key for the legacy listener alone");
          }
        }));
  }

  private static List<ServerKind> kinds(Listener listener, List<CertificateFiles> usual) {
    return listener.certificate().map(List::of).orElse(usual).stream()
        .map(files -> new ServerKind(files, listener.lane()))
        .toList();
  }

  /** What a listener shows; empty without a certificate. */
  Optional<ServerCertificates> server(Listener listener) {
    List<ServerTls> all =
        kinds(listener, usual).stream()
            .flatMap(kind -> Optional.ofNullable(servers.get(kind)).stream())
            .toList();
    return all.isEmpty() ? Optional.empty() : Optional.of(new ServerCertificates(all));
  }

  /** What listeners show. */
  public List<X509Certificate> certificates() {
    return servers.values().stream().map(ServerTls::leaf).distinct().toList();
  }

  /** When the first of the listeners' certificates expires. */
  Optional<Instant> serverExpiry() {
    return servers.values().stream().map(ServerTls::expiry).min(Comparator.naturalOrder());
  }

  /** A handler for one connection to an upstream, which verifies that it speaks to {@code host}. */
  SslHandler clientHandler(String upstream, ByteBufAllocator allocator, String host, int port) {
    SslContext context = byUpstream.get(upstream);
    if (context == null) {
      throw new IllegalArgumentException("no upstream with TLS is named " + upstream);
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
    servers.values().stream().map(ServerTls::context).forEach(ReferenceCountUtil::release);
    byUpstream.values().forEach(ReferenceCountUtil::release);
  }

  private static ServerTls serverTls(ServerKind kind, TlsVersion minimum, TicketKeys tickets) {
    CertificateFiles files = kind.certificate();
    PemFiles.Identity identity = PemFiles.identity(files);
    X509Certificate leaf = identity.chain().getFirst();
    try {
      byte[] purpose = TicketSealing.purposeOf(leaf);
      SslContext context =
          settings(
                  SslContextBuilder.forServer(identity.key(), identity.chain())
                      .sslProvider(PROVIDER)
                      .keyStoreType(SHORT_LIVED)
                      // Clients are not asked who they are: else all known authorities are loaded.
                      .trustManager(leaf),
                  kind,
                  identity,
                  minimum)
              .build();
      if (context.sessionContext() instanceof OpenSslSessionContext boring) {
        // Clients keep their sessions; here they would pile up.
        boring.setSessionCacheEnabled(false);
      }
      return new ServerTls(
          context,
          leaf,
          context.sessionContext() instanceof OpenSslServerSessionContext boring
              ? Optional.of(new TicketSealing(tickets, boring, purpose))
              : Optional.empty());
    } catch (IllegalArgumentException | SSLException | GeneralSecurityException e) {
      throw unusable(
          "cannot use the certificate "
              + files.certificate()
              + " with the private key "
              + files.privateKey(),
          e);
    }
  }

  private static SslContextBuilder settings(
      SslContextBuilder builder, ServerKind kind, PemFiles.Identity identity, TlsVersion minimum) {
    return switch (kind.lane()) {
      case ORDINARY ->
          builder.protocols(versionsFrom(minimum)).ciphers(TlsCiphers.FORWARD_SECRET, SUPPORTED);
      case LEGACY -> {
        if (PROVIDER == SslProvider.JDK) {
          throw new GatewayException(
              "legacy-tls needs BoringSSL, which does not load on this machine",
              "take the listener out, or run Postern on Linux on x86-64 or ARM64");
        }
        if (!(identity.key() instanceof RSAPrivateKey)) {
          throw new GatewayException(
              "legacy-tls needs an RSA key: old devices know no other, and "
                  + kind.certificate().privateKey()
                  + " has none",
              "give this listener a certificate with an RSA key of 2048 bits");
        }
        yield builder.protocols(EVERY_VERSION).ciphers(TlsCiphers.ALSO_OLD, SUPPORTED);
      }
    };
  }

  private static SslContext clientContext(Upstream upstream) {
    SslContextBuilder builder =
        SslContextBuilder.forClient()
            .sslProvider(PROVIDER)
            .protocols(versionsFrom(TlsVersion.TLS_1_2))
            .endpointIdentificationAlgorithm("HTTPS");
    String name = upstream.name();
    upstream
        .trust()
        .ifPresent(file ->
            builder.trustManager(PemFiles.certificates("CA file of upstream " + name, file)));
    upstream
        .clientCertificate()
        .map(PemFiles::identity)
        .ifPresent(own -> builder.keyStoreType(SHORT_LIVED).keyManager(own.key(), own.chain()));
    try {
      return builder.build();
    } catch (IllegalArgumentException | SSLException e) {
      throw unusable("cannot use the CA file or the client certificate of upstream " + name, e);
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
