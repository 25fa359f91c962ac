package dev.postern.gateway.net;

import dev.postern.gateway.dialogue.UpstreamFailure;
import dev.postern.gateway.dialogue.UpstreamFailure.Cause;
import io.netty.handler.codec.DecoderException;
import io.netty.handler.ssl.NotSslRecordException;
import java.io.IOException;

/** What an exception in a pipeline means: whose fault it is, and how it is told. */
final class Faults {
  private Faults() {}

  /** Whether it is ours; a connection that broke and a TLS record that is none are the peer's. */
  static boolean isOurs(Throwable thrown) {
    return !(thrown instanceof IOException || thrown instanceof DecoderException);
  }

  /**
   * An upstream's failure with the innermost message of an exception; libraries wrap the
   * interesting one. Of what is no TLS the JDK's exception would quote everything that came.
   */
  static UpstreamFailure failure(Cause cause, Throwable thrown) {
    Throwable innermost = thrown;
    for (int depth = 0; depth < 10 && innermost.getCause() != null; depth++) {
      innermost = innermost.getCause();
    }
    if (innermost instanceof NotSslRecordException) {
      return new UpstreamFailure(cause, "the server does not speak TLS there");
    }
    String message = innermost.getMessage();
    return new UpstreamFailure(
        cause, innermost.getClass().getSimpleName() + (message == null ? "" : ": " + message));
  }
}
