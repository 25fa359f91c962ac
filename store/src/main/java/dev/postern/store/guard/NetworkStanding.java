package dev.postern.store.guard;

/** How connections from an address are met. */
public enum NetworkStanding {
  /** Somebody banned it: no connection. */
  DENIED,
  /** Nobody logged in from its network lately. */
  UNKNOWN,
  /** Somebody did. */
  KNOWN,
  /** On the list of those that have no limits per address. */
  ALLOWED
}
