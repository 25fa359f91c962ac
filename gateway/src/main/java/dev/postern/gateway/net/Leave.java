package dev.postern.gateway.net;

/** Asks a connection to end, as a user event of its pipeline; the gateway stops. */
enum Leave {
  /** If it waits for a command before its login. */
  UNLESS_BUSY,
  /** If it is not logged in. */
  UNLESS_LOGGED_IN,
  /** If it is. */
  IF_LOGGED_IN
}
