package dev.postern.store.sql;

import dev.postern.store.auth.Cidr;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.HexFormat;
import java.util.Optional;

/**
 * Addresses as text that sorts by their bits, so that a network is a range: {@code 4} or {@code 6},
 * and hexadecimal digits.
 */
final class PeerKey {
  private PeerKey() {}

  static String of(InetAddress address) {
    return print(address.getAddress());
  }

  /**
   * The address behind a key.
   *
   * @throws IllegalArgumentException if it is none
   */
  static InetAddress parse(String key) {
    try {
      return InetAddress.getByAddress(HexFormat.of().parseHex(key, 1, key.length()));
    } catch (UnknownHostException e) {
      throw new IllegalArgumentException("an address has 4 or 16 bytes", e);
    }
  }

  /** The address behind what may be a key. */
  static Optional<InetAddress> find(String key) {
    try {
      return Optional.of(parse(key));
    } catch (IllegalArgumentException | IndexOutOfBoundsException _) {
      return Optional.empty();
    }
  }

  static String first(Cidr network) {
    return of(network.address());
  }

  static String last(Cidr network) {
    byte[] bytes = network.address().getAddress();
    for (int bit = network.prefix(); bit < bytes.length * 8; bit++) {
      bytes[bit / 8] |= (byte) (0x80 >> bit % 8);
    }
    return print(bytes);
  }

  private static String print(byte[] bytes) {
    return (bytes.length == 4 ? "4" : "6") + HexFormat.of().formatHex(bytes);
  }
}
