package dev.postern.deploy.config;

import java.net.InetAddress;

/** Which hosts are this machine itself, decided without asking DNS. */
final class Loopback {
  private Loopback() {}

  static boolean isLoopback(String host) {
    boolean isLiteral = isIpv4Literal(host) || isIpv6Literal(host);
    return host.equals("localhost")
        || (isLiteral && InetAddress.ofLiteral(host).isLoopbackAddress());
  }

  static boolean isIpv4Literal(String host) {
    return host.matches("[0-9]{1,3}(\\.[0-9]{1,3}){3}") && isLiteral(host);
  }

  static boolean isIpv6Literal(String host) {
    return host.matches("[0-9a-fA-F:.]*:[0-9a-fA-F:.]*") && isLiteral(host);
  }

  private static boolean isLiteral(String host) {
    try {
      InetAddress.ofLiteral(host);
      return true;
    } catch (IllegalArgumentException _) {
      return false;
    }
  }
}
