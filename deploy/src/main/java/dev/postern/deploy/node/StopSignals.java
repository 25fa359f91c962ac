package dev.postern.deploy.node;

import java.util.List;
import java.util.concurrent.CompletableFuture;

/**
 * Hears Ctrl-C and SIGTERM: the first asks to stop, the second to hurry, a third ends the process.
 *
 * <p>Not by a shutdown hook alone: the process would then end with 130 or 143 however cleanly it
 * stopped, and whoever supervises it could not tell a clean stop from a killed one.
 *
 * @param asked completes with the first
 * @param askedAgain completes with the second
 */
public record StopSignals(CompletableFuture<Void> asked, CompletableFuture<Void> askedAgain) {
  private static final int STOPPED_BY_INTERRUPT = 130;

  /** None so far. */
  public StopSignals() {
    this(new CompletableFuture<>(), new CompletableFuture<>());
  }

  /** Begins to listen. */
  public static StopSignals listen() {
    StopSignals signals = new StopSignals();
    List.of("INT", "TERM").forEach(name -> Signals.on(name, signals::heard));
    return signals;
  }

  private synchronized void heard() {
    if (!asked.complete(null) && !askedAgain.complete(null)) {
      Runtime.getRuntime().halt(STOPPED_BY_INTERRUPT);
    }
  }
}
