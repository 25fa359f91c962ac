package dev.postern.gateway.net;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.nio.ByteBuffer;

/**
 * Whom an address is counted as. Of IPv6 that is a /64, which is what one subscriber has at least,
 * so that nobody counts as many.
 *
 * @param bits the leading bits, at most 64 of them, right-aligned
 * @param length how many
 */
record ClientNetwork(boolean isIpv6, long bits, int length) {
  private static final int IPV4_NETWORK_REST = 8;

  /** One client: an IPv4 address, or a /64. */
  static ClientNetwork ofAddress(InetAddress address) {
    return switch (address) {
      case Inet6Address v6 ->
          new ClientNetwork(true, ByteBuffer.wrap(v6.getAddress()).getLong(), 64);
      case InetAddress v4 ->
          new ClientNetwork(false, ByteBuffer.wrap(v4.getAddress()).getInt(), 32);
    };
  }

  /** Its network: a /24 of IPv4, or a /64. */
  static ClientNetwork of(InetAddress address) {
    ClientNetwork client = ofAddress(address);
    return client.isIpv6
        ? client
        : new ClientNetwork(
            false, client.bits >> IPV4_NETWORK_REST, client.length - IPV4_NETWORK_REST);
  }
}
