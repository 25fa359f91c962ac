package dev.postern.store.guard;

import com.github.benmanes.caffeine.cache.Ticker;
import dev.postern.store.guard.Fingerprints.Kind;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.function.LongSupplier;
import java.util.function.Predicate;

/**
 * Makes guessing slow, and of no use against secrets that people made. What counts is a
 * <em>new</em> wrong secret: the same one again, as from a telephone that nobody told of a change,
 * costs nothing for some hours. They are counted for the user or name, and for the networks of the
 * address, in buckets that drain over an hour.
 *
 * <ul>
 *   <li>A right secret that a machine made is never held up: this is asked after the comparison,
 *       about wrong ones alone, and the answer waits. Guesses that run in parallel wait each.
 *   <li>Before a secret that a person made is compared, there must be room for one more guess,
 *       {@link Guess#mayTryOwn}.
 *   <li>From the user's own networks ({@link KnownNetworks}) neither is limited, and the first
 *       wrong ones of an hour wait for nothing.
 *   <li>What a guesser is told, and when, depends on the counts alone: not on whether there is such
 *       a user, nor on what kind of secrets it has.
 * </ul>
 *
 * <p>Times are of a clock that never goes back, so a clock that is set changes nothing. Safe for
 * use by several threads; takes a few microseconds; bounded in memory.
 */
public final class Throttle {
  private static final int MOST_BUCKETS = 1 << 22;
  private static final int MOST_REMEMBERED = 1 << 20;

  /** The same wrong secret again is no new one for so long after the last time. */
  private static final long REMEMBERED = Duration.ofHours(12).toMillis();

  private static final long HOUR = Duration.ofHours(1).toMillis();

  private volatile ThrottleRules rules;
  private final Fingerprints fingerprints;
  private final ExpiringKeys buckets;
  private final ExpiringKeys remembered;
  private final KnownNetworks known;
  private final Predicate<InetAddress> isExempt;

  public Throttle(ThrottleRules rules, Ticker ticker, SecureRandom random) {
    this(rules, ticker, random, _ -> false);
  }

  /**
   * @param isExempt whether nothing is counted for the networks of an address, such as one that all
   *     users come from; asked often
   */
  public Throttle(
      ThrottleRules rules, Ticker ticker, SecureRandom random, Predicate<InetAddress> isExempt) {
    long start = ticker.read();
    LongSupplier millis = () -> 1 + (ticker.read() - start) / 1_000_000;
    this.rules = rules;
    this.fingerprints = new Fingerprints(random);
    this.buckets = new ExpiringKeys(MOST_BUCKETS, millis);
    this.remembered = new ExpiringKeys(MOST_REMEMBERED, millis);
    this.known = new KnownNetworks(fingerprints, millis);
    this.isExempt = isExempt;
  }

  public KnownNetworks known() {
    return known;
  }

  /** Goes on by other rules; what was counted stays. */
  public void follow(ThrottleRules next) {
    rules = next;
  }

  /**
   * Whose secret it would be.
   *
   * @param user the id; of a name that nobody has, that name
   * @param state of the app passwords, another one after each change: what was wrong before may be
   *     right now
   */
  public record Owner(String user, int state) {}

  /**
   * A secret that is not right so far. The same work for everybody.
   *
   * @param name as it was typed, or the widest that it may stand for; answers depend on that alone,
   *     so that nobody learns from them whether there is such a user, known to us yet or not
   * @param secret as it was typed; not kept
   */
  public Guess guess(String name, Owner owner, InetAddress peer, byte[] secret) {
    byte[] typed = name.getBytes(StandardCharsets.UTF_8);
    byte[] user = owner.user().getBytes(StandardCharsets.UTF_8);
    byte[] state = ByteBuffer.allocate(Integer.BYTES).putInt(owner.state()).array();
    return new Guess(
        this,
        new Guess.Marks(
            fingerprints.of(Kind.SECRET, typed, secret),
            fingerprints.of(Kind.NAME, typed),
            fingerprints.of(Kind.TRIED, user, state, secret),
            fingerprints.of(Kind.USER, user),
            known.isKnown(owner.user(), peer)
                ? fingerprints.of(Kind.USER, user, Prefixes.home(peer))
                : 0),
        peer);
  }

  /** A name that nobody has was looked up for that address. */
  public void stranger(InetAddress peer) {
    if (!isExempt.test(peer)) {
      long _ = buckets.add(strangers(peer), HOUR / rules.strangersPerHour(), HOUR);
    }
  }

  /** Whether that address asked for so many names that nobody has that it may wait. */
  public boolean isFishing(InetAddress peer) {
    long step = HOUR / rules.strangersPerHour();
    return !isExempt.test(peer) && buckets.left(strangers(peer)) + step > HOUR;
  }

  private long strangers(InetAddress peer) {
    return fingerprints.of(Kind.STRANGERS, Prefixes.narrowest(peer));
  }

  /** Whether that came before. */
  boolean isRemembered(long secret) {
    return remembered.left(secret) > 0;
  }

  /** Keeps it in mind for some hours. Whether it is new. */
  boolean remember(long secret) {
    return remembered.keep(secret, REMEMBERED);
  }

  void forget(long secret) {
    remembered.drop(secret);
  }

  /** Counts one more; the count with it, or {@link ExpiringKeys#FULL}. */
  long count(long bucket, int share) {
    long step = step(share);
    long fill = buckets.add(bucket, step, step * rules.room() * share);
    return fill == ExpiringKeys.FULL ? fill : inSteps(fill, share);
  }

  private long inSteps(long fill, int share) {
    return Math.ceilDiv(fill, step(share) * share);
  }

  /** It was none. */
  void uncount(long bucket) {
    buckets.takeBack(bucket, step(1));
  }

  /** Whether one more would be counted for all networks of an address. */
  boolean hasRoom(InetAddress peer) {
    return isExempt.test(peer)
        || Prefixes.of(peer).all().stream()
            .allMatch(prefix -> {
              long step = step(prefix.share());
              long fill = buckets.left(fingerprints.of(Kind.NETWORK, prefix.of(peer)));
              return fill + step <= step * rules.room() * prefix.share();
            });
  }

  /** Counts for the networks of an address; the highest, or {@link ExpiringKeys#FULL}. */
  long countNetworks(InetAddress peer) {
    if (isExempt.test(peer)) {
      return 0;
    }
    long highest = 0;
    boolean isFull = false;
    for (Prefixes.Prefix prefix : Prefixes.of(peer).all()) {
      long count = count(fingerprints.of(Kind.NETWORK, prefix.of(peer)), prefix.share());
      isFull |= count == ExpiringKeys.FULL;
      highest = Math.max(highest, count);
    }
    return isFull ? ExpiringKeys.FULL : highest;
  }

  /**
   * @param count {@link ExpiringKeys#FULL} for more than can be counted
   */
  Answer slowed(long count) {
    return new Answer(
        count == ExpiringKeys.FULL ? rules.longestDelay() : rules.delay(count), false);
  }

  Answer refused() {
    return new Answer(rules.longestDelay(), true);
  }

  /** Half of what is allowed in an hour drains in one; at least a unit of time for each. */
  private long step(int share) {
    return Math.max(1, HOUR / rules.room() / share);
  }

  /**
   * How a refusal goes out.
   *
   * @param delay since the credentials came, if that is longer than any refusal waits
   * @param isRefused whether it says to come back later instead of what is wrong
   */
  public record Answer(Duration delay, boolean isRefused) {
    /** As any other. */
    public static final Answer PLAIN = new Answer(Duration.ZERO, false);

    /** Whether it is not as any other. */
    public boolean isHeld() {
      return isRefused || delay.isPositive();
    }
  }
}
