package dev.postern.store;

import java.net.InetAddress;
import java.net.URI;
import java.util.Locale;

/** Which services may be told secrets, or of people. */
public final class SecretUrl {
  private static final int LAST_PORT = 65_535;

  private SecretUrl() {}

  /** Whether that goes there safely: by {@code https}, or by {@code http} on this machine. */
  public static boolean isFit(URI url) {
    String host = url.getHost();
    if (host == null || url.getUserInfo() != null || url.getFragment() != null) {
      return false;
    }
    if (url.getPort() == 0 || url.getPort() > LAST_PORT) {
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
