package dev.postern.store.access;

import java.time.Duration;
import java.util.Optional;

/**
 * Changes that are made once, by whom and with which key they were asked for ({@link
 * dev.postern.store.Actor.Once}). Blocks on the database.
 */
public interface Replays {
  /** After that the same key is another request's. */
  Duration KEPT = Duration.ofHours(24);

  /**
   * What was made, if it was within {@link #KEPT}.
   *
   * @param token as in {@link dev.postern.store.Actor.Once}
   * @param key likewise
   */
  Optional<Replay> find(String token, String key);
}
