package dev.postern.store.auth;

import dev.postern.store.RefusedException;
import java.util.Optional;
import java.util.Set;

/**
 * Which app passwords are wanted; empty parts want all. There is no domain: to find those of one,
 * go through its users.
 *
 * @param user of that user
 * @param state the {@link AppPassword.State#word}. What has run out of itself counts as revoked or
 *     expired here once that is written down, minutes later; it does not count as active meanwhile
 */
public record AppPasswordFilter(
    Optional<String> user, Optional<String> state, Optional<Lane> lane) {

  private static final Set<String> STATES = Set.of("active", "suspended", "revoked", "expired");

  /** Every one. */
  public static final AppPasswordFilter ALL =
      new AppPasswordFilter(Optional.empty(), Optional.empty(), Optional.empty());

  /**
   * @throws RefusedException {@code INVALID} if there is no such state
   */
  public AppPasswordFilter {
    if (state.isPresent() && !STATES.contains(state.get())) {
      throw new RefusedException(
          RefusedException.Code.INVALID,
          "no app password has that state",
          "States are active, suspended, revoked and expired.");
    }
  }

  public AppPasswordFilter ofUser(String name) {
    return new AppPasswordFilter(Optional.of(name), state, lane);
  }

  public AppPasswordFilter inState(String word) {
    return new AppPasswordFilter(user, Optional.of(word), lane);
  }

  public AppPasswordFilter onLane(Lane wanted) {
    return new AppPasswordFilter(user, state, Optional.of(wanted));
  }
}
