package dev.postern.gateway.net;

import io.netty.util.concurrent.Ticker;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;

/**
 * The order in which the addresses of a host are tried, RFC 8305 §4: both families in turn, the one
 * of the resolver's first answer first; inside a family another address leads each time, so that
 * load is spread. Where one failed or lagged in the last minute, those that did not come before it,
 * so that it costs one login and not all. Safe for use by several threads.
 */
final class AddressOrder {

  /** Of one host, in one round. */
  static final int MOST_TRIED = 8;

  /** How long an address that failed stands behind the others. */
  static final Duration REMEMBERED = Duration.ofMinutes(1);

  private static final int MOST_REMEMBERED = 1024;

  private final Ticker ticker;
  private final AtomicInteger turn = new AtomicInteger();

  /** Those that failed, and when. */
  private final Map<InetSocketAddress, Long> failures = new ConcurrentHashMap<>();

  AddressOrder(Ticker ticker) {
    this.ticker = ticker;
  }

  /**
   * At most {@value #MOST_TRIED} of them.
   *
   * @param found as the resolver gave them, at least one
   */
  List<InetSocketAddress> of(List<InetAddress> found, int port) {
    if (found.size() == 1) {
      return List.of(new InetSocketAddress(found.getFirst(), port));
    }
    List<InetSocketAddress> all =
        found.stream().distinct().map(address -> new InetSocketAddress(address, port)).toList();
    boolean isFirst6 = is6(all.getFirst());
    int lead = turn.getAndIncrement();
    return Stream.concat(
            interleaved(all.stream().filter(this::isSound).toList(), isFirst6, lead).stream(),
            interleaved(all.stream().filter(address -> !isSound(address)).toList(), isFirst6, lead)
                .stream())
        .limit(MOST_TRIED)
        .toList();
  }

  private static List<InetSocketAddress> interleaved(
      List<InetSocketAddress> addresses, boolean isFirst6, int lead) {
    List<InetSocketAddress> first = family(addresses, isFirst6, lead);
    List<InetSocketAddress> second = family(addresses, !isFirst6, lead);
    List<InetSocketAddress> mixed = new ArrayList<>(addresses.size());
    for (int i = 0; i < Math.max(first.size(), second.size()); i++) {
      if (i < first.size()) {
        mixed.add(first.get(i));
      }
      if (i < second.size()) {
        mixed.add(second.get(i));
      }
    }
    return mixed;
  }

  private static List<InetSocketAddress> family(
      List<InetSocketAddress> addresses, boolean isOf6, int lead) {
    List<InetSocketAddress> family =
        new ArrayList<>(addresses.stream().filter(address -> is6(address) == isOf6).toList());
    if (!family.isEmpty()) {
      Collections.rotate(family, -Math.floorMod(lead, family.size()));
    }
    return family;
  }

  private static boolean is6(InetSocketAddress address) {
    return address.getAddress() instanceof Inet6Address;
  }

  private boolean isSound(InetSocketAddress address) {
    Long failedAt = failures.get(address);
    return failedAt == null || isPast(failedAt);
  }

  private boolean isPast(long failedAt) {
    return ticker.nanoTime() - failedAt > REMEMBERED.toNanos();
  }

  /** A connection to it stands. */
  void connected(InetSocketAddress address) {
    failures.remove(address);
  }

  /** None was had, or another address was sooner although it began later. */
  void failed(InetSocketAddress address) {
    if (failures.size() >= MOST_REMEMBERED) {
      failures.values().removeIf(this::isPast);
    }
    if (failures.size() < MOST_REMEMBERED) {
      failures.put(address, ticker.nanoTime());
    }
  }
}
