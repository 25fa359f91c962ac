package dev.postern.store.auth;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Ticker;
import dev.postern.store.auth.CredentialSource.Answer;
import dev.postern.store.auth.CredentialSource.Found;
import dev.postern.store.auth.FreshCache.Asked;
import dev.postern.store.auth.FreshCache.Held;
import java.time.Duration;
import java.util.ArrayList;
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
 * <p>What else a name may stand for is in {@link NameRules}. Each entry is of one name, exactly,
 * and becomes out of date by changes of that name and its user alone; what a name stands for is put
 * together at each login, from the entry that says that nobody has it and those of its other
 * spellings. So a change of any of them counts at once, however many ways lead to it, and a user is
 * in here once, however many details are typed. All spellings are looked up by one question.
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
  private final NameRules rules;
  private final List<CachedUser> phantoms;
  private final Ticker ticker;

  /**
   * @param rules what a name that nobody has may stand for
   * @param databaseGrace how long rows serve while the database is down
   * @param lastInTouch {@code ticker} time at which the change feed last heard from the database
   * @param random chooses the users whom logins with unknown names are compared with
   */
  public CredentialCache(
      CredentialSource source,
      NameRules rules,
      LookupPool pool,
      Duration databaseGrace,
      Ticker ticker,
      LongSupplier lastInTouch,
      RandomGenerator random) {
    this(source, rules, pool, BYTES, databaseGrace, ticker, lastInTouch, random);
  }

  /**
   * @param bytes most that all rows may weigh
   */
  CredentialCache(
      CredentialSource source,
      NameRules rules,
      LookupPool pool,
      long bytes,
      Duration databaseGrace,
      Ticker ticker,
      LongSupplier lastInTouch,
      RandomGenerator random) {
    this.source = source;
    this.rules = rules;
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
    Held<CachedUser> exact = byName.present(name);
    return exact == null || !exact.value().isNobody() ? exact : presentOtherwise(name, exact);
  }

  private @Nullable Held<CachedUser> presentOtherwise(String name, Held<CachedUser> nobody) {
    for (String other : rules.others(name)) {
      Held<CachedUser> held = byName.present(other);
      if (held == null || !held.value().isNobody()) {
        return held;
      }
    }
    return nobody;
  }

  /** The rows behind a normalised login name. Fails if the database cannot be asked. */
  CompletableFuture<Held<CachedUser>> find(String name) {
    List<String> others = rules.others(name);
    CompletableFuture<Held<CachedUser>> exact = byName.get(name);
    return others.isEmpty()
        ? exact
        : exact.thenCompose(held ->
            held.value().isNobody()
                ? findOtherwise(held, others, 0)
                : CompletableFuture.completedFuture(held));
  }

  /** Nearly always without a question: the one for the exact name has brought them along. */
  private CompletableFuture<Held<CachedUser>> findOtherwise(
      Held<CachedUser> nobody, List<String> others, int next) {
    return next == others.size()
        ? CompletableFuture.completedFuture(nobody)
        : byName
            .get(others.get(next))
            .thenCompose(held ->
                held.value().isNobody()
                    ? findOtherwise(nobody, others, next + 1)
                    : CompletableFuture.completedFuture(held));
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

  /**
   * The id of the user to whom a name leads; empty if it leads to nobody. Fails if the database
   * cannot be asked.
   */
  public CompletableFuture<Optional<String>> ownerOf(LoginName name) {
    return find(name.value())
        .thenApply(
            held -> held.value().isNobody() ? Optional.empty() : Optional.of(held.value().id()));
  }

  /**
   * The last of those that a normalised name may stand for: the same for all that lead to the same.
   */
  String widest(String name) {
    List<String> others = rules.others(name);
    return others.isEmpty() ? name : others.getLast();
  }

  /**
   * Whether a secret may be anybody's, so that it is worth a look-up: one that is not shaped like
   * ours is so only where there are hashes of other systems.
   */
  boolean mayKnow(Secret secret) {
    return source.hasImports() || AppPasswordShape.fits(secret);
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

  /** The rows of the exact name; what became known of its other spellings is kept on the way. */
  private CachedUser ofName(String name) {
    List<String> names = new ArrayList<>();
    names.add(name);
    names.addAll(rules.others(name));
    List<Asked<String>> asked = names.stream().map(byName::asking).toList();
    int before = changes.ofAll();
    Answer answer = source.find(names.stream().map(LoginName::ofNormalised).toList());
    int place = answer.place();
    for (int other = 1; other < place; other++) {
      byName.keep(asked.get(other), nobody(names.get(other)));
    }
    if (place == names.size()) {
      return nobody(name);
    }
    String key = names.get(place);
    CachedUser user =
        answer.found().map(found -> ofFound(found, key, before)).orElseGet(() -> nobody(key));
    if (place == 0) {
      return user;
    }
    byName.keep(asked.get(place), user);
    return nobody(name);
  }

  private CachedUser ofFound(Found found, String key, int before) {
    String userId = found.rows().user().id();
    int generation = changes.current(Generations.counterOf(userId));
    // Whose change it was is not known: the user's count from before the question may be gone.
    return changes.ofAll() == before
        ? CachedUser.of(found.rows(), key, found.sole(), generation)
        : ofId(userId, key, found.sole());
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
