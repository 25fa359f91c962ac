package dev.postern.store.keys;

import java.util.Locale;

/**
 * What has become of a key.
 *
 * <pre>
 *   added ──► active ⇄ held ──► retiring ──► ending (peppers) ──► retired
 * </pre>
 */
public enum KeyState {
  /** In a key file, but nothing is made with it yet. */
  ADDED,
  /** The one that new values are made with; exactly one of a kind. */
  ACTIVE,
  /** Was active; what was made with it still counts. */
  HELD,
  /** A pepper that ends at a date, or a key whose values are being made anew. */
  RETIRING,
  /** A pepper that has ended; the app passwords under it are being revoked. */
  ENDING,
  /** Over, and nothing needs it any more. */
  RETIRED,
  /** In a key file here, and the ring has not heard of it; never in the ring. */
  UNKNOWN,
  /** Its row in the ring is not what Postern wrote; never in the ring. */
  ALTERED;

  /** Lower case, as stored and as people see it. */
  public String word() {
    return name().toLowerCase(Locale.ROOT);
  }
}
