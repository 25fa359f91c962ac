package dev.postern.gateway.dialogue;

/** Why what came is no command line, whatever the protocol. */
public enum LineFlaw {
  /** NUL or another control character, a bare CR or LF among them. */
  CONTROL_CHARACTER,
  /** Longer than a command may be; all of it was dropped. */
  LINE_TOO_LONG,
  /** AUTH or a SASL response longer than it may be; all of it was dropped. */
  RESPONSE_TOO_LONG,
  /** So long that its end is no longer waited for. */
  ENDLESS_LINE,
  /** A TLS or an HTTP client that came to the wrong port; all that is there was dropped. */
  OTHER_PROTOCOL
}
