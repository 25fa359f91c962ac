package dev.postern.gateway.observe;

import java.util.Locale;

/** Which way relayed bytes go; the value of the metric label {@code direction}. */
public enum Direction {
  /** From the client to the upstream. */
  UP,
  /** From the upstream to the client. */
  DOWN;

  private final String word = name().toLowerCase(Locale.ROOT);

  /** The other way. */
  public Direction opposite() {
    return switch (this) {
      case UP -> DOWN;
      case DOWN -> UP;
    };
  }

  public String word() {
    return word;
  }
}
