package dev.postern.gateway.observe;

import java.util.Locale;

/** Why a connection is closed before a login, or a good login gets no session. */
public enum ConnectionRefusal {
  /** It came to a listener behind a proxy, and not from one. */
  UNTRUSTED_PROXY,
  /** A trusted proxy sent no PROXY header, a broken one, or none in time. */
  PROXY_HEADER,
  /** Somebody banned its network. */
  BANNED,
  /** As many connections as there may be. */
  TOO_MANY,
  /** As many as there may be at its listener. */
  LISTENER_FULL,
  /** As many that are not logged in as there may be, or as strangers may have. */
  BEFORE_LOGIN_FULL,
  /** As many that are not logged in as there may be of its address. */
  ADDRESS_FULL,
  /** As many that are not logged in as there may be of its network, which is known. */
  NETWORK_FULL,
  /** Logged in, but as many sessions as there may be of its app password. */
  CREDENTIAL_SESSIONS,
  /** Of its user. */
  USER_SESSIONS,
  /** Of its user from its network. */
  USER_NETWORK_SESSIONS;

  /** As in logs, and the value of the metric label {@code reason}. */
  public String word() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }
}
