package dev.postern.store.auth;

import java.time.Instant;
import java.util.Optional;

/**
 * Remembers when app passwords were used. Called on event loops: it never blocks, and writes to the
 * database later, off the path of the login.
 */
public interface UseLog {

  /**
   * Notes a use.
   *
   * @param isSuccession the predecessor by rotation still works, and this use ends it
   */
  void used(String credentialId, AppPassword.LastUse use, boolean isSuccession);

  /**
   * Notes that a secret was sent without TLS. A right one is kept with the app password for good,
   * since whoever listened has it. To be told of wrong ones too: it takes as long for them.
   */
  void sentInClear(String credentialId, boolean isRight, Instant at);

  /** The latest use that this process remembers, which may be newer than the row in the cache. */
  Optional<Instant> latest(String credentialId);

  /** Reads from this log and notes nothing, for questions that must leave no trace. */
  default UseLog readOnly() {
    UseLog log = this;
    return new UseLog() {
      @Override
      public void used(String credentialId, AppPassword.LastUse use, boolean isSuccession) {
        // Nobody logged in.
      }

      @Override
      public void sentInClear(String credentialId, boolean isRight, Instant at) {
        // Nobody sent it.
      }

      @Override
      public Optional<Instant> latest(String credentialId) {
        return log.latest(credentialId);
      }
    };
  }
}
