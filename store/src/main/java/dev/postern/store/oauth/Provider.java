package dev.postern.store.oauth;

import java.net.InetAddress;
import java.net.URI;
import java.util.Locale;
import java.util.Optional;

/** Where a provider hands out tokens. */
public sealed interface Provider {

  /**
   * At known places.
   *
   * @param authorization where a person is sent for consent
   * @param device where a code for a person is had
   */
  record Known(URI token, Optional<URI> authorization, Optional<URI> device) implements Provider {}

  /** At those that its discovery document names, OpenID Connect Discovery 1.0 §4. */
  record Discovered(URI issuer) implements Provider {}

  /** Whether secrets may go there: {@code https}, or {@code http} on this machine. */
  static boolean isFit(URI url) {
    String host = url.getHost();
    if (host == null || url.getUserInfo() != null || url.getFragment() != null) {
      return false;
    }
    return switch (String.valueOf(url.getScheme()).toLowerCase(Locale.ROOT)) {
      case "https" -> true;
      case "http" -> isLoopback(host);
      default -> false;
    };
  }

  private static boolean isLoopback(String host) {
    if (host.equals("localhost")) {
      return true;
    }
    try {
      return InetAddress.ofLiteral(host.replaceAll("[\\[\\]]", "")).isLoopbackAddress();
    } catch (IllegalArgumentException _) {
      return false;
    }
  }
}
