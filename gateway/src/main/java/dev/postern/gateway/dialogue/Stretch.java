package dev.postern.gateway.dialogue;

/**
 * Bytes that a {@link Tap} need not see: the next ones, whatever they are, up to a number of them
 * and up to the first of some values.
 *
 * @param most how many, at most; 0 for none
 * @param end the first of these is to be seen
 */
public record Stretch(int most, StopBytes end) {
  public static final Stretch NONE = new Stretch(0, StopBytes.NONE);

  /** That many. */
  public static Stretch of(int bytes) {
    return new Stretch(bytes, StopBytes.NONE);
  }

  /** All up to one of these. */
  public static Stretch upTo(StopBytes end) {
    return new Stretch(Integer.MAX_VALUE, end);
  }
}
