package dev.postern.store.hash;

import java.util.Locale;

/**
 * A check that was not made, or not to its end: a temporary failure, never a refusal. It has no
 * stack trace, for there may be thousands a second.
 */
public final class BusyException extends RuntimeException {
  private final Why why;

  BusyException(Why why) {
    super("not checked: " + why, null, false, false);
    this.why = why;
  }

  /** What stood in the way. */
  public Why why() {
    return why;
  }

  /** What can stand in the way. */
  public enum Why {
    /** Too many wait: in all, from one network, or for one user. */
    FULL,
    /** The deadline passed, waiting or working. */
    LATE,
    /** The pool was closed. */
    CLOSED;

    private final String word = name().toLowerCase(Locale.ROOT);

    /** As in metrics. */
    public String word() {
      return word;
    }
  }
}
