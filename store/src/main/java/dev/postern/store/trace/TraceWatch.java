package dev.postern.store.trace;

import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/**
 * Whose logins are traced, as this node has heard of it last. Called on event loops: it never
 * blocks, and goes on while the database is down. Safe for use by several threads.
 */
public interface TraceWatch {

  /** Whether anybody's are; costs next to nothing while nobody's are. */
  boolean isOn();

  /**
   * Whether those of whoever logs in with that name are. Nearly always complete already; else,
   * where it is not known whom the name leads to, on another thread. Never fails: what is not known
   * is not traced.
   *
   * @param loginName as it was typed
   */
  CompletionStage<Optional<TracedUser>> find(String loginName);

  /** Of a node without traces. */
  static TraceWatch none() {
    return new TraceWatch() {
      @Override
      public boolean isOn() {
        return false;
      }

      @Override
      public CompletionStage<Optional<TracedUser>> find(String loginName) {
        return CompletableFuture.completedFuture(Optional.empty());
      }
    };
  }
}
