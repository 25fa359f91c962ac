package dev.postern.store.trace;

import dev.postern.store.auth.LoginName;
import dev.postern.store.auth.NameRules;
import java.time.InstantSource;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;

/**
 * The traces that are on, in memory, by every name that leads to their users. While there is none,
 * asking is one read of a field.
 */
public final class TraceBook implements TraceWatch {
  private static final CompletionStage<Optional<TracedUser>> NOBODY =
      CompletableFuture.completedFuture(Optional.empty());

  private final NameRules rules;
  private final Function<LoginName, CompletionStage<Optional<String>>> owner;
  private final InstantSource clock;
  private volatile Pages pages = Pages.EMPTY;

  /**
   * @param byId users by their ids
   * @param byName the same by their login names
   * @param lastEnd when the last of the traces ends, in milliseconds since 1970
   */
  private record Pages(Map<String, TracedUser> byId, Map<String, TracedUser> byName, long lastEnd) {
    static final Pages EMPTY = new Pages(Map.of(), Map.of(), Long.MIN_VALUE);
  }

  /**
   * A trace with the names of its user.
   *
   * @param names normalised
   */
  public record Entry(Trace trace, Collection<String> names) {
    public Entry {
      names = List.copyOf(names);
    }
  }

  /**
   * @param rules what a name that nobody has may stand for
   * @param owner whom a name leads to; asked where {@code rules} lead to a traced user
   */
  public TraceBook(
      NameRules rules,
      Function<LoginName, CompletionStage<Optional<String>>> owner,
      InstantSource clock) {
    this.rules = rules;
    this.owner = owner;
    this.clock = clock;
  }

  /** Takes what the database says, in place of what it said before. Those that stay go on. */
  public synchronized void store(Collection<Entry> entries) {
    Map<String, TracedUser> before = pages.byId();
    Map<String, TracedUser> byId = new HashMap<>();
    Map<String, TracedUser> byName = new HashMap<>();
    long lastEnd = Long.MIN_VALUE;
    for (Entry entry : entries) {
      TracedUser known = before.get(entry.trace().userId());
      TracedUser user =
          known != null && known.trace().equals(entry.trace())
              ? known
              : new TracedUser(entry.trace(), clock);
      byId.put(entry.trace().userId(), user);
      entry.names().forEach(name -> byName.put(name, user));
      lastEnd = Math.max(lastEnd, entry.trace().endsAt().toEpochMilli());
    }
    pages = new Pages(Map.copyOf(byId), Map.copyOf(byName), lastEnd);
    before.forEach((id, user) -> {
      if (byId.get(id) != user) {
        user.stop();
      }
    });
  }

  /** Whether there is a trace of that user, so that a change of his may be one of his names. */
  public boolean isTraced(String userId) {
    return pages.byId().containsKey(userId);
  }

  @Override
  public boolean isOn() {
    long lastEnd = pages.lastEnd();
    return lastEnd != Long.MIN_VALUE && clock.millis() < lastEnd;
  }

  @Override
  public CompletionStage<Optional<TracedUser>> find(String loginName) {
    Pages now = pages;
    if (now.byName().isEmpty()) {
      return NOBODY;
    }
    return LoginName.parse(loginName).map(name -> find(now, name)).orElse(NOBODY);
  }

  private CompletionStage<Optional<TracedUser>> find(Pages now, LoginName name) {
    TracedUser exact = now.byName().get(name.value());
    if (exact != null) {
      return CompletableFuture.completedFuture(Optional.of(exact));
    }
    // Somebody else may have a name that comes first.
    return rules.others(name.value()).stream().anyMatch(now.byName()::containsKey)
        ? owner
            .apply(name)
            .thenApply(id -> id.map(now.byId()::get))
            .exceptionally(_ -> Optional.empty())
        : NOBODY;
  }
}
