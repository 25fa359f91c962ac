package dev.postern.store.access;

/** A change that is made once was made before, and was not made again. */
public final class RepeatedException extends RuntimeException {
  private final transient Replay replay;

  public RepeatedException(Replay replay) {
    super("this was done already: " + replay.action());
    this.replay = replay;
  }

  /** What is on record of the first. */
  public Replay replay() {
    return replay;
  }
}
