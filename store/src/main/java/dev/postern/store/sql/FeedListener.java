package dev.postern.store.sql;

import com.github.benmanes.caffeine.cache.Ticker;
import dev.postern.store.UserChange;
import dev.postern.store.auth.CredentialCache;
import dev.postern.store.auth.LoginName;
import dev.postern.store.integrity.RowChecks;
import dev.postern.store.session.SessionFilter;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Passes changes on: first the cache forgets, then whoever else wants to know is told. Users and
 * login names that were removed are remembered as such, so that their rows cannot be put back while
 * this process runs.
 */
final class FeedListener implements ChangeFeed.Listener {
  private static final Logger log = LoggerFactory.getLogger(FeedListener.class);

  private final List<Consumer<UserChange>> listeners = new CopyOnWriteArrayList<>();
  private final List<Consumer<SessionFilter>> kickListeners = new CopyOnWriteArrayList<>();
  private final List<Consumer<Change.Bans>> banListeners = new CopyOnWriteArrayList<>();
  private final List<Consumer<Change.ApiTokens>> apiTokenListeners = new CopyOnWriteArrayList<>();
  private final List<Consumer<Change.Traces>> traceListeners = new CopyOnWriteArrayList<>();
  private final List<Consumer<Optional<String>>> consentListeners = new CopyOnWriteArrayList<>();
  private volatile @Nullable CredentialCache cache;
  private volatile @Nullable ChangeFeed feed;
  private volatile @Nullable RowChecks checks;
  private volatile boolean hasImports;

  /** Starts the feed for that cache, which is still empty. */
  ChangeFeed start(
      Database database, Ticker ticker, CredentialCache emptyCache, RowChecks rowChecks) {
    cache = emptyCache;
    checks = rowChecks;
    ChangeFeed started = ChangeFeed.start(database, ticker, this);
    feed = started;
    return started;
  }

  void add(Consumer<UserChange> listener) {
    listeners.add(listener);
  }

  /**
   * Tells {@code listener} of each kick, as {@link #add} does of users. One that was missed is not
   * made up for.
   */
  void onKick(Consumer<SessionFilter> listener) {
    kickListeners.add(listener);
  }

  /** Tells {@code listener} that who is banned changed, or may have; it must return quickly. */
  void onBansChanged(Runnable listener) {
    banListeners.add(_ -> listener.run());
  }

  /** Tells {@code listener} that API tokens changed, or may have; it must return quickly. */
  void onApiTokensChanged(Runnable listener) {
    apiTokenListeners.add(_ -> listener.run());
  }

  /** Tells {@code listener} that traces changed, or may have; it must return quickly. */
  void onTracesChanged(Runnable listener) {
    traceListeners.add(_ -> listener.run());
  }

  /**
   * Tells {@code listener} whose consent changed, or nobody's name if changes were missed; more
   * than once for a change of this process.
   */
  void onConsentChanged(Consumer<Optional<String>> listener) {
    consentListeners.add(listener);
  }

  /** {@link Ticker} time up to which all changes are known here. */
  long lastInTouch() {
    ChangeFeed started = feed;
    return started == null ? Long.MIN_VALUE : started.lastInTouch();
  }

  /** Whether hashes of other systems were imported, as far as is known here. */
  boolean hasImports() {
    return hasImports;
  }

  @Override
  public void imported() {
    hasImports = true;
  }

  /** This process changed something: it must see that itself at once. */
  void committedHere(List<Change> changes) {
    if (!changes.isEmpty()) {
      forget(changes);
      for (Change change : changes) {
        if (change instanceof Change.Consent(String userId)) {
          tell(consentListeners, Optional.of(userId));
        }
      }
      ChangeFeed started = feed;
      if (started != null) {
        started.wake();
      }
    }
  }

  /** What rows mean has changed without any of them: the cache forgets all, everybody is told. */
  void anythingChanged() {
    CredentialCache stale = cache;
    if (stale != null) {
      stale.forgetAll();
    }
    ChangeFeed started = feed;
    if (started != null) {
      started.anythingChanged();
    }
  }

  @Override
  public void changed(List<ChangeFeed.Entry> entries) {
    forget(entries.stream().map(ChangeFeed.Entry::change).toList());
    Map<String, Instant> firsts = new LinkedHashMap<>();
    boolean haveBansChanged = false;
    boolean haveApiTokensChanged = false;
    boolean haveTracesChanged = false;
    for (ChangeFeed.Entry entry : entries) {
      switch (entry.change()) {
        case Change.OfUser(String userId, var _) -> firsts.putIfAbsent(userId, entry.at());
        case Change.Kick(SessionFilter which) -> tell(kickListeners, which);
        case Change.Bans() -> haveBansChanged = true;
        case Change.ApiTokens() -> haveApiTokensChanged = true;
        case Change.Traces() -> haveTracesChanged = true;
        case Change.Consent(String userId) -> tell(consentListeners, Optional.of(userId));
        case Change.Unknown() -> log.warn("a change that this program does not know is left out");
      }
    }
    firsts.forEach((userId, at) -> tell(listeners, new UserChange.OfUser(userId, at)));
    if (haveBansChanged) {
      tellOfBans();
    }
    if (haveApiTokensChanged) {
      tellOfApiTokens();
    }
    if (haveTracesChanged) {
      tellOfTraces();
    }
  }

  @Override
  public void removed(Set<String> userIds) {
    RowChecks rows = checks;
    if (rows != null) {
      userIds.forEach(id -> rows.removed(UserTable.TABLE, id));
    }
  }

  @Override
  public void removedNames(Map<Change.OfUser, Long> names) {
    RowChecks rows = checks;
    if (rows != null) {
      names.forEach((change, number) ->
          change
              .loginName()
              .ifPresent(name ->
                  rows.removedBefore(
                      LoginNameTable.TABLE,
                      LoginNameTable.Name.row(name, change.userId()),
                      number + 1)));
    }
  }

  @Override
  public void lostPlace() {
    CredentialCache stale = cache;
    if (stale != null) {
      stale.forgetAll();
    }
    tell(listeners, new UserChange.OfAnybody());
    tell(consentListeners, Optional.empty());
    tellOfBans();
    tellOfApiTokens();
    tellOfTraces();
  }

  private void forget(List<Change> changes) {
    CredentialCache stale = cache;
    if (stale == null) {
      return;
    }
    for (Change change : changes) {
      if (change instanceof Change.OfUser(String userId, Optional<String> loginName)) {
        loginName.flatMap(LoginName::parse).ifPresent(stale::forgetName);
        stale.forgetUser(userId);
      }
    }
  }

  private void tellOfBans() {
    tell(banListeners, new Change.Bans());
  }

  private void tellOfApiTokens() {
    tell(apiTokenListeners, new Change.ApiTokens());
  }

  private void tellOfTraces() {
    tell(traceListeners, new Change.Traces());
  }

  private static <T> void tell(List<Consumer<T>> listeners, T change) {
    for (Consumer<T> listener : listeners) {
      try {
        listener.accept(change);
      } catch (RuntimeException e) {
        log.error("a listener to changes failed", e);
      }
    }
  }
}
