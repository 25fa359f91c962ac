package dev.postern.store.auth;

/**
 * Takes better stored forms of secrets that were just seen to be right: under the newest pepper
 * instead of an older one, or keyed instead of an imported hash. Called on event loops: it never
 * blocks, and writes to the database later; what cannot be written is tried at the next success.
 */
public interface Rekeying {

  /**
   * Asks for the replacement.
   *
   * @param old what the row must still hold when it is written
   */
  void replace(String userId, String credentialId, StoredSecret old, StoredSecret fresh);

  /**
   * Whether a replacement for that app password would be taken now. Ask before making one is much
   * work.
   */
  default boolean isWanted(String credentialId) {
    return true;
  }

  /** Replaces nothing. */
  static Rekeying none() {
    return new Rekeying() {
      @Override
      public void replace(
          String userId, String credentialId, StoredSecret old, StoredSecret fresh) {
        // Nothing is replaced.
      }

      @Override
      public boolean isWanted(String credentialId) {
        return false;
      }
    };
  }
}
