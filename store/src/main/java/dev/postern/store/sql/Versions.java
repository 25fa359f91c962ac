package dev.postern.store.sql;

import dev.postern.store.RefusedException;
import java.util.OptionalLong;

/** Changes that are meant for what somebody saw, and not for what became of it since. */
final class Versions {
  private Versions() {}

  /**
   * Compares, while nobody else can change it.
   *
   * @param what it is, for people
   * @throws RefusedException {@code STALE} if another version was expected
   */
  static void require(OptionalLong expected, long current, String what) {
    if (expected.isPresent() && expected.getAsLong() != current) {
      throw new RefusedException(
          RefusedException.Code.STALE,
          "the "
              + what
              + " was changed since it was read: its version is "
              + current
              + ", not "
              + expected.getAsLong(),
          "Read it again, and repeat the change if it is still wanted.");
    }
  }
}
