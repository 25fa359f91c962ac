package dev.postern.gateway.net;

import dev.postern.gateway.dialogue.FrontEvent.Reason;
import io.netty.util.concurrent.EventExecutor;
import io.netty.util.concurrent.Future;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The two limits in time before login: an absolute one that nothing extends, and one on silence
 * that counts only while the client is the one to speak. Used by one event loop.
 */
final class LoginTimer {
  private final EventExecutor loop;
  private final long idleNanos;
  private final Consumer<Reason> onEnd;
  private final Future<?> deadline;
  private @Nullable Future<?> idle;
  private long silentSince;

  /** Starts the absolute limit. */
  LoginTimer(EventExecutor loop, Duration deadline, Duration idle, Consumer<Reason> onEnd) {
    this.loop = loop;
    this.idleNanos = idle.toNanos();
    this.onEnd = onEnd;
    this.deadline =
        loop.schedule(
            () -> onEnd.accept(Reason.DEADLINE), deadline.toNanos(), TimeUnit.NANOSECONDS);
  }

  /** The client spoke. */
  void heard() {
    silentSince = now();
  }

  /** The client is to speak: its silence counts from now, unless it counts already. */
  void awaitClient() {
    if (idle == null) {
      silentSince = now();
      idle = loop.schedule(this::checkSilence, idleNanos, TimeUnit.NANOSECONDS);
    }
  }

  /** We are to speak: silence does not count. */
  void awaitUs() {
    if (idle != null) {
      idle.cancel(false);
      idle = null;
    }
  }

  void stop() {
    deadline.cancel(false);
    awaitUs();
  }

  private void checkSilence() {
    long left = idleNanos - (now() - silentSince);
    if (left > 0) {
      idle = loop.schedule(this::checkSilence, left, TimeUnit.NANOSECONDS);
    } else {
      idle = null;
      onEnd.accept(Reason.IDLE);
    }
  }

  private long now() {
    return loop.ticker().nanoTime();
  }
}
