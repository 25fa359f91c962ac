package dev.postern.gateway.net;

/** Names of handlers in pipelines; at most one of each in a pipeline. */
final class HandlerNames {
  static final String TLS = "tls";

  /** Runs a dialogue, on either side; gone after the splice. */
  static final String LOGIN = "login";

  static final String RELAY = "relay";
  static final String FAREWELL = "farewell";

  private HandlerNames() {}
}
