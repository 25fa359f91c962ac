package dev.postern.deploy.cli;

import java.util.Optional;

/**
 * Requests to read the configuration again, heard from the beginning: while the server starts they
 * wait, however many as one. Safe for use by several threads.
 */
final class ReloadRequests {
  private Optional<Runnable> reload = Optional.empty();
  private boolean isWaiting;

  /** There is one. */
  synchronized void add() {
    if (reload.isPresent()) {
      reload.get().run();
    } else {
      isWaiting = true;
    }
  }

  /** From now on they are met; {@code action} returns at once. */
  synchronized void meetBy(Runnable action) {
    reload = Optional.of(action);
    if (isWaiting) {
      isWaiting = false;
      action.run();
    }
  }
}
