package dev.postern.store.guard;

import java.time.Duration;

/**
 * How many wrong secrets are too many.
 *
 * @param guessesPerHour most secrets that are compared, in any hour, with those that people made
 *     themselves, of one user, from networks where the user is not known; also how many different
 *     wrong ones one address may send until it is told to come back later
 * @param free different wrong secrets, of one user or from one address, that are answered without
 *     further delay
 * @param firstDelay of the first answer after those; doubled every {@link #free} more
 * @param longestDelay of any
 * @param strangersPerHour names that nobody has, from one address, after which look-ups for it have
 *     to wait behind those of others
 */
public record ThrottleRules(
    int guessesPerHour,
    int free,
    Duration firstDelay,
    Duration longestDelay,
    int strangersPerHour) {

  /** As in the configuration reference. */
  public static final ThrottleRules DEFAULT =
      new ThrottleRules(100, 5, Duration.ofSeconds(4), Duration.ofSeconds(15), 20);

  public ThrottleRules {
    if (guessesPerHour < 2 || free < 1 || strangersPerHour < 1) {
      throw new IllegalArgumentException("there must be some room for mistakes");
    }
  }

  /**
   * The answer's delay after so many different wrong secrets; zero: none of ours.
   *
   * @param wrong with this one
   */
  Duration delay(long wrong) {
    if (wrong <= free) {
      return Duration.ZERO;
    }
    long doublings = Math.min((wrong - free - 1) / free, Integer.SIZE);
    Duration delay = firstDelay;
    for (long i = 0; i < doublings && delay.compareTo(longestDelay) < 0; i++) {
      delay = delay.multipliedBy(2);
    }
    return delay.compareTo(longestDelay) < 0 ? delay : longestDelay;
  }

  /**
   * What a bucket holds. With what drains meanwhile no hour sees more than {@link #guessesPerHour}.
   */
  int room() {
    return guessesPerHour / 2;
  }
}
