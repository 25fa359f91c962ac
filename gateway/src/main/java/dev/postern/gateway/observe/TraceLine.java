package dev.postern.gateway.observe;

/**
 * A line of a login that is traced.
 *
 * @param millis after the connection was accepted
 * @param text printable ASCII, at most {@value #LONGEST} characters; no secret, and no word of a
 *     client's or a server's that is not in a list of ours
 */
public record TraceLine(Way way, long millis, String text) {
  /** Characters of a line. */
  public static final int LONGEST = 256;

  public TraceLine {
    String clean = text.replaceAll("[^ -~]", "?");
    text = clean.substring(0, Math.min(clean.length(), LONGEST));
  }

  /** Who said it to whom. */
  public enum Way {
    FROM_CLIENT("C:"),
    TO_CLIENT("S:"),
    TO_UPSTREAM("U>"),
    FROM_UPSTREAM("U<");

    private final String sign;

    Way(String sign) {
      this.sign = sign;
    }

    /** As in the log. */
    public String sign() {
      return sign;
    }
  }
}
