package dev.postern.gateway.net;

import dev.postern.gateway.CredentialBudget;
import dev.postern.gateway.observe.Direction;
import io.netty.util.concurrent.Ticker;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BiConsumer;
import java.util.function.IntSupplier;

/**
 * Counts what each app password is used for, and says which goes over its budget.
 *
 * <p>Each node takes its share of a budget. So that nobody is over it because another node has
 * started meanwhile, it is not the limit that is divided: what is counted counts for as many as
 * there are nodes at that moment.
 *
 * <p>Known are those of the sessions there are, and of others that were used in the last day about
 * {@value #MOST}; the least recently used are forgotten first. Safe for use by several threads;
 * nothing here waits.
 */
final class CredentialBudgets {
  static final int MOST = 100_000;

  /** How many are forgotten at once. */
  private static final int ROOM = MOST / 10;

  private static final Duration FORGOTTEN_AFTER = Duration.ofDays(1);

  private final IntSupplier liveNodes;
  private final Ticker ticker;
  private final BiConsumer<String, String> over;
  private final Map<String, CredentialUse> uses = new ConcurrentHashMap<>();
  private volatile CredentialBudget budget;

  /**
   * @param liveNodes how many nodes share the budget, at least 1
   * @param over told of the id of an app password and of what it did too much
   */
  CredentialBudgets(
      CredentialBudget budget,
      IntSupplier liveNodes,
      Ticker ticker,
      BiConsumer<String, String> over) {
    this.budget = budget;
    this.liveNodes = liveNodes;
    this.ticker = ticker;
    this.over = over;
  }

  /** From now on; what was counted stays. */
  void limit(CredentialBudget newBudget) {
    budget = newBudget;
  }

  /** Counts a good login. Whether it is one too many; then somebody is told before this returns. */
  boolean isOneTooMany(String credentialId) {
    OptionalInt limit = budget.loginsPerMinute();
    if (limit.isEmpty()) {
      return false;
    }
    int most = limit.getAsInt();
    int nodes = liveNodes.getAsInt();
    // Where there are more nodes than logins, the first one on a node is not too many.
    boolean isOver = use(credentialId).login(ticker.nanoTime(), nodes) > Math.max(most, nodes);
    if (isOver) {
      over.accept(credentialId, "more than " + most + " logins in a minute");
    }
    return isOver;
  }

  /**
   * What counts the bytes of a session; empty if none are to be counted. It is not forgotten before
   * {@link CredentialUse#letGo}, unless it is settled.
   */
  Optional<CredentialUse> counter(String credentialId) {
    if (!budget.isOfBytes()) {
      return Optional.empty();
    }
    CredentialUse counter =
        uses.compute(
            credentialId,
            (id, known) -> {
              CredentialUse use = known == null ? new CredentialUse(id, ticker.nanoTime()) : known;
              use.hold();
              return use;
            });
    return Optional.of(counter);
  }

  /** Begins anew for an app password: what it did is settled. */
  void settled(String credentialId) {
    uses.remove(credentialId);
  }

  /** Sums up, and forgets what is long ago; every second, on one thread. */
  void sweep() {
    long now = ticker.nanoTime();
    if (budget.isOfBytes()) {
      int nodes = liveNodes.getAsInt();
      for (CredentialUse use : uses.values()) {
        check(use, Direction.UP, budget.upPerDay(), now, nodes);
        check(use, Direction.DOWN, budget.downPerDay(), now, nodes);
      }
    }
    for (CredentialUse use : uses.values()) {
      if (now - use.usedAt() > FORGOTTEN_AFTER.toNanos()) {
        forget(use.credentialId());
      }
    }
    if (uses.size() >= MOST) {
      // As of one moment: they go on while these are sorted.
      List<Age> idle =
          uses.values().stream().filter(use -> !use.isHeld()).map(CredentialBudgets::age).toList();
      idle.stream()
          .sorted(Comparator.comparingLong(Age::usedAt))
          .limit(ROOM)
          .forEach(age -> forget(age.credentialId()));
    }
  }

  private void forget(String credentialId) {
    CredentialUse _ = uses.computeIfPresent(credentialId, (_, use) -> use.isHeld() ? use : null);
  }

  private record Age(String credentialId, long usedAt) {}

  private static Age age(CredentialUse use) {
    return new Age(use.credentialId(), use.usedAt());
  }

  /** How many app passwords are known. */
  int size() {
    return uses.size();
  }

  private void check(
      CredentialUse use, Direction direction, OptionalLong most, long now, int nodes) {
    Optional<Long> moved = use.movedInADay(direction, now, nodes);
    if (most.isPresent() && moved.filter(bytes -> bytes > most.getAsLong()).isPresent()) {
      over.accept(
          use.credentialId(),
          "more than "
              + SizeWords.text(most.getAsLong())
              + (direction == Direction.UP ? " sent in a day" : " fetched in a day"));
    }
  }

  /** Until there is room again, the logins of those that are new are not added up. */
  private CredentialUse use(String credentialId) {
    CredentialUse known = uses.get(credentialId);
    if (known != null) {
      return known;
    }
    CredentialUse fresh = new CredentialUse(credentialId, ticker.nanoTime());
    if (uses.size() >= MOST) {
      return fresh;
    }
    CredentialUse sooner = uses.putIfAbsent(credentialId, fresh);
    return sooner == null ? fresh : sooner;
  }
}
