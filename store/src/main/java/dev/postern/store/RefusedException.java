package dev.postern.store;

/**
 * A change that the store refuses because of what was asked: no such user, name taken, limit
 * reached. The message says what and why, {@link #remedy()} what to do; neither holds a secret.
 */
public final class RefusedException extends RuntimeException {
  private final Code code;
  private final String remedy;

  public RefusedException(Code code, String detail, String remedy) {
    super(detail);
    this.code = code;
    this.remedy = remedy;
  }

  public Code code() {
    return code;
  }

  public String remedy() {
    return remedy;
  }

  /** Stable kinds of refusal; the word in {@code --json} and in the API. */
  public enum Code {
    NOT_FOUND("not-found"),
    CONFLICT("conflict"),
    INVALID("invalid"),
    LIMIT("limit"),
    STATE("state"),
    /** The version that the caller expected is no longer today's. */
    STALE("stale");

    private final String word;

    Code(String word) {
      this.word = word;
    }

    public String word() {
      return word;
    }
  }
}
