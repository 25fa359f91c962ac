package dev.postern.store.auth;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Ticker;
import dev.postern.store.auth.CredentialSource.Resolution;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.LongSupplier;

/**
 * The rows that logins need, in memory: whose a login name is, and what belongs to a user. Nobody
 * and nothing are remembered too, so that a client with a misspelt name does not reach the database
 * each time. Never holds a secret that was typed, nor anything a secret can be had from without the
 * pepper.
 *
 * <p>Never blocks; safe for use by several threads. See {@link FreshCache} for how long it serves
 * what.
 */
public final class CredentialCache {
  /** Age from which rows are looked up again behind the reader's back. */
  static final Duration FRESH_FOR = Duration.ofSeconds(30);

  private static final long NAME_BYTES = 16L << 20;
  private static final long ROW_BYTES = 64L << 20;

  private final FreshCache<LoginName, Resolution> names;
  private final FreshCache<String, Optional<UserCredentials>> rows;
  private final Ticker ticker;

  /**
   * @param databaseGrace how long rows serve while the database is down
   * @param lastInTouch {@code ticker} time at which the change feed last heard from the database
   */
  public CredentialCache(
      CredentialSource source,
      LookupPool pool,
      Duration databaseGrace,
      Ticker ticker,
      LongSupplier lastInTouch) {
    this.names =
        new FreshCache<>(
            new FreshCache.Limits(NAME_BYTES, FRESH_FOR, databaseGrace),
            (name, _) -> 250 + 2 * name.value().length(),
            ticker,
            lastInTouch,
            name -> pool.ask(() -> source.resolve(name)));
    this.rows =
        new FreshCache<>(
            new FreshCache.Limits(ROW_BYTES, FRESH_FOR, databaseGrace),
            (_, found) -> found.map(CredentialCache::weight).orElse(250),
            ticker,
            lastInTouch,
            userId -> pool.ask(() -> source.load(userId)));
    this.ticker = ticker;
  }

  /** The rows behind a login name. Never fails; complete already if they are cached. */
  CompletableFuture<Lookup> find(LoginName name) {
    return names
        .get(name)
        .thenCompose(held ->
            switch (held.value()) {
              case Resolution.Unknown _ ->
                  CompletableFuture.<Lookup>completedFuture(new Lookup.Nobody());
              case Resolution.Known(String userId, Optional<String> sole) -> lookUp(userId, sole);
            })
        .exceptionally(CredentialCache::failed);
  }

  /** The rows of a user. Never fails; complete already if they are cached. */
  CompletableFuture<Lookup> ofUser(String userId) {
    return lookUp(userId, Optional.empty()).exceptionally(CredentialCache::failed);
  }

  /** Drops the rows of a user. */
  public void forgetUser(String userId) {
    rows.forget(userId);
  }

  /** Drops what is known about a login name. */
  public void forgetName(LoginName name) {
    names.forget(name);
  }

  /** Drops everything. */
  public void forgetAll() {
    names.forgetAll();
    rows.forgetAll();
  }

  /** The rows by user, for metrics. */
  public Cache<?, ?> view() {
    return rows.view();
  }

  private CompletableFuture<Lookup> lookUp(String userId, Optional<String> sole) {
    return rows.get(userId)
        .thenApply(held ->
            held.value()
                .<Lookup>map(user ->
                    new Lookup.Found(user, sole, Duration.ofNanos(ticker.read() - held.lookedUp())))
                .orElseGet(Lookup.Nobody::new));
  }

  private static Lookup failed(Throwable failure) {
    Throwable cause = failure instanceof CompletionException wrapped ? wrapped.getCause() : failure;
    return new Lookup.Failed(
        cause instanceof RejectedExecutionException
            ? AuthOutcome.Trouble.OVERLOADED
            : AuthOutcome.Trouble.DATABASE);
  }

  private static int weight(UserCredentials user) {
    return 500 + 900 * user.credentials().size() + 400 * user.upstreamPasswords().size();
  }

  /** What became of a look-up. */
  sealed interface Lookup {
    /** There is no such user. */
    record Nobody() implements Lookup {}

    /**
     * A user.
     *
     * @param sole the app password whose own login name was given
     * @param age how long ago the database said so
     */
    record Found(UserCredentials user, Optional<String> sole, Duration age) implements Lookup {}

    /** The database cannot be asked. */
    record Failed(AuthOutcome.Trouble trouble) implements Lookup {}
  }
}
