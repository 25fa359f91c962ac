package dev.postern.gateway.net;

import dev.postern.gateway.observe.Direction;
import java.time.Duration;
import java.util.EnumMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/**
 * How much one app password was used on this node. Relays add bytes on any event loop, without
 * waiting; what they added is taken into account when somebody sums up.
 */
final class CredentialUse {
  private static final int MINUTE_STEPS = 12;
  private static final Duration MINUTE_STEP = Duration.ofSeconds(5);
  private static final int DAY_STEPS = 24;
  private static final Duration DAY_STEP = Duration.ofHours(1);

  private final String credentialId;
  private final AtomicLong up = new AtomicLong();
  private final AtomicLong down = new AtomicLong();
  private final SlidingSum logins = new SlidingSum(MINUTE_STEPS, MINUTE_STEP);

  /** Made with the first bytes. */
  private Optional<Map<Direction, SlidingSum>> bytes = Optional.empty();

  private volatile long usedAt;

  /** Sessions whose bytes it counts. */
  private final AtomicInteger sessions = new AtomicInteger();

  CredentialUse(String credentialId, long now) {
    this.credentialId = credentialId;
    this.usedAt = now;
  }

  String credentialId() {
    return credentialId;
  }

  /** When it was used last, in nanoseconds of the clock that is passed in. */
  long usedAt() {
    return usedAt;
  }

  /** One more session adds its bytes, until {@link #letGo}. */
  void hold() {
    sessions.getAndIncrement();
  }

  void letGo() {
    sessions.getAndDecrement();
  }

  boolean isHeld() {
    return sessions.get() > 0;
  }

  /**
   * One more login.
   *
   * @param weight for how many it counts
   * @return those of the last minute
   */
  synchronized long login(long now, int weight) {
    usedAt = now;
    return logins.add(now, weight);
  }

  void moved(Direction direction, int count) {
    long _ =
        switch (direction) {
          case UP -> up.getAndAdd(count);
          case DOWN -> down.getAndAdd(count);
        };
  }

  /**
   * Sums up what was moved since the last time.
   *
   * @param weight for how much each byte counts
   * @return bytes of the last day; empty if nothing was moved that way since
   */
  synchronized Optional<Long> movedInADay(Direction direction, long now, int weight) {
    AtomicLong fresh =
        switch (direction) {
          case UP -> up;
          case DOWN -> down;
        };
    if (fresh.getPlain() == 0) {
      return Optional.empty();
    }
    usedAt = now;
    if (bytes.isEmpty()) {
      Map<Direction, SlidingSum> sums = new EnumMap<>(Direction.class);
      for (Direction each : Direction.values()) {
        sums.put(each, new SlidingSum(DAY_STEPS, DAY_STEP));
      }
      bytes = Optional.of(sums);
    }
    return bytes
        .map(sums -> sums.get(direction))
        .map(sum -> sum.add(now, fresh.getAndSet(0) * weight));
  }
}
