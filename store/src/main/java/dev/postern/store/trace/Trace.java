package dev.postern.store.trace;

import java.time.Instant;

/**
 * That the logins of a user are shown in the log.
 *
 * @param id {@code tr_} and 16 characters
 * @param userId immutable id of the user
 * @param user the user's name, normalised
 * @param startedBy who, as in {@link dev.postern.store.Actor#who}
 * @param endsAt the first moment at which they no longer are
 */
public record Trace(
    String id, String userId, String user, Instant startedAt, String startedBy, Instant endsAt) {

  /** Whether they are at that time. */
  public boolean isOn(Instant at) {
    return at.isBefore(endsAt);
  }
}
