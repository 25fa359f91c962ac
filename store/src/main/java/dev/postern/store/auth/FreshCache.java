package dev.postern.store.auth;

import com.github.benmanes.caffeine.cache.AsyncCache;
import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import com.github.benmanes.caffeine.cache.Ticker;
import com.github.benmanes.caffeine.cache.Weigher;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.function.Function;
import java.util.function.LongSupplier;

/**
 * A bounded cache of things looked up elsewhere, for readers that must not block.
 *
 * <ul>
 *   <li>One look-up at a time for each key, however many ask.
 *   <li>A value older than {@link Limits#freshFor()} is still served, and looked up again in the
 *       background. If that fails it stays.
 *   <li>A value is served for at most {@link Limits#grace()} after the last moment at which it was
 *       known to be current: when it was looked up, or when the change feed was last in touch with
 *       the database.
 *   <li>{@link #forget} also drops what is being looked up at that moment: whoever waits for it is
 *       given the answer of a new look-up.
 * </ul>
 *
 * <p>Caffeine's own {@code refreshAfterWrite} is not used: it logs a stack trace for every refresh
 * that fails, and tries again at every read, which is what a database that is down needs least. For
 * the same reason the futures in the cache never fail, but carry a failure as a value.
 */
final class FreshCache<K, V> {
  /** After a failed look-up, this long nothing is looked up that the cache can answer itself. */
  private static final long REST_NANOS = Duration.ofSeconds(2).toNanos();

  /** Beyond grace, unread values go after this long: a backstop should the change feed miss one. */
  private static final Duration LONGEST_STAY = Duration.ofHours(1);

  /** How often somebody who waits is sent round again because the key was forgotten meanwhile. */
  private static final int ROUNDS = 4;

  private final AsyncCache<K, Held<V>> cache;
  private final Function<K, CompletableFuture<V>> lookup;
  private final Limits limits;
  private final Ticker ticker;
  private final LongSupplier lastInTouch;
  private final AtomicLong restUntil;
  private final Generations generations = new Generations();

  /**
   * @param weigher approximate bytes
   * @param lastInTouch {@code ticker} time at which the change feed last heard from the database
   * @param lookup never blocks and never throws
   */
  FreshCache(
      Limits limits,
      Weigher<K, V> weigher,
      Ticker ticker,
      LongSupplier lastInTouch,
      Function<K, CompletableFuture<V>> lookup) {
    this.cache =
        Caffeine.newBuilder()
            .maximumWeight(limits.bytes())
            .weigher((K key, Held<V> held) ->
                switch (held.answer) {
                  case Answer.Value<V>(V value) -> weigher.weigh(key, value);
                  case Answer.Failure<V> _ -> 1;
                })
            .expireAfterWrite(limits.grace().plus(LONGEST_STAY))
            .ticker(ticker)
            .recordStats()
            .buildAsync();
    this.lookup = lookup;
    this.limits = limits;
    this.ticker = ticker;
    this.lastInTouch = lastInTouch;
    this.restUntil = new AtomicLong(ticker.read() - 1);
  }

  /** The value: complete already if it is cached, failed if it is not and cannot be looked up. */
  CompletableFuture<Held<V>> get(K key) {
    return get(key, ROUNDS);
  }

  void forget(K key) {
    generations.next(key);
    cache.synchronous().invalidate(key);
  }

  void forgetAll() {
    generations.nextOfAll();
    cache.synchronous().invalidateAll();
  }

  Cache<K, ?> view() {
    return cache.synchronous();
  }

  private CompletableFuture<Held<V>> get(K key, int rounds) {
    CompletableFuture<Held<V>> found = cache.getIfPresent(key);
    if (found != null && found.isDone()) {
      Held<V> held = found.join();
      long now = ticker.read();
      if (held.answer instanceof Answer.Value<V>) {
        if (now - held.lookedUp <= limits.freshFor().toNanos()) {
          return found;
        }
        if (now - latest(held.lookedUp, lastInTouch.getAsLong()) <= limits.grace().toNanos()) {
          refresh(key, found, held, now);
          return found;
        }
      }
      cache.asMap().remove(key, found);
    }
    CompletableFuture<Held<V>> flight = cache.get(key, (wanted, _) -> lookUp(wanted));
    return flight.thenCompose(held ->
        switch (held.answer) {
          case Answer.Failure<V>(Throwable reason) -> {
            cache.asMap().remove(key, flight);
            yield CompletableFuture.failedFuture(reason);
          }
          case Answer.Value<V> _ ->
              rounds > 1 && held.generation != generations.of(key)
                  ? get(key, rounds - 1)
                  : CompletableFuture.completedFuture(held);
        });
  }

  private void refresh(K key, CompletableFuture<Held<V>> old, Held<V> held, long now) {
    if (now - restUntil.get() < 0 || !held.isRefreshing.compareAndSet(false, true)) {
      return;
    }
    lookUp(key)
        .thenAccept(fresh -> {
          if (fresh.answer instanceof Answer.Value<V>) {
            // By identity: if the key was forgotten meanwhile, this answer is too old to keep.
            cache.asMap().replace(key, old, CompletableFuture.completedFuture(fresh));
          }
          held.isRefreshing.set(false);
        });
  }

  /** Never fails: Caffeine would log a stack trace for each look-up that does. */
  private CompletableFuture<Held<V>> lookUp(K key) {
    long asked = ticker.read();
    long generation = generations.of(key);
    return lookup
        .apply(key)
        .handle((value, failure) -> {
          if (failure == null) {
            return new Held<>(new Answer.Value<>(value), asked, generation);
          }
          restUntil.set(ticker.read() + REST_NANOS);
          return new Held<>(new Answer.Failure<>(failure), asked, generation);
        });
  }

  private static long latest(long left, long right) {
    return left - right > 0 ? left : right;
  }

  /**
   * @param bytes most the cache may weigh
   * @param freshFor age from which a value is looked up again in the background
   * @param grace how long a value is served without word from the database
   */
  record Limits(long bytes, Duration freshFor, Duration grace) {}

  /**
   * Counts how often a key was forgotten, so that whoever waits for a look-up can tell whether it
   * began before that. Keys share counters: a look-up too many does no harm.
   */
  private static final class Generations {
    private static final int COUNTERS = 1024;
    private final AtomicLongArray counters = new AtomicLongArray(COUNTERS);

    long of(Object key) {
      return counters.get(index(key));
    }

    void next(Object key) {
      counters.incrementAndGet(index(key));
    }

    void nextOfAll() {
      for (int i = 0; i < COUNTERS; i++) {
        counters.incrementAndGet(i);
      }
    }

    private static int index(Object key) {
      int hash = key.hashCode();
      return (hash ^ (hash >>> 16)) & (COUNTERS - 1);
    }
  }

  private sealed interface Answer<V> {
    record Value<V>(V value) implements Answer<V> {}

    record Failure<V>(Throwable reason) implements Answer<V> {}
  }

  /** What came of a look-up, and when it was asked for. */
  static final class Held<V> {
    private final Answer<V> answer;
    private final long lookedUp;
    private final long generation;
    private final AtomicBoolean isRefreshing = new AtomicBoolean();

    private Held(Answer<V> answer, long lookedUp, long generation) {
      this.answer = answer;
      this.lookedUp = lookedUp;
      this.generation = generation;
    }

    /** The value; readers of the cache never see a failure. */
    V value() {
      return switch (answer) {
        case Answer.Value<V>(V value) -> value;
        case Answer.Failure<V>(Throwable reason) ->
            throw new IllegalStateException("there is no value", reason);
      };
    }

    /** {@link Ticker} time at which the database was asked. */
    long lookedUp() {
      return lookedUp;
    }
  }
}
