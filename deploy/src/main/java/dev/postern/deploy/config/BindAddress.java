package dev.postern.deploy.config;

import java.net.InetAddress;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * An address to listen on.
 *
 * @param host IPv4 or IPv6 literal, without brackets
 * @param port 0 takes a free one
 */
record BindAddress(String host, int port) {
  private static final Pattern FORM = Pattern.compile("(?:\\[([^\\]]*)]|([^:]*)):([0-9]{1,5})");
  private static final String REMEDY = "write ADDRESS:PORT, such as 127.0.0.1:8080 or [::]:993";

  static BindAddress parse(String text) throws BadValue {
    Matcher matcher = FORM.matcher(text);
    if (!matcher.matches()) {
      throw new BadValue("\"" + text + "\" is not an address with a port", REMEDY);
    }
    int port = Integer.parseInt(matcher.group(3));
    if (port > 65_535) {
      throw new BadValue(port + " is not a port", "write one from 1 to 65535, or 0 for a free one");
    }
    String host = matcher.group(1) == null ? matcher.group(2) : matcher.group(1);
    boolean isRightKind =
        matcher.group(1) == null ? Loopback.isIpv4Literal(host) : Loopback.isIpv6Literal(host);
    if (!isRightKind) {
      throw new BadValue("\"" + host + "\" is not an address literal", REMEDY);
    }
    return new BindAddress(host, port);
  }

  boolean isLoopback() {
    return Loopback.isLoopback(host);
  }

  /** Whether both could not be bound on one machine: the same port, and an address in common. */
  boolean collidesWith(BindAddress other) {
    if (port == 0 || port != other.port) {
      return false;
    }
    InetAddress mine = InetAddress.ofLiteral(host);
    InetAddress theirs = InetAddress.ofLiteral(other.host);
    boolean isEverywhere = mine.isAnyLocalAddress() || theirs.isAnyLocalAddress();
    boolean isDualStack = host.equals("::") || other.host.equals("::");
    return mine.equals(theirs) || isDualStack || (isEverywhere && sameFamily(mine, theirs));
  }

  private static boolean sameFamily(InetAddress left, InetAddress right) {
    return left.getAddress().length == right.getAddress().length;
  }
}
