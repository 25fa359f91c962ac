package dev.postern.store.trace;

import java.time.InstantSource;
import java.util.concurrent.atomic.AtomicInteger;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A trace that is on, on one node: until its time is over, until it is stopped, or until it has
 * shown as many lines as it may. Safe for use by several threads.
 */
public final class TracedUser {
  /** Lines that a trace shows on a node. */
  public static final int MOST_LINES = 5000;

  private static final Logger log = LoggerFactory.getLogger(TracedUser.class);

  private final Trace trace;
  private final InstantSource clock;
  private final AtomicInteger linesLeft = new AtomicInteger(MOST_LINES);
  private volatile boolean isStopped;

  public TracedUser(Trace trace, InstantSource clock) {
    this.trace = trace;
    this.clock = clock;
  }

  Trace trace() {
    return trace;
  }

  /** The user's name, normalised: fit for a line of the log. */
  public String name() {
    return trace.user();
  }

  /** Whether it goes on. */
  public boolean isOn() {
    return !isStopped && linesLeft.get() > 0 && trace.isOn(clock.instant());
  }

  /** Takes the right to show one line more, if it goes on. */
  public boolean takeLine() {
    if (!isOn()) {
      return false;
    }
    int left = linesLeft.getAndDecrement();
    if (left == 1) {
      log.warn(
          "the trace of {} has shown {} lines here, and shows no more", trace.user(), MOST_LINES);
    }
    return left > 0;
  }

  void stop() {
    isStopped = true;
  }
}
