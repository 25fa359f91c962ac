package dev.postern.gateway.net;

import java.util.List;
import java.util.stream.Stream;

/** The cipher suites that listeners take, best first. */
final class TlsCiphers {

  /**
   * For everybody: what was recorded cannot be read with a key that is stolen later. The last four
   * are for Outlook on Windows 7 and 8.1, whose TLS 1.2 knows no other of these with RSA
   * certificates.
   */
  static final List<String> FORWARD_SECRET =
      List.of(
          "TLS_AES_128_GCM_SHA256",
          "TLS_AES_256_GCM_SHA384",
          "TLS_CHACHA20_POLY1305_SHA256",
          "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256",
          "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256",
          "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384",
          "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384",
          "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256",
          "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256",
          "TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA",
          "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA",
          "TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA",
          "TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA");

  /** On legacy listeners: RSA key exchange, too, and what TLS 1.0 has. */
  static final List<String> ALSO_OLD =
      Stream.concat(
              FORWARD_SECRET.stream(),
              Stream.of(
                  "TLS_RSA_WITH_AES_128_GCM_SHA256",
                  "TLS_RSA_WITH_AES_256_GCM_SHA384",
                  "TLS_RSA_WITH_AES_128_CBC_SHA",
                  "TLS_RSA_WITH_AES_256_CBC_SHA",
                  "SSL_RSA_WITH_3DES_EDE_CBC_SHA"))
          .toList();

  private TlsCiphers() {}
}
