package dev.postern.store.guard;

import dev.postern.store.guard.Fingerprints.Kind;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HexFormat;
import java.util.function.LongSupplier;

/**
 * From where people logged in lately: their home networks, /24 of IPv4 and /56 of IPv6. Of each
 * user and network, and of each network at all; the oldest go first where there are too many. Safe
 * for use by several threads; cheap.
 */
public final class KnownNetworks {
  /** A network is known for so long after a login from it. */
  public static final Duration KNOWN_FOR = Duration.ofDays(30);

  private static final int MOST = 1 << 20;

  private final Fingerprints fingerprints;
  private final ExpiringKeys homes;

  KnownNetworks(Fingerprints fingerprints, LongSupplier millis) {
    this.fingerprints = fingerprints;
    this.homes = new ExpiringKeys(MOST, millis);
  }

  /** Whether that user did. */
  boolean isKnown(String userId, InetAddress address) {
    return homes.left(home(userId, address)) > 0;
  }

  /** Whether anybody did. */
  public boolean isKnown(InetAddress address) {
    return homes.left(homeland(address)) > 0;
  }

  /**
   * Somebody logged in.
   *
   * @param age how long ago
   * @return whether that user was not known there
   */
  public boolean loggedIn(String userId, InetAddress address, Duration age) {
    long left = KNOWN_FOR.minus(age.isNegative() ? Duration.ZERO : age).toMillis();
    if (left <= 0) {
      return false;
    }
    boolean isNew = homes.keep(home(userId, address), left);
    boolean _ = homes.keep(homeland(address), left);
    return isNew;
  }

  /** The same text for all addresses that are one place. */
  public static String placeOf(InetAddress address) {
    return HexFormat.of().formatHex(Prefixes.home(address));
  }

  private long home(String userId, InetAddress address) {
    return fingerprints.of(
        Kind.HOME, userId.getBytes(StandardCharsets.UTF_8), Prefixes.home(address));
  }

  private long homeland(InetAddress address) {
    return fingerprints.of(Kind.HOMELAND, Prefixes.home(address));
  }
}
