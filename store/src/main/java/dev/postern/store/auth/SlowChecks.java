package dev.postern.store.auth;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import com.github.benmanes.caffeine.cache.Ticker;
import dev.postern.store.auth.StoredSecret.Hardened;
import dev.postern.store.hash.SlowPool;
import java.net.InetAddress;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.BitSet;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;

/**
 * Checks app passwords whose form takes a slow hash, as seldom as possible.
 *
 * <ul>
 *   <li>Identical checks at the same time are one: a client opens five connections at once.
 *   <li>A success is remembered until the user's rows change, or nobody has used it for an hour. It
 *       is not asked again whether the secret is right; whether it may be used still is.
 *   <li>The rest runs on the pool for slow hashes, and fails with a {@link
 *       dev.postern.store.hash.BusyException} when there is no room or time: whoever asks does not
 *       know then, and must not refuse.
 * </ul>
 *
 * <p>Never blocks; safe for use by several threads. What is kept is named by {@link CheckKeys}.
 */
public final class SlowChecks {
  private static final int MOST_REMEMBERED = 100_000;
  private static final Duration REMEMBERED_UNUSED = Duration.ofHours(1);

  private final SlowForms forms;
  private final SlowPool pool;
  private final CheckKeys keys;
  private final ConcurrentMap<CheckKeys.Key, CompletableFuture<Integer>> inFlight =
      new ConcurrentHashMap<>();
  private final Cache<CheckKeys.Key, Success> successes;

  /** Which app password it was, and what was kept of it then. */
  private record Success(int number, StoredSecret stored) {}

  public SlowChecks(SlowForms forms, SlowPool pool, Ticker ticker, SecureRandom random) {
    this(forms, pool, MOST_REMEMBERED, ticker, random);
  }

  /**
   * @param remembered most successes
   */
  SlowChecks(SlowForms forms, SlowPool pool, int remembered, Ticker ticker, SecureRandom random) {
    this.forms = forms;
    this.pool = pool;
    this.keys = new CheckKeys(random);
    this.successes =
        Caffeine.newBuilder()
            .maximumSize(remembered)
            .expireAfterAccess(REMEMBERED_UNUSED)
            .ticker(ticker)
            .executor(Runnable::run)
            .build();
  }

  /**
   * The number of the app password that matches, {@link FlatTags#NONE} if none does. Complete
   * already if no slow hash is needed for that.
   *
   * @param attempt whose secret is not closed
   * @param isOwnTried whether those that people made are among them
   */
  CompletableFuture<Integer> check(CachedUser user, Attempt attempt, boolean isOwnTried) {
    BitSet fitting = user.fitting(attempt);
    CheckKeys.Key key = keys.of(user, fitting, isOwnTried, attempt.secret());
    Success success = successes.getIfPresent(key);
    if (success != null && isOf(user, success)) {
      return CompletableFuture.completedFuture(success.number);
    }
    CompletableFuture<Integer> mine = new CompletableFuture<>();
    CompletableFuture<Integer> others = inFlight.putIfAbsent(key, mine);
    if (others != null) {
      return others;
    }
    start(key, user, fitting, isOwnTried, attempt)
        .whenComplete((number, failure) -> {
          if (failure == null && number >= 0) {
            user.other(number)
                .stored()
                .ifPresent(stored -> successes.put(key, new Success(number, stored)));
          }
          // After the success is remembered: whoever finds no flight any more finds that.
          inFlight.remove(key, mine);
          if (failure == null) {
            mine.complete(number);
          } else {
            mine.completeExceptionally(failure);
          }
        });
    return mine;
  }

  /**
   * The same where nobody waits for the answer: fails with a {@link
   * dev.postern.store.hash.BusyException} unless there is much room.
   */
  CompletableFuture<Integer> checkIfQuiet(CachedUser user, Attempt attempt) {
    List<Integer> worth = forms.worthTrying(user, attempt.secret(), user.fitting(attempt), true);
    return worth.isEmpty()
        ? CompletableFuture.completedFuture(FlatTags.NONE)
        : pool.askIfQuiet(
            user.id(),
            attempt.peer(),
            attempt.secret().copy(),
            (secret, turn) -> forms.firstMatch(user, worth, secret, turn));
  }

  /** See {@link SlowForms#isCurrent}. */
  boolean isCurrent(Hardened stored) {
    return forms.isCurrent(stored);
  }

  /**
   * Makes the hardened form of a secret anew. Nobody waits for that: it fails with a {@link
   * dev.postern.store.hash.BusyException} unless there is much room.
   *
   * @param entered as {@link AppPasswordShape} reads it; taken over
   */
  CompletableFuture<Hardened> harden(String userId, InetAddress peer, Secret entered) {
    return pool.askIfQuiet(
        userId, peer, entered, (secret, turn) -> forms.harden(userId, secret, turn));
  }

  /** Successes that are remembered, roughly. */
  long remembered() {
    successes.cleanUp();
    return successes.estimatedSize();
  }

  private CompletableFuture<Integer> start(
      CheckKeys.Key key, CachedUser user, BitSet fitting, boolean isOwnTried, Attempt attempt) {
    Success justRemembered = successes.getIfPresent(key);
    if (justRemembered != null && isOf(user, justRemembered)) {
      return CompletableFuture.completedFuture(justRemembered.number);
    }
    List<Integer> worth = forms.worthTrying(user, attempt.secret(), fitting, isOwnTried);
    return worth.isEmpty()
        ? CompletableFuture.completedFuture(FlatTags.NONE)
        : pool.ask(
            user.id(),
            attempt.peer(),
            attempt.secret().copy(),
            (secret, turn) -> forms.firstMatch(user, worth, secret, turn));
  }

  private static boolean isOf(CachedUser user, Success success) {
    return user.other(success.number).stored().filter(success.stored::equals).isPresent();
  }
}
