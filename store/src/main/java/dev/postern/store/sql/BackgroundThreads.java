package dev.postern.store.sql;

import dev.postern.store.Backstage;
import java.time.Duration;
import java.util.concurrent.Executor;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The threads on which an open store does what nobody waits for. Safe for use by several threads.
 */
final class BackgroundThreads {
  private static final int PATIENCE_SECONDS = 2;
  private static final Logger log = LoggerFactory.getLogger(BackgroundThreads.class);

  private final ScheduledExecutorService writer = thread("postern-store-writer");

  /** Apart from the writer, whose work may take longer than a node may be silent. */
  private final ScheduledExecutorService beat = thread("postern-store-beat");

  /** Apart from both, since it must be done within a second; starts with its first work. */
  private final ScheduledExecutorService sessions = thread("postern-store-sessions");

  /** Writes to the database; rejects when the store closes. */
  Executor writer() {
    return writer;
  }

  /** Follows the key ring and says that this node lives; rejects when the store closes. */
  Executor beat() {
    return beat;
  }

  void repeatOnWriter(Runnable work, int seconds) {
    repeat(writer, work, Duration.ofSeconds(seconds));
  }

  /** For the first time after {@code first} seconds. */
  void repeatOnWriter(Runnable work, int first, int seconds) {
    repeat(writer, work, Duration.ofSeconds(first), Duration.ofSeconds(seconds));
  }

  void repeatOnBeat(Runnable work, int seconds) {
    repeat(beat, work, Duration.ofSeconds(seconds));
  }

  void repeatOnSessions(Runnable work, int millis) {
    repeat(sessions, work, Duration.ofMillis(millis));
  }

  /** Begins nothing any more, and waits a little for what was begun. */
  void end() {
    writer.shutdown();
    beat.shutdown();
    sessions.shutdown();
    try {
      boolean _ = writer.awaitTermination(PATIENCE_SECONDS, TimeUnit.SECONDS);
      boolean _ = beat.awaitTermination(PATIENCE_SECONDS, TimeUnit.SECONDS);
      boolean _ = sessions.awaitTermination(PATIENCE_SECONDS, TimeUnit.SECONDS);
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    }
  }

  private static ScheduledExecutorService thread(String name) {
    return Executors.newSingleThreadScheduledExecutor(task -> Backstage.thread(name, task));
  }

  private static void repeat(ScheduledExecutorService thread, Runnable work, Duration pause) {
    repeat(thread, work, pause, pause);
  }

  /** A scheduled task that throws anything is never run again, and nobody is told. */
  private static void repeat(
      ScheduledExecutorService thread, Runnable work, Duration first, Duration pause) {
    var _ =
        thread.scheduleWithFixedDelay(
            () -> {
              try {
                work.run();
              } catch (RuntimeException | Error fault) {
                log.error("work in the background failed; it is tried again", fault);
              }
            },
            first.toMillis(),
            pause.toMillis(),
            TimeUnit.MILLISECONDS);
  }
}
