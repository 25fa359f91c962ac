package dev.postern.store.seal;

import dev.postern.store.auth.Secret;

/**
 * Seals secrets for the database and opens them again. AES takes microseconds: both may run on an
 * event loop. Safe for use by several threads.
 */
public interface SecretBox {

  /** Seals under the active key. Does not close {@code secret}. */
  Sealed seal(Secret secret, Sealed.Place place);

  /**
   * Opens under the key that is named in the value. The caller closes the result.
   *
   * @throws SealBrokenException if the key is not there, or the value was changed or moved; its
   *     message names the place and the key id, never the value
   */
  Secret open(Sealed value);

  /** The value cannot be opened: a key is missing, or somebody changed or moved it. */
  final class SealBrokenException extends RuntimeException {
    public SealBrokenException(String message) {
      super(message);
    }
  }
}
