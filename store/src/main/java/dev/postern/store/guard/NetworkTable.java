package dev.postern.store.guard;

import dev.postern.store.auth.Cidr;
import java.net.InetAddress;
import java.time.Instant;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Networks of both families, to be found by an address: one look into a hash table for each length
 * of prefix that occurs, the longest first. Immutable.
 */
final class NetworkTable {
  static final NetworkTable EMPTY = new NetworkTable(List.of(), List.of());

  private static final int IPV4_BITS = 32;

  private final List<Level> ipv4;
  private final List<Level> ipv6;

  private NetworkTable(List<Level> ipv4, List<Level> ipv6) {
    this.ipv4 = ipv4;
    this.ipv6 = ipv6;
  }

  /** The leading bits of an address, right-aligned in a number of 128 bits. */
  private record Bits(long high, long low) {
    static Bits of(InetAddress address) {
      byte[] bytes = address.getAddress();
      long high = 0;
      long low = 0;
      for (byte next : bytes) {
        high = high << Byte.SIZE | low >>> (Long.SIZE - Byte.SIZE);
        low = low << Byte.SIZE | (next & 0xff);
      }
      return new Bits(high, low);
    }

    Bits dropping(int count) {
      if (count == 0) {
        return this;
      }
      return count >= Long.SIZE
          ? new Bits(0, count == 2 * Long.SIZE ? 0 : high >>> (count - Long.SIZE))
          : new Bits(high >>> count, low >>> count | high << (Long.SIZE - count));
    }
  }

  /** All networks with prefixes of one length. */
  private record Level(int dropped, Map<Bits, Rule> rules) {}

  /**
   * What is said about one network.
   *
   * @param deniedUntil milliseconds since 1970; {@code Long.MIN_VALUE} if it is not
   * @param allowedUntil likewise
   */
  private record Rule(long deniedUntil, long allowedUntil) {
    static Rule of(Ban ban) {
      long until = ban.endsAt().map(Instant::toEpochMilli).orElse(Long.MAX_VALUE);
      return switch (ban.kind()) {
        case DENY -> new Rule(until, Long.MIN_VALUE);
        case ALLOW -> new Rule(Long.MIN_VALUE, until);
      };
    }

    Rule and(Rule other) {
      return new Rule(
          Math.max(deniedUntil, other.deniedUntil), Math.max(allowedUntil, other.allowedUntil));
    }

    Ban.@Nullable Kind at(long millis) {
      if (millis < allowedUntil) {
        return Ban.Kind.ALLOW;
      }
      return millis < deniedUntil ? Ban.Kind.DENY : null;
    }
  }

  static NetworkTable of(Collection<Ban> bans) {
    return new NetworkTable(levels(bans, IPV4_BITS), levels(bans, 4 * IPV4_BITS));
  }

  private static List<Level> levels(Collection<Ban> bans, int bits) {
    Map<Integer, Map<Bits, Rule>> byLength = new TreeMap<>(Comparator.reverseOrder());
    for (Ban ban : bans) {
      Cidr network = ban.network();
      if (bits(network.address()) == bits) {
        byLength
            .computeIfAbsent(network.prefix(), _ -> new HashMap<>())
            .merge(
                Bits.of(network.address()).dropping(bits - network.prefix()),
                Rule.of(ban),
                Rule::and);
      }
    }
    return byLength.entrySet().stream()
        .map(level -> new Level(bits - level.getKey(), Map.copyOf(level.getValue())))
        .toList();
  }

  /** What the narrowest network says that holds the address and counts then; null if none does. */
  Ban.@Nullable Kind find(InetAddress address, long millis) {
    List<Level> levels = bits(address) == IPV4_BITS ? ipv4 : ipv6;
    if (levels.isEmpty()) {
      return null;
    }
    Bits bits = Bits.of(address);
    for (Level level : levels) {
      Rule rule = level.rules.get(bits.dropping(level.dropped));
      Ban.Kind kind = rule == null ? null : rule.at(millis);
      if (kind != null) {
        return kind;
      }
    }
    return null;
  }

  private static int bits(InetAddress address) {
    return address.getAddress().length * Byte.SIZE;
  }
}
