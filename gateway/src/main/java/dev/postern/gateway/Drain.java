package dev.postern.gateway;

import java.time.Duration;

/**
 * How long a gateway that stops goes on for those who are inside.
 *
 * @param beforeLogin for clients in the middle of their login
 * @param relays for sessions
 */
public record Drain(Duration beforeLogin, Duration relays) {

  /** As in the configuration reference. */
  public static final Drain DEFAULT = new Drain(Duration.ofSeconds(60), Duration.ofMinutes(30));
}
