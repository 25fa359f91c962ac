package dev.postern.store.auth;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import com.github.benmanes.caffeine.cache.Ticker;
import com.github.benmanes.caffeine.cache.Weigher;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;
import java.util.function.LongSupplier;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

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
 * <p>Of Caffeine only the bound by weight is used. Its {@code refreshAfterWrite} logs a stack trace
 * for every refresh that fails, and tries again at every read, which is what a database that is
 * down needs least. Its expiry would read the clock once more for every read, and cost each entry
 * 24 bytes, for something that the age of the value decides here anyway; what nobody reads any more
 * goes when its room is needed.
 */
final class FreshCache<K, V> {
  /** After a failed look-up, this long nothing is looked up that the cache can answer itself. */
  private static final long REST_NANOS = Duration.ofSeconds(2).toNanos();

  /** Beyond grace, values serve this long at most: a backstop should the change feed miss one. */
  private static final Duration LONGEST_STAY = Duration.ofHours(1);

  /** How often somebody who waits is sent round again because the key was forgotten meanwhile. */
  private static final int ROUNDS = 4;

  private final Cache<K, Held<V>> cache;
  private final ConcurrentMap<K, CompletableFuture<Held<V>>> flights = new ConcurrentHashMap<>();
  private final Function<K, CompletableFuture<V>> lookup;
  private final Predicate<V> isCurrent;
  private final long freshNanos;
  private final long graceNanos;
  private final long longestNanos;
  private final Ticker ticker;
  private final LongSupplier lastInTouch;
  private final AtomicLong restUntil;
  private final Generations generations = new Generations();

  /**
   * @param weigher approximate bytes
   * @param lastInTouch {@code ticker} time at which the change feed last heard from the database
   * @param isCurrent says of a value whether it may be served still, whatever its age
   * @param lookup never blocks and never throws
   */
  FreshCache(
      Limits limits,
      Weigher<K, V> weigher,
      Ticker ticker,
      LongSupplier lastInTouch,
      Predicate<V> isCurrent,
      Function<K, CompletableFuture<V>> lookup) {
    this.cache =
        Caffeine.newBuilder()
            .maximumWeight(limits.bytes())
            .weigher((K key, Held<V> held) -> weigher.weigh(key, held.value))
            .recordStats()
            .executor(Runnable::run) // less than to wake another thread
            .build();
    this.lookup = lookup;
    this.isCurrent = isCurrent;
    this.freshNanos = limits.freshFor().toNanos();
    this.graceNanos = limits.grace().toNanos();
    this.longestNanos = limits.grace().plus(LONGEST_STAY).toNanos();
    this.ticker = ticker;
    this.lastInTouch = lastInTouch;
    this.restUntil = new AtomicLong(ticker.read() - 1);
  }

  /** The value if it is cached and may be served; null otherwise. */
  @Nullable Held<V> present(K key) {
    Held<V> held = cache.getIfPresent(key);
    return held != null && isServed(key, held) ? held : null;
  }

  /** The value: complete already if it is cached, failed if it is not and cannot be looked up. */
  CompletableFuture<Held<V>> get(K key) {
    Held<V> held = present(key);
    return held == null ? lookUp(key, ROUNDS) : CompletableFuture.completedFuture(held);
  }

  /** To be called before a value is looked up together with that of another key. */
  Asked<K> asking(K key) {
    return new Asked<>(key, ticker.read(), generations.current(Generations.counterOf(key)));
  }

  /** Takes a value that came with another one, unless its key was forgotten meanwhile. */
  void keep(Asked<K> asked, V value) {
    if (asked.generation == generations.current(Generations.counterOf(asked.key))) {
      cache.put(asked.key, new Held<>(value, asked.at, asked.generation));
    }
  }

  void forget(K key) {
    generations.next(key);
    cache.invalidate(key);
  }

  void forgetAll() {
    generations.nextOfAll();
    cache.invalidateAll();
  }

  Cache<K, ?> view() {
    return cache;
  }

  private boolean isServed(K key, Held<V> held) {
    if (!isCurrent(key, held)) {
      return false;
    }
    long now = ticker.read();
    long age = now - held.lookedUp;
    if (age <= freshNanos) {
      return true;
    }
    if (age <= longestNanos && now - latest(held.lookedUp, lastInTouch.getAsLong()) <= graceNanos) {
      refresh(key, held, now);
      return true;
    }
    return false;
  }

  private boolean isCurrent(K key, Held<V> held) {
    return held.generation == generations.current(Generations.counterOf(key))
        && isCurrent.test(held.value);
  }

  private CompletableFuture<Held<V>> lookUp(K key, int rounds) {
    CompletableFuture<Held<V>> mine = new CompletableFuture<>();
    CompletableFuture<Held<V>> others = flights.putIfAbsent(key, mine);
    if (others == null) {
      takeOff(key, mine);
    }
    return (others == null ? mine : others)
        .thenCompose(held ->
            rounds > 1 && !isCurrent(key, held)
                ? lookUp(key, rounds - 1)
                : CompletableFuture.completedFuture(held));
  }

  private void takeOff(K key, CompletableFuture<Held<V>> flight) {
    Held<V> justLanded = present(key);
    if (justLanded != null) {
      flights.remove(key, flight);
      flight.complete(justLanded);
      return;
    }
    ask(key)
        .whenComplete((held, failure) -> {
          if (failure == null) {
            cache.put(key, held);
          }
          // After the cache has it: whoever finds no flight any more finds the value.
          flights.remove(key, flight);
          if (failure == null) {
            flight.complete(held);
          } else {
            flight.completeExceptionally(failure);
          }
        });
  }

  private void refresh(K key, Held<V> old, long now) {
    if (now - restUntil.get() < 0 || !old.beginRefresh()) {
      return;
    }
    ask(key)
        .whenComplete((fresh, failure) -> {
          if (failure == null) {
            cache.asMap().replace(key, old, fresh);
          }
          old.endRefresh();
        });
  }

  private CompletableFuture<Held<V>> ask(K key) {
    long asked = ticker.read();
    int generation = generations.current(Generations.counterOf(key));
    return lookup
        .apply(key)
        .whenComplete((_, failure) -> {
          if (failure != null) {
            restUntil.set(ticker.read() + REST_NANOS);
          }
        })
        .thenApply(value -> new Held<>(value, asked, generation));
  }

  private static long latest(long left, long right) {
    return left - right > 0 ? left : right;
  }

  /** That a key was asked for, and when; see {@link #asking}. */
  record Asked<K>(K key, long at, int generation) {}

  /**
   * @param bytes most the cache may weigh
   * @param freshFor age from which a value is looked up again in the background
   * @param grace how long a value is served without word from the database
   */
  record Limits(long bytes, Duration freshFor, Duration grace) {}

  /** What came of a look-up, and when it was asked for. */
  static final class Held<V> {
    private static final VarHandle IS_REFRESHING;

    static {
      try {
        IS_REFRESHING =
            MethodHandles.lookup().findVarHandle(Held.class, "isRefreshing", boolean.class);
      } catch (ReflectiveOperationException e) {
        throw new ExceptionInInitializerError(e);
      }
    }

    private final V value;
    private final long lookedUp;
    private final int generation;

    /** A field and not an object of its own, which would cost each entry 16 bytes. */
    @SuppressWarnings("UnusedVariable") // It is read and written by its handle.
    private volatile boolean isRefreshing;

    private Held(V value, long lookedUp, int generation) {
      this.value = value;
      this.lookedUp = lookedUp;
      this.generation = generation;
    }

    V value() {
      return value;
    }

    /** {@link Ticker} time at which the database was asked. */
    long lookedUp() {
      return lookedUp;
    }

    private boolean beginRefresh() {
      return IS_REFRESHING.compareAndSet(this, false, true);
    }

    private void endRefresh() {
      IS_REFRESHING.setVolatile(this, false);
    }
  }
}
