package dev.postern.gateway.net;

import io.netty.handler.codec.DecoderException;
import io.netty.handler.ssl.NotSslRecordException;
import io.netty.handler.ssl.SslHandshakeTimeoutException;
import java.nio.channels.ClosedChannelException;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Why TLS with a client failed, as a word for the log. Never an exception's text: that of the JDK's
 * engine quotes what was received, and where a client speaks in clear on a port for TLS that is its
 * password.
 *
 * @param word lower case with hyphens
 */
record TlsFailure(String word) {

  /** The client offers other protocols alone, RFC 7301 §3.2. */
  static final TlsFailure ALPN = new TlsFailure("no-application-protocol");

  /** What came before the client's hello, or in how many pieces it came, has no honest reason. */
  static final TlsFailure EVASIVE = new TlsFailure("evasive-hello");

  /** The client's hello did not become whole in time. */
  static final TlsFailure TIMEOUT = new TlsFailure("timeout");

  /** BoringSSL's name of a fault or an alert, behind everything else that it says. */
  private static final Pattern NAMED = Pattern.compile(":OPENSSL_internal:([A-Z][A-Z0-9_]{2,60})$");

  /** What the exception that a pipeline saw means. */
  static TlsFailure of(Throwable thrown) {
    Throwable cause =
        thrown instanceof DecoderException && thrown.getCause() != null
            ? thrown.getCause()
            : thrown;
    return new TlsFailure(
        switch (cause) {
          case NotSslRecordException _ -> "not-tls";
          case SslHandshakeTimeoutException _ -> "timeout";
          case ClosedChannelException _ -> "client-closed";
          default -> named(String.valueOf(cause.getMessage()));
        });
  }

  private static String named(String message) {
    Matcher name = NAMED.matcher(message);
    return name.find() ? name.group(1).toLowerCase(Locale.ROOT).replace('_', '-') : "other";
  }
}
