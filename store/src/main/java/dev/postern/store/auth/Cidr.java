package dev.postern.store.auth;

import java.math.BigInteger;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Comparator;
import java.util.List;
import java.util.regex.Pattern;

/**
 * A network such as {@code 192.0.2.0/24} or {@code 2001:db8::/32}; a bare address is a network of
 * one.
 *
 * @param address first address; bits behind the prefix are zero
 * @param prefix number of leading bits that count
 */
public record Cidr(InetAddress address, int prefix) {
  /** Version 4 before 6, then by address, the wider before the narrower. */
  public static final Comparator<Cidr> BY_ADDRESS =
      Comparator.<Cidr>comparingInt(network -> network.address().getAddress().length)
          .thenComparing(network -> new BigInteger(1, network.address().getAddress()))
          .thenComparingInt(Cidr::prefix);

  /**
   * Shorter ones mean different networks to different programs: {@code 010.1} is 8.0.0.1 to some.
   */
  private static final String DOTTED = "(?:(?:0|[1-9][0-9]{0,2})\\.){3}(?:0|[1-9][0-9]{0,2})";

  private static final Pattern ADDRESS =
      Pattern.compile(DOTTED + "|[0-9a-fA-F:]*:(?:[0-9a-fA-F]*|" + DOTTED + ")");
  private static final Pattern PREFIX = Pattern.compile("0|[1-9][0-9]{0,2}");

  private static final int CLIENT_BITS = 64;

  public Cidr {
    int bits = address.getAddress().length * 8;
    if (prefix < 0 || prefix > bits) {
      throw new IllegalArgumentException(
          "the prefix of "
              + address.getHostAddress()
              + " must be 0 to "
              + bits
              + ", not "
              + prefix);
    }
    if (!matches(address.getAddress(), masked(address.getAddress(), prefix), bits)) {
      throw new IllegalArgumentException(
          address.getHostAddress()
              + "/"
              + prefix
              + " has bits behind its prefix; write "
              + text(masked(address.getAddress(), prefix))
              + "/"
              + prefix);
    }
  }

  /**
   * Reads a network; never asks DNS.
   *
   * @throws IllegalArgumentException saying what is wrong
   */
  public static Cidr parse(String text) {
    int slash = text.indexOf('/');
    String host = slash < 0 ? text : text.substring(0, slash);
    if (!ADDRESS.matcher(host).matches()
        || (slash >= 0 && !PREFIX.matcher(text.substring(slash + 1)).matches())) {
      throw none(text);
    }
    InetAddress address;
    int prefix;
    try {
      // A copy, which has no name that could be looked up or shown.
      address = InetAddress.getByAddress(InetAddress.ofLiteral(host).getAddress());
      prefix =
          slash < 0 ? address.getAddress().length * 8 : Integer.parseInt(text.substring(slash + 1));
    } catch (UnknownHostException | IllegalArgumentException _) {
      throw none(text);
    }
    return new Cidr(address, prefix);
  }

  /**
   * Whom an address is counted as: itself, or of IPv6 its /64, which is what one subscriber has at
   * least.
   */
  public static Cidr ofClient(InetAddress address) {
    byte[] bytes = address.getAddress();
    int length = Math.min(bytes.length * 8, CLIENT_BITS);
    try {
      return new Cidr(InetAddress.getByAddress(masked(bytes, length)), length);
    } catch (UnknownHostException e) {
      throw new IllegalStateException("four or sixteen bytes are an address", e);
    }
  }

  private static IllegalArgumentException none(String text) {
    return new IllegalArgumentException(
        "\""
            + text
            + "\" is not a network; write 192.0.2.0/24, with all four numbers and no zeros before"
            + " them, or 2001:db8::/32");
  }

  /** Whether the network holds that address. An IPv4 network never holds an IPv6 address. */
  public boolean contains(InetAddress candidate) {
    return matches(candidate.getAddress(), address.getAddress(), prefix);
  }

  /** Whether {@code inner} lies within one of the networks; without any, everything does. */
  static boolean isWithin(Cidr inner, List<Cidr> networks) {
    return networks.isEmpty()
        || networks.stream()
            .anyMatch(outer -> outer.prefix <= inner.prefix && outer.contains(inner.address));
  }

  @Override
  public String toString() {
    return address.getHostAddress() + "/" + prefix;
  }

  private static boolean matches(byte[] left, byte[] right, int bits) {
    if (left.length != right.length) {
      return false;
    }
    int whole = bits / 8;
    for (int i = 0; i < whole; i++) {
      if (left[i] != right[i]) {
        return false;
      }
    }
    int rest = bits % 8;
    return rest == 0 || ((left[whole] ^ right[whole]) & 0xff) >> (8 - rest) == 0;
  }

  private static String text(byte[] address) {
    try {
      return InetAddress.getByAddress(address).getHostAddress();
    } catch (UnknownHostException e) {
      throw new IllegalArgumentException(e);
    }
  }

  private static byte[] masked(byte[] address, int prefix) {
    byte[] masked = address.clone();
    for (int i = 0; i < masked.length; i++) {
      int keep = Math.clamp(prefix - i * 8L, 0, 8);
      masked[i] &= (byte) (0xff00 >> keep);
    }
    return masked;
  }
}
