package dev.postern.gateway.net;

import dev.postern.gateway.dialogue.UpstreamFailure;
import dev.postern.gateway.dialogue.UpstreamFailure.Cause;

/** Makes the detail of an upstream failure fit for a log line. */
final class Details {
  private static final int LONGEST = 200;

  private Details() {}

  static UpstreamFailure failure(Cause cause, String detail) {
    String cleaned = detail.replaceAll("\\p{Cntrl}+", " ").replace('"', '\'').strip();
    return new UpstreamFailure(
        cause, cleaned.length() > LONGEST ? cleaned.substring(0, LONGEST) : cleaned);
  }

  /** The innermost message of an exception; libraries wrap the interesting one. */
  static UpstreamFailure failure(Cause cause, Throwable thrown) {
    Throwable innermost = thrown;
    for (int depth = 0; depth < 10 && innermost.getCause() != null; depth++) {
      innermost = innermost.getCause();
    }
    String message = innermost.getMessage();
    return failure(
        cause, innermost.getClass().getSimpleName() + (message == null ? "" : ": " + message));
  }
}
