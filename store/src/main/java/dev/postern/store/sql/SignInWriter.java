package dev.postern.store.sql;

import dev.postern.store.RefusedException;
import dev.postern.store.StoreException;
import dev.postern.store.audit.FoldedSignIns;
import dev.postern.store.audit.FoldingSignInLog;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Writes the login attempts that wait, in batches; between two of them others may use the writer's
 * thread, on which everything here runs. What cannot be written goes on waiting.
 */
final class SignInWriter {
  private static final int BATCH = 1000;
  private static final Duration QUIET = Duration.ofHours(1);
  private static final Logger log = LoggerFactory.getLogger(SignInWriter.class);

  private final Database database;
  private final Writes writes;
  private final FoldingSignInLog waiting;
  private final SignInTable table;
  private final SignInBounds bounds;
  private final Executor writer;

  /** Whether the last try failed; so that the log says it once, and until one succeeds. */
  private boolean isHeldUp;

  private Instant saidCoarsened = Instant.MIN;

  SignInWriter(
      Database database,
      Writes writes,
      FoldingSignInLog waiting,
      SignInTable table,
      SignInBounds bounds,
      Executor writer) {
    this.database = database;
    this.writes = writes;
    this.waiting = waiting;
    this.table = table;
    this.bounds = bounds;
    this.writer = writer;
  }

  /** Writes a batch, removes what is too old, and sees to it that the rest follows. */
  void flush() {
    sayCoarsened();
    boolean isMore = writeBatch();
    if (trim() || isMore) {
      try {
        writer.execute(this::flush);
      } catch (RejectedExecutionException _) {
        // The store is closing, and drains as it does.
      }
    }
  }

  /** Writes everything, as far as the database lets it. */
  void drain() {
    while (writeBatch()) {
      // On to the next.
    }
  }

  /** Whether more waits that may be written now. */
  private boolean writeBatch() {
    List<FoldedSignIns> batch = waiting.take(BATCH);
    if (batch.isEmpty()) {
      return false;
    }
    boolean isWritten = false;
    try {
      var rows = database.write(handle -> table.add(handle, batch));
      isWritten = true;
      bounds.written(rows);
      isHeldUp = false;
      return batch.size() == BATCH;
    } catch (StoreException | RefusedException e) {
      if (!isWritten) {
        waiting.putBack(batch);
      }
      if (!isHeldUp) {
        isHeldUp = true;
        log.warn("login attempts wait to be put on record: {}", e.getMessage());
      }
      return false;
    }
  }

  /** Whether more is to be removed that may be removed now. */
  private boolean trim() {
    try {
      return !isHeldUp && bounds.goOn();
    } catch (StoreException | RefusedException e) {
      isHeldUp = true;
      log.warn("old login attempts wait to be removed: {}", e.getMessage());
      return false;
    }
  }

  private void sayCoarsened() {
    Instant now = writes.now();
    if (saidCoarsened.isAfter(now.minus(QUIET))) {
      return;
    }
    long coarsened = waiting.takeCoarsened();
    if (coarsened > 0) {
      saidCoarsened = now;
      log.warn(
          "{} login attempts are on record without source or name: too many different ones wait",
          coarsened);
    }
  }
}
