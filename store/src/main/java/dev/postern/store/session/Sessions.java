package dev.postern.store.session;

import dev.postern.store.Actor;
import dev.postern.store.RefusedException;
import dev.postern.store.auth.Scope;
import java.net.InetSocketAddress;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Who is logged in on all nodes that live, for operators. Starts and ends show within a second,
 * bytes within half a minute. Blocks on the database: never called on an event loop.
 */
public interface Sessions {
  /** Most entries that {@link #list} gives at once. */
  int LONGEST_PAGE = 1000;

  /** Most sessions whose end {@link #kick} is able to tell of. */
  int MOST_SEEN = 10_000;

  /**
   * One session.
   *
   * @param key names it among all nodes, and its place in the list
   * @param node name of its node
   * @param user name of the user; empty if that was removed just now
   * @param upstream empty as long as it is not known
   * @param up bytes from the client, lately
   * @param down bytes to the client, lately
   */
  record Entry(
      String key,
      String id,
      String node,
      String userId,
      Optional<String> user,
      String credentialId,
      Scope protocol,
      InetSocketAddress peer,
      InetSocketAddress local,
      Optional<String> upstream,
      String clientName,
      SessionState state,
      Instant since,
      long up,
      long down) {}

  /** The session with that {@link Entry#key}, if it is still there. */
  Optional<Entry> find(String key);

  /**
   * What a kick is about to end.
   *
   * @param keys of the sessions that were seen before it, {@value #MOST_SEEN} at most
   */
  record Kick(SessionFilter which, Set<String> keys) {
    public Kick {
      keys = Set.copyOf(keys);
    }
  }

  /**
   * The newest first.
   *
   * @param after {@link Entry#key} of the last one of the page before
   * @param limit 1 to {@value #LONGEST_PAGE}
   */
  List<Entry> list(SessionFilter which, Optional<String> after, int limit);

  /**
   * The immutable id of the user who has that name, alias or login name.
   *
   * @throws RefusedException {@code NOT_FOUND} if nobody has
   */
  String userIdOf(String name);

  /**
   * Ends sessions, on every node within a second: those that match when the node hears of it, seen
   * here or not. On record with the filter as its subject.
   */
  Kick kick(SessionFilter which, String reason, Actor actor);

  /** How many of the sessions that a kick saw have not ended yet. */
  int left(Kick kick);
}
