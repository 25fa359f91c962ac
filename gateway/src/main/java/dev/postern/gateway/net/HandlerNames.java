package dev.postern.gateway.net;

/** Names of handlers in pipelines; at most one of each in a pipeline. */
final class HandlerNames {
  /** Nearest to the socket, as long as there is one; only where io_uring drives it. */
  static final String LAST_READ = "last-read";

  /** Reads a PROXY header, or writes one; gone after it. */
  static final String PROXY_CODEC = "proxy-codec";

  /** Acts on a PROXY header; gone after it. */
  static final String PROXY_HEADER = "proxy-header";

  /** Waits for the first record of a handshake; gone after it, and then there is {@link #TLS}. */
  static final String HELLO = "hello";

  static final String TLS = "tls";

  /** Runs a dialogue, on either side; gone after the splice. */
  static final String LOGIN = "login";

  /** Shows a tap what the relay behind it gets; only where the session is watched. */
  static final String TAP = "tap";

  static final String RELAY = "relay";
  static final String FAREWELL = "farewell";

  private HandlerNames() {}
}
