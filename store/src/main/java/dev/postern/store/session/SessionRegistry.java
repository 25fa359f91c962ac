package dev.postern.store.session;

import java.util.function.Consumer;

/**
 * Where a node says whom it has. Nothing blocks and nothing is lost: what cannot be written is
 * written when the database is back. Safe for use by several threads.
 */
public interface SessionRegistry {

  /** A login was good. The session is shown to all nodes until it is closed. */
  LiveSession begin(SessionStart start);

  /**
   * Tells {@code listener} whenever sessions of this node are to end; called on the feed's thread,
   * within a second after somebody said so on any node. Must return quickly.
   */
  void onKick(Consumer<SessionFilter> listener);

  /** How many nodes share limits, this one among them. As of some seconds ago; cheap. */
  int liveNodes();

  /** One that shows nobody anything, for a gateway alone. */
  static SessionRegistry none() {
    return new SessionRegistry() {
      @Override
      public LiveSession begin(SessionStart start) {
        return new LiveSession(start, _ -> {}, _ -> {});
      }

      @Override
      public void onKick(Consumer<SessionFilter> listener) {}

      @Override
      public int liveNodes() {
        return 1;
      }
    };
  }
}
