package dev.postern.store.audit;

import java.util.Optional;

/**
 * With which app password a secret was compared, as far as it goes on record: the one it matched.
 * If it matched none, the first of that user is kept in memory all the same, so that noting a wrong
 * secret takes as long as noting a right one; it is not written.
 *
 * @param credentialId perhaps empty
 */
public record Compared(String credentialId, boolean isMatch) {
  /** There was no name to compare under. */
  public static final Compared NOTHING = new Compared("", false);

  /** The secret of that app password. */
  public static Compared match(String credentialId) {
    return new Compared(credentialId, true);
  }

  /** The app password whose secret it was. */
  Optional<String> matched() {
    return isMatch ? Optional.of(credentialId) : Optional.empty();
  }
}
