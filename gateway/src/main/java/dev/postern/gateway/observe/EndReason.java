package dev.postern.gateway.observe;

import java.util.Locale;

/** Why a connection ended; the first reason counts. */
public enum EndReason {
  /** The client closed, or was lost. */
  CLIENT_CLOSED,
  /** The upstream closed, or was lost. */
  UPSTREAM_CLOSED,
  /** We said the last word: a farewell, too many errors. */
  HUNG_UP,
  /** The TLS handshake failed or took too long. */
  TLS_FAILED,
  /** Not logged in within the time for it. */
  DEADLINE,
  /** Silence for too long. */
  IDLE,
  /** More input than may wait. */
  FLOOD,
  /** The app password no longer holds. */
  REVOKED,
  /** Nobody could say for longer than the grace period whether the app password still holds. */
  UNCONFIRMED,
  /** Somebody ended it. */
  KICKED,
  /** The app password was used more than it may be, and is suspended. */
  OVER_BUDGET,
  /** After its login the client gave a command that would make our connection another one. */
  FORBIDDEN_COMMAND,
  /** What passed can be read in two ways, and in one of them such a command could hide. */
  SMUGGLING,
  /** The gateway stops. */
  SHUTDOWN,
  /** A fault of ours; the log has a stack trace. */
  FAULT;

  private final String word = name().toLowerCase(Locale.ROOT).replace('_', '-');

  /** Lower case with hyphens, as in logs. */
  public String word() {
    return word;
  }
}
