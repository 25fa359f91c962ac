package dev.postern.admin;

import java.util.Optional;

/**
 * Where the admin API and the metrics listen.
 *
 * @param admin admin listener; loopback
 * @param metrics a listener with {@code /metrics} and {@code /health} alone; empty: they are on the
 *     admin port
 */
public record AdminConfig(Bind admin, Optional<Bind> metrics) {
  /**
   * An address.
   *
   * @param port 0 takes a free one
   */
  public record Bind(String host, int port) {}
}
