package dev.postern.store.upstream;

import dev.postern.store.auth.Scope;
import java.time.Instant;
import java.util.Optional;

/**
 * How one node finds an upstream in one protocol. Times are by its clock.
 *
 * @param openSince since when it was not reached, if logins are refused for that: its circuit is
 *     open; empty: closed
 * @param lastFailure of a login or probe; empty: none since the node started
 * @param lastLogin when it last let somebody in; empty: not since the node started
 * @param load of the whole upstream, the same in each protocol
 */
public record UpstreamState(
    String upstream,
    Scope protocol,
    Optional<Instant> openSince,
    Optional<Failure> lastFailure,
    Optional<Instant> lastLogin,
    Load load) {

  /**
   * Why a login or probe there came to nothing.
   *
   * @param cause a word of the metric {@code postern_upstream_failures_total}
   * @param detail for operators: one line, at most 200 characters; empty if there is nothing to say
   *     but the cause
   */
  public record Failure(Instant at, String cause, String detail) {}

  /**
   * Logins at an upstream.
   *
   * @param underWay those that have their place
   * @param waiting those that wait for one
   * @param most places there are
   */
  public record Load(int underWay, int waiting, int most) {
    public static final Load NONE = new Load(0, 0, 0);
  }
}
