package dev.postern.store.event;

import dev.postern.store.StoreException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * What waits for webhooks, in the database: for each receiver what it wants to hear of, from the
 * moment that a node says that it is there. All but {@link #tell} block on the database, and throw
 * a {@link StoreException} if it cannot be had. Safe for use by several threads.
 */
public interface Outbox {
  /** For so long a node may bring events to a receiver. */
  Duration HOLD = Duration.ofSeconds(30);

  /** Of more that wait for one receiver the oldest go. */
  int MOST = 10_000;

  /** What waits for longer goes; so does a receiver that no node has known for so long. */
  Duration KEPT = Duration.ofDays(1);

  /**
   * A node has that receiver in its configuration.
   *
   * @param receiver the same on all nodes
   * @param kinds what it is told of from now on, whatever it was before
   */
  void register(String receiver, Set<EventKind> kinds);

  /**
   * A node still has it; to be called every now and then. Takes away what need not wait any more.
   *
   * @param kinds for a receiver that was forgotten meanwhile
   * @return how many events had to go
   */
  int keep(String receiver, Set<EventKind> kinds);

  /**
   * Whether this process is, for {@link #HOLD} from now, the one that brings events to that
   * receiver.
   */
  boolean hold(String receiver);

  /** Lets another process be that, if this one is. */
  void release(String receiver);

  /** The oldest that waits for it. */
  Optional<Letter> next(String receiver);

  /**
   * What waits and tells of that user, the oldest first, as it is sent: JSON; {@value #MOST} at
   * most.
   */
  List<String> waitingOf(String userId);

  /** It need not be brought any more. */
  void done(Letter letter);

  /** It was not taken, and is to be tried again after a pause. */
  void failed(Letter letter, Duration pause);

  /** Takes an event along; returns at once. It waits in memory until a moment later. */
  void tell(SiteEvent event);
}
