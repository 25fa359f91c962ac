package dev.postern.gateway.observe;

import java.util.Locale;

/** Why a connection is closed before a word is said. */
public enum ConnectionRefusal {
  /** It came to a listener behind a proxy, and not from one. */
  UNTRUSTED_PROXY,
  /** A trusted proxy sent no PROXY header, a broken one, or none in time. */
  PROXY_HEADER;

  /** As in logs, and the value of the metric label {@code reason}. */
  public String word() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }
}
