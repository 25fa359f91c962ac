package dev.postern.store.auth;

import com.github.benmanes.caffeine.cache.Ticker;
import dev.postern.store.auth.AuthOutcome.Accepted;
import dev.postern.store.auth.AuthOutcome.Delegate;
import dev.postern.store.auth.AuthOutcome.Rejected;
import dev.postern.store.auth.AuthOutcome.Throttled;
import dev.postern.store.auth.AuthOutcome.Unavailable;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;

/**
 * Holds refusals that needed the database until the next beat since they were asked for, and for
 * random parts of two more. How long a look-up takes tells whether it found anything, and how much:
 * a user with many app passwords has more rows to be read than a name that nobody has. With a
 * failure delay nobody sees that; this is for gateways that have none. Those who get in do not
 * wait.
 *
 * <p>The random parts are for what the beat cannot hide: a look-up that reads rows leaves less of
 * everything else in the processor's caches, so that the answer, once it may go, takes some
 * microseconds longer. They hide that in noise and do not remove it: whoever asks about one name
 * needs tens of thousands of attempts, and each counts only while the rows are not cached, thus
 * once, and again after they were changed or evicted. They are two, so that their sum has no sharp
 * edges, where a shift would be seen soonest.
 */
final class RefusalBeat {
  /** Longer than nearly every look-up, and shorter than anybody notices. */
  static final Duration PERIOD = Duration.ofMillis(5);

  private final Ticker ticker;
  private final RandomGenerator random;
  private final Waiting waiting;

  RefusalBeat() {
    this(Ticker.systemTicker(), new SecureRandom(), RefusalBeat::onTimer);
  }

  RefusalBeat(Ticker ticker, RandomGenerator random, Waiting waiting) {
    this.ticker = ticker;
    this.random = random;
    this.waiting = waiting;
  }

  /** Gives an outcome after a time; never blocks. */
  interface Waiting {
    CompletionStage<AuthOutcome> after(Duration time, AuthOutcome outcome);
  }

  /** The same outcome; after the beat, if it is not good. */
  CompletionStage<AuthOutcome> hold(Supplier<CompletionStage<AuthOutcome>> question) {
    long start = ticker.read();
    return question
        .get()
        .thenCompose(outcome ->
            switch (outcome) {
              case Accepted _, Delegate _ -> CompletableFuture.completedStage(outcome);
              case Rejected _, Throttled _, Unavailable _ ->
                  waiting.after(timeLeft(ticker.read() - start), outcome);
            });
  }

  private Duration timeLeft(long passed) {
    long period = PERIOD.toNanos();
    return Duration.ofNanos(
        period - passed % period + random.nextLong(period) + random.nextLong(period));
  }

  private static CompletionStage<AuthOutcome> onTimer(Duration time, AuthOutcome outcome) {
    return new CompletableFuture<AuthOutcome>()
        .completeOnTimeout(outcome, time.toNanos(), TimeUnit.NANOSECONDS);
  }
}
