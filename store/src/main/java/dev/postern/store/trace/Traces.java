package dev.postern.store.trace;

import dev.postern.store.Actor;
import dev.postern.store.RefusedException;
import java.time.Duration;
import java.util.List;

/**
 * Switches traces on and off, in the database and so on every node within a second or two. They end
 * by themselves. Blocks on the database: never called on an event loop.
 */
public interface Traces {
  /** Most at once. */
  int MOST = 20;

  /** The least time that one lasts. */
  Duration SHORTEST = Duration.ofMinutes(1);

  /** The most. */
  Duration LONGEST = Duration.ofHours(1);

  /** Those that are on, the oldest first. */
  List<Trace> list();

  /**
   * Shows a user's logins from now on, for so long; in place of a trace of that user from before.
   *
   * @param user a name as a person types it
   * @throws RefusedException {@code NOT_FOUND} if there is no such user; {@code INVALID} if the
   *     time is below {@link #SHORTEST} or above {@link #LONGEST}; {@code LIMIT} if there are
   *     {@value #MOST} of others already
   */
  Trace start(String user, Duration time, Actor actor);

  /**
   * Ends a trace, also where somebody else than Postern wrote it.
   *
   * @param which its id, or its user's name
   * @throws RefusedException {@code NOT_FOUND} if there is none
   */
  void stop(String which, Actor actor);
}
