package dev.postern.store.auth;

import java.time.Instant;

/**
 * Is told of attempts that somebody may want to know of. Called on event loops, and on the way to
 * an answer: it must return at once. The secret is closed by then.
 */
public interface LoginWatch {

  /** It was accepted, from where that user was not lately. */
  void newNetwork(String credentialId, Attempt attempt, Instant at);

  /** The secret was right, and its app password is revoked. */
  void afterRevocation(String credentialId, Attempt attempt, Instant at);

  /** More wrong secrets came for the user than are answered as such. */
  void throttled(String userId, Attempt attempt, Instant at);

  /** Nobody wants to know. */
  static LoginWatch none() {
    return new LoginWatch() {
      @Override
      public void newNetwork(String credentialId, Attempt attempt, Instant at) {
        // Nobody is told.
      }

      @Override
      public void afterRevocation(String credentialId, Attempt attempt, Instant at) {
        // Nobody is told.
      }

      @Override
      public void throttled(String userId, Attempt attempt, Instant at) {
        // Nobody is told.
      }
    };
  }
}
