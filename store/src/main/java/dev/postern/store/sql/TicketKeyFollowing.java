package dev.postern.store.sql;

import dev.postern.store.RefusedException;
import dev.postern.store.StoreException;
import dev.postern.store.tickets.TicketKey;
import dev.postern.store.tickets.TicketKeys;
import dev.postern.store.tickets.TicketPeriod;
import java.time.Clock;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.LongStream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Knows the keys of session tickets, and makes those that are due. While the database does not
 * answer, those that are known go on until their time is over; then there are none.
 */
final class TicketKeyFollowing implements TicketKeys {
  static final int SECONDS = 60;

  private static final Logger log = LoggerFactory.getLogger(TicketKeyFollowing.class);

  private final TicketKeyPlace place;
  private final Clock clock;
  private Map<Long, TicketKey> known = Map.of();
  private boolean isHeldUp;
  private volatile Standing standing = new Standing(Long.MIN_VALUE, List.of());

  /** What counts during a period. */
  private record Standing(long period, List<TicketKey> keys) {}

  TicketKeyFollowing(TicketKeyPlace place, Clock clock) {
    this.place = place;
    this.clock = clock;
  }

  @Override
  public List<TicketKey> current() {
    Standing now = standing;
    long period = TicketPeriod.at(clock.instant());
    return now.period() == period ? now.keys() : turnTo(period);
  }

  /** Each minute, and once before the first handshake. */
  synchronized void run() {
    long period = TicketPeriod.at(clock.instant());
    try {
      learn(place.find(period));
      if (!known.keySet().containsAll(List.of(period, period + 1))) {
        place.complete(period);
        learn(place.find(period));
      }
      went(
          known.containsKey(period)
              ? ""
              : "what the database holds for now does not open with the keys of this node");
    } catch (StoreException | RefusedException e) {
      went(String.valueOf(e.getMessage()));
    }
    turnTo(period);
  }

  private void went(String wrong) {
    if (!wrong.isEmpty() && !isHeldUp) {
      log.warn("the keys of TLS session tickets are not followed: {}", wrong);
    }
    isHeldUp = !wrong.isEmpty();
  }

  /** Keeps the object of a key that is the same: whoever uses it need not change anything. */
  private void learn(Map<Long, TicketKey> found) {
    Map<Long, TicketKey> next = new HashMap<>(known);
    found.forEach((period, key) -> {
      TicketKey before = known.get(period);
      if (before == null || !before.material().matches(key.material())) {
        next.put(period, key);
      }
    });
    known = Map.copyOf(next);
  }

  private synchronized List<TicketKey> turnTo(long period) {
    List<TicketKey> keys =
        LongStream.of(period, period - 1, period + 1)
            .mapToObj(each -> known.get(each))
            .filter(key -> key != null)
            .toList();
    List<TicketKey> usable = known.containsKey(period) ? keys : List.of();
    if (!usable.equals(standing.keys()) || period != standing.period()) {
      standing = new Standing(period, usable);
    }
    Map<Long, TicketKey> kept = new HashMap<>(known);
    kept.keySet().removeIf(each -> each < period - 1);
    known = Map.copyOf(kept);
    return standing.keys();
  }
}
