package dev.postern.store.guard;

import java.net.InetAddress;
import java.util.Arrays;
import java.util.List;

/**
 * The networks that an address is counted with, the narrowest first: /32 and /24 of IPv4; /64, /56
 * and /48 of IPv6, of which one customer of a provider may have any.
 *
 * @param home length of what counts as one place: whoever was there once is at home there
 */
record Prefixes(List<Prefix> all, int home) {
  private static final int IPV4_BYTES = 4;

  private static final Prefixes IPV4 =
      new Prefixes(List.of(new Prefix(32, 1), new Prefix(24, 8)), 24);
  private static final Prefixes IPV6 =
      new Prefixes(List.of(new Prefix(64, 1), new Prefix(56, 4), new Prefix(48, 16)), 56);

  /**
   * One of them.
   *
   * @param share how many times as much as a single address it may do
   */
  record Prefix(int length, int share) {
    byte[] of(InetAddress address) {
      return masked(address, length);
    }
  }

  static Prefixes of(InetAddress address) {
    return address.getAddress().length == IPV4_BYTES ? IPV4 : IPV6;
  }

  static byte[] narrowest(InetAddress address) {
    return of(address).all.getFirst().of(address);
  }

  static byte[] home(InetAddress address) {
    return masked(address, of(address).home);
  }

  /** The network's length is part of them, so that no two networks have the same bytes. */
  private static byte[] masked(InetAddress address, int length) {
    byte[] bytes = Arrays.copyOf(address.getAddress(), length / Byte.SIZE + 1);
    bytes[bytes.length - 1] = (byte) length;
    return bytes;
  }
}
