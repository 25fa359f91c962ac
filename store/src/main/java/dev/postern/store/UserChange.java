package dev.postern.store;

import java.time.Instant;

/** What the change feed tells of. */
public sealed interface UserChange {

  /**
   * Rows of one user changed.
   *
   * @param userId immutable id
   * @param at when, by the clock of the node that wrote it, at the end of its transaction; of
   *     several changes that are told as one, the first
   */
  record OfUser(String userId, Instant at) implements UserChange {}

  /** Changes were missed: anybody's rows may be different. */
  record OfAnybody() implements UserChange {}
}
