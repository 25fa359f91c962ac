package dev.postern.gateway.net;

import java.util.List;

/**
 * What one reading of the configuration makes for connections; each keeps what it came in under.
 *
 * @param doors in the configuration's order
 */
public record Arrangement(List<FrontDoor<?>> doors, LoginServices services, Upstreams upstreams) {
  public Arrangement {
    doors = List.copyOf(doors);
  }
}
