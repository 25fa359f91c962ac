package dev.postern.gateway.net;

import static java.util.Comparator.comparing;

import dev.postern.gateway.Drain;
import dev.postern.gateway.Gateway.Newcomers;
import dev.postern.gateway.Gateway.Waiting;
import io.netty.util.concurrent.Ticker;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * Lets those finish who are inside while nobody comes in any more:
 *
 * <pre>
 * listeners closed
 *   --> who waits for a command before login is told to go (unless another process has taken over)
 *   --> logins under way finish, until {@link Drain#beforeLogin} is over: then they are told to go
 *   --> sessions end by themselves, until {@link Drain#relays} is over: then they are ended
 * </pre>
 *
 * <p>What is left then is for the caller to close. Used by one thread, which waits.
 */
final class Draining {
  private static final Duration TELL_EVERY = Duration.ofSeconds(30);

  private final Fronts fronts;
  private final Drain limits;
  private final CompletionStage<?> hurry;
  private final Consumer<Waiting> progress;
  private final Ticker ticker;
  private final long startedAt;

  /**
   * @param hurry ends it at once
   * @param progress is told what is waited for, at the start and now and then
   */
  Draining(
      Fronts fronts,
      Drain limits,
      CompletionStage<?> hurry,
      Consumer<Waiting> progress,
      Ticker ticker) {
    this.fronts = fronts;
    this.limits = limits;
    this.hurry = hurry;
    this.progress = progress;
    this.ticker = ticker;
    this.startedAt = ticker.nanoTime();
  }

  void run(Newcomers newcomers) {
    fronts.settle();
    switch (newcomers) {
      case TURNED_AWAY -> fronts.tell(Leave.UNLESS_BUSY);
      case SERVED_ELSEWHERE -> {}
    }
    List<Deadline> deadlines =
        List.of(
            new Deadline(limits.beforeLogin(), Leave.UNLESS_LOGGED_IN),
            new Deadline(limits.relays(), Leave.IF_LOGGED_IN));
    for (Deadline next : deadlines.stream().sorted(comparing(Deadline::since)).toList()) {
      if (!await(next.since())) {
        fronts.tell(next.whom());
      }
    }
  }

  /**
   * When somebody has to go.
   *
   * @param since the start
   */
  private record Deadline(Duration since, Leave whom) {}

  /** Whether nobody is left, within that time since the start, or before somebody hurries. */
  private boolean await(Duration limit) {
    while (true) {
      Duration left = limit.minusNanos(ticker.nanoTime() - startedAt);
      if (fronts.all() == 0 || !left.isPositive() || hurry.toCompletableFuture().isDone()) {
        return fronts.all() == 0;
      }
      int loggedIn = fronts.loggedIn();
      progress.accept(new Waiting(loggedIn, fronts.all() - loggedIn, leftOfAll()));
      Duration wait = left.compareTo(TELL_EVERY) < 0 ? left : TELL_EVERY;
      fronts.awaitClosed(TimeUnit.NANOSECONDS.toMillis(wait.toNanos()) + 1, hurry);
    }
  }

  private Duration leftOfAll() {
    Duration longest =
        limits.relays().compareTo(limits.beforeLogin()) > 0
            ? limits.relays()
            : limits.beforeLogin();
    return longest.minusNanos(ticker.nanoTime() - startedAt);
  }
}
