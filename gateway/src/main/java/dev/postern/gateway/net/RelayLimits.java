package dev.postern.gateway.net;

import java.time.Duration;

/**
 * How long a spliced session may be silent, both directions taken together.
 *
 * @param idle while both sides may send
 * @param halfClosed once one side has ended its stream
 */
record RelayLimits(Duration idle, Duration halfClosed) {

  /** For a protocol without a configured limit; above every client's keep-alive, RFC 2177. */
  static final Duration LONGEST_IDLE = Duration.ofMinutes(35);
}
