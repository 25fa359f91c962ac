package dev.postern.store.hash;

import java.net.InetAddress;
import java.nio.ByteBuffer;

/**
 * Whom an address counts as in the queue: its /24 (IPv4) or its /48 (IPv6), which is what one
 * customer of a provider may have.
 *
 * @param length bytes of the address
 * @param prefix its leading bits
 */
record SourceNetwork(int length, long prefix) {
  private static final int IPV4_HOST_BITS = 8;
  private static final int IPV6_REST_BITS = 16; // of the first 64

  static SourceNetwork of(InetAddress address) {
    byte[] bytes = address.getAddress();
    return bytes.length == 4
        ? new SourceNetwork(4, ByteBuffer.wrap(bytes).getInt() >>> IPV4_HOST_BITS)
        : new SourceNetwork(bytes.length, ByteBuffer.wrap(bytes).getLong() >>> IPV6_REST_BITS);
  }
}
