package dev.postern.gateway.net;

import dev.postern.gateway.net.ClientHello.Curve;
import io.netty.buffer.ByteBufAllocator;
import io.netty.handler.ssl.ReferenceCountedOpenSslEngine;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslHandler;
import io.netty.internal.tcnative.SSL;
import java.security.cert.CertificateParsingException;
import java.security.cert.X509Certificate;
import java.security.interfaces.ECPublicKey;
import java.security.interfaces.RSAPublicKey;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * TLS with one certificate. Sessions are taken up again by tickets of TLS 1.3 alone: those of TLS
 * 1.2 would hold what opens the whole session to whoever gets the key later. Safe for use by
 * several threads.
 */
final class ServerTls {

  /** Of a subjectAltName, RFC 5280 §4.2.1.6. */
  private static final int DNS_NAME = 2;

  private final SslContext context;
  private final X509Certificate leaf;
  private final Optional<TicketSealing> tickets;
  private final Set<String> names;
  private final Optional<Curve> curve;

  /**
   * @param leaf the server's own certificate
   * @param tickets none where the engine cannot
   */
  ServerTls(SslContext context, X509Certificate leaf, Optional<TicketSealing> tickets) {
    this.context = context;
    this.leaf = leaf;
    this.tickets = tickets;
    this.names = names(leaf);
    this.curve =
        leaf.getPublicKey() instanceof ECPublicKey key
            ? Curve.ofBits(key.getParams().getCurve().getField().getFieldSize())
            : Optional.empty();
  }

  SslContext context() {
    return context;
  }

  X509Certificate leaf() {
    return leaf;
  }

  Instant expiry() {
    return leaf.getNotAfter().toInstant();
  }

  /** Whether a client that asks for that name believes the certificate, RFC 6125 §6.4. */
  boolean isFor(String serverName) {
    int dot = serverName.indexOf('.');
    return names.contains(serverName)
        || (dot > 0 && names.contains("*" + serverName.substring(dot)));
  }

  /** Whether it is for all names that the other one is for. */
  boolean isBeside(ServerTls other) {
    return !other.names.isEmpty() && other.names.stream().allMatch(this::isFor);
  }

  /** Whether a client can check signatures of the key, which takes a tenth of RSA's time. */
  boolean isEcFor(ClientHello hello) {
    return curve.filter(hello.curves()::contains).isPresent();
  }

  boolean isRsa() {
    return leaf.getPublicKey() instanceof RSAPublicKey;
  }

  /**
   * A handler for one connection.
   *
   * @param hello empty if it could not be read
   */
  SslHandler newHandler(ByteBufAllocator allocator, Optional<ClientHello> hello) {
    boolean mayResume =
        hello.filter(ClientHello::isTls13).isPresent()
            && tickets.filter(TicketSealing::isReady).isPresent();
    SslHandler handler = context.newHandler(allocator);
    if (!mayResume && handler.engine() instanceof ReferenceCountedOpenSslEngine boring) {
      SSL.setOptions(boring.sslPointer(), SSL.SSL_OP_NO_TICKET);
    }
    return handler;
  }

  private static Set<String> names(X509Certificate leaf) {
    try {
      Collection<List<?>> all = leaf.getSubjectAlternativeNames();
      return all == null
          ? Set.of()
          : all.stream()
              .filter(name -> name.getFirst().equals(DNS_NAME))
              .map(name -> String.valueOf(name.get(1)).toLowerCase(Locale.ROOT))
              .collect(Collectors.toUnmodifiableSet());
    } catch (CertificateParsingException _) {
      return Set.of();
    }
  }
}
