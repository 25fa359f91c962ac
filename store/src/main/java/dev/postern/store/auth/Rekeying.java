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

  /** Replaces nothing. */
  static Rekeying none() {
    return (_, _, _, _) -> {};
  }
}
