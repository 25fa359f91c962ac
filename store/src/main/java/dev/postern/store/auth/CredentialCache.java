package dev.postern.store.auth;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Ticker;
import dev.postern.store.auth.CredentialSource.Found;
import dev.postern.store.auth.FreshCache.Held;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.LongSupplier;
import java.util.random.RandomGenerator;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The rows that logins need, in memory, by login name: one look-up finds everything. A name that
 * nobody has is remembered too, so that a client with a misspelt name does not reach the database
 * each time. Never holds a secret that was typed, nor anything a secret can be had from without the
 * pepper.
 *
 * <p>Never blocks; safe for use by several threads. See {@link FreshCache} for how long it serves
 * what.
 */
public final class CredentialCache {
  /** Age from which rows are looked up again behind the reader's back. */
  static final Duration FRESH_FOR = Duration.ofSeconds(30);

  /** With a shorter grace period rows serve no longer than that, but for this. */
  private static final Duration SHORTEST_FRESH = Duration.ofSeconds(5);

  /** What Caffeine and the maps need for an entry beside key and value. */
  private static final int ENTRY_BYTES = 130;

  private static final long BYTES = 80L << 20;

  /**
   * Different users who do not exist. With one alone, what logins with unknown names are compared
   * with would never have left the processor's caches.
   */
  private static final int PHANTOMS = 256;

  /** Live sessions that are asked about again find the rows by id, if not by name. */
  private static final long SESSION_BYTES = 16L << 20;

  private final FreshCache<String, CachedUser> byName;
  private final FreshCache<String, CachedUser> byId;
  private final Generations changes = new Generations();
  private final CredentialSource source;
  private final List<CachedUser> phantoms;
  private final Ticker ticker;

  /**
   * @param databaseGrace how long rows serve while the database is down
   * @param lastInTouch {@code ticker} time at which the change feed last heard from the database
   * @param random chooses the users whom logins with unknown names are compared with
   */
  public CredentialCache(
      CredentialSource source,
      LookupPool pool,
      Duration databaseGrace,
      Ticker ticker,
      LongSupplier lastInTouch,
      RandomGenerator random) {
    this(source, pool, BYTES, databaseGrace, ticker, lastInTouch, random);
  }

  /**
   * @param bytes most that all rows may weigh
   */
  CredentialCache(
      CredentialSource source,
      LookupPool pool,
      long bytes,
      Duration databaseGrace,
      Ticker ticker,
      LongSupplier lastInTouch,
      RandomGenerator random) {
    this.source = source;
    this.phantoms = Stream.generate(() -> CachedUser.phantom(random)).limit(PHANTOMS).toList();
    this.ticker = ticker;
    this.byName =
        new FreshCache<>(
            new FreshCache.Limits(bytes, freshFor(databaseGrace), databaseGrace),
            this::weight,
            ticker,
            lastInTouch,
            this::isCurrent,
            name -> pool.ask(() -> ofName(name)));
    this.byId =
        new FreshCache<>(
            new FreshCache.Limits(SESSION_BYTES, freshFor(databaseGrace), databaseGrace),
            this::weight,
            ticker,
            lastInTouch,
            this::isCurrent,
            userId -> pool.ask(() -> ofId(userId, userId, Optional.empty())));
  }

  /** The rows behind a normalised login name if they are cached; null otherwise. */
  @Nullable Held<CachedUser> present(String name) {
    return byName.present(name);
  }

  /** The rows behind a normalised login name. Fails if the database cannot be asked. */
  CompletableFuture<Held<CachedUser>> find(String name) {
    return byName.get(name);
  }

  /**
   * The rows of a user. Fails if the database cannot be asked.
   *
   * @param name the user's name, under which the rows may be cached already
   */
  CompletableFuture<CachedUser> ofUser(String userId, String name) {
    Held<CachedUser> held = byName.present(name);
    if (held != null && held.value().name().equals(name) && held.value().id().equals(userId)) {
      return CompletableFuture.completedFuture(held.value());
    }
    return byId.get(userId).thenApply(Held::value);
  }

  /** See {@link CredentialSource#hasImports}. */
  boolean hasImports() {
    return source.hasImports();
  }

  /** How long ago the database was asked. */
  Duration age(Held<CachedUser> held) {
    return Duration.ofNanos(ticker.read() - held.lookedUp());
  }

  /** Drops the rows of a user. */
  public void forgetUser(String userId) {
    changes.next(userId);
    byId.forget(userId);
  }

  /** Drops what is known about a login name. */
  public void forgetName(LoginName name) {
    byName.forget(name.value());
  }

  /** Drops everything. */
  public void forgetAll() {
    changes.nextOfAll();
    byName.forgetAll();
    byId.forgetAll();
  }

  /** The rows by login name, for metrics. */
  public Cache<?, ?> view() {
    return byName.view();
  }

  /** What kept a look-up from an answer. */
  static AuthOutcome.Trouble trouble(Throwable failure) {
    Throwable cause = failure instanceof CompletionException wrapped ? wrapped.getCause() : failure;
    return cause instanceof RejectedExecutionException
        ? AuthOutcome.Trouble.OVERLOADED
        : AuthOutcome.Trouble.DATABASE;
  }

  /** Rows are not asked about again before that, even if the database is down meanwhile. */
  private static Duration freshFor(Duration databaseGrace) {
    if (databaseGrace.compareTo(FRESH_FOR) >= 0) {
      return FRESH_FOR;
    }
    return databaseGrace.compareTo(SHORTEST_FRESH) > 0 ? databaseGrace : SHORTEST_FRESH;
  }

  private CachedUser ofName(String name) {
    int before = changes.ofAll();
    Optional<Found> found = source.find(LoginName.ofNormalised(name));
    if (found.isEmpty()) {
      return nobody(name);
    }
    String userId = found.get().rows().user().id();
    int generation = changes.current(Generations.counterOf(userId));
    // Whose change it was is not known: the user's count from before the question may be gone.
    return changes.ofAll() == before
        ? CachedUser.of(found.get().rows(), name, found.get().sole(), generation)
        : ofId(userId, name, found.get().sole());
  }

  private CachedUser ofId(String userId, String key, Optional<String> sole) {
    int generation = changes.current(Generations.counterOf(userId));
    return source
        .load(userId)
        .map(rows -> CachedUser.of(rows, key, sole, generation))
        .orElseGet(() -> nobody(key));
  }

  private CachedUser nobody(String key) {
    return phantoms.get(Math.floorMod(key.hashCode(), PHANTOMS));
  }

  private boolean isCurrent(CachedUser user) {
    return user.isNobody() || user.generation() == changes.current(user.counter());
  }

  private int weight(String key, CachedUser user) {
    return ENTRY_BYTES + 40 + key.length() + (user.isNobody() ? 0 : user.weight());
  }
}
