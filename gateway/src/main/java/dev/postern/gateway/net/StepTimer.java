package dev.postern.gateway.net;

import io.netty.util.concurrent.EventExecutor;
import io.netty.util.concurrent.Future;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * How long the other side may take for its greeting, and for each answer to what we sent; what it
 * says in between does not extend that. Used by one event loop.
 */
final class StepTimer {
  private final Duration limit;
  private final Runnable onEnd;
  private @Nullable Future<?> running;

  StepTimer(Duration limit, Runnable onEnd) {
    this.limit = limit;
    this.onEnd = onEnd;
  }

  /** The other side is to speak. */
  void start(EventExecutor loop) {
    stop();
    running = loop.schedule(onEnd, limit.toNanos(), TimeUnit.NANOSECONDS);
  }

  void stop() {
    if (running != null) {
      running.cancel(false);
      running = null;
    }
  }

  Duration limit() {
    return limit;
  }
}
