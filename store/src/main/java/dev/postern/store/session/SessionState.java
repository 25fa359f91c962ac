package dev.postern.store.session;

import java.util.Locale;

/** How far a session has come. */
public enum SessionState {
  /** The client's login was good; the one at the upstream is under way. */
  CONNECTING,
  /** Bytes pass. */
  RELAYING;

  /** As in the database and on the command line. */
  public String word() {
    return name().toLowerCase(Locale.ROOT);
  }
}
