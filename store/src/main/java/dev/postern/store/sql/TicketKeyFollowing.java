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
import java.util.Optional;
import java.util.stream.Stream;
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
  private volatile Map<Long, TicketKey> known = Map.of();
  private volatile Standing standing = new Standing(Long.MIN_VALUE, List.of());

  /** Whether the last run failed; so that the log says it once. */
  private boolean isHeldUp;

  /** What counts during a period. */
  private record Standing(long period, List<TicketKey> keys) {}

  TicketKeyFollowing(TicketKeyPlace place, Clock clock) {
    this.place = place;
    this.clock = clock;
  }

  /** Never waits for {@link #run}. */
  @Override
  public List<TicketKey> current() {
    Standing now = standing;
    long period = TicketPeriod.at(clock.instant());
    return now.period() == period ? now.keys() : turnTo(period);
  }

  /** Once before the first handshake, and then each minute; not by two threads at once. */
  void run() {
    long period = TicketPeriod.at(clock.instant());
    try {
      learn(place.find(period), period);
      if (!known.keySet().containsAll(List.of(period, period + 1))) {
        place.complete(period);
        learn(place.find(period), period);
      }
      went(
          known.keySet().containsAll(List.of(period, period + 1))
              ? ""
              : "what the database holds does not open with the keys of this node");
    } catch (StoreException | RefusedException e) {
      went(String.valueOf(e.getMessage()));
    }
    var _ = turnTo(period);
  }

  private void went(String wrong) {
    if (!wrong.isEmpty() && !isHeldUp) {
      log.warn("the keys of TLS session tickets are not followed: {}", wrong);
    }
    isHeldUp = !wrong.isEmpty();
  }

  /** Keeps the object of a key that is the same: whoever uses it need not change anything. */
  private void learn(Map<Long, TicketKey> found, long period) {
    Map<Long, TicketKey> next = new HashMap<>(known);
    found.forEach((number, key) -> next.merge(number, key, TicketKeyFollowing::newer));
    next.keySet().removeIf(number -> number < period - 1 || number > period + 1);
    known = Map.copyOf(next);
  }

  private static TicketKey newer(TicketKey old, TicketKey found) {
    if (!old.material().matches(found.material())) {
      return found;
    }
    if (!old.equals(found)) {
      found.material().close();
    }
    return old;
  }

  private List<TicketKey> turnTo(long period) {
    Map<Long, TicketKey> all = known;
    List<TicketKey> keys =
        all.containsKey(period)
            ? Stream.of(period, period - 1, period + 1)
                .flatMap(number -> Optional.ofNullable(all.get(number)).stream())
                .toList()
            : List.of();
    if (period != standing.period() || !keys.equals(standing.keys())) {
      standing = new Standing(period, keys);
    }
    return keys;
  }
}
