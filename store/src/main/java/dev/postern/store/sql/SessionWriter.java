package dev.postern.store.sql;

import dev.postern.store.RefusedException;
import dev.postern.store.StoreException;
import dev.postern.store.auth.Scope;
import dev.postern.store.session.EndedSession;
import dev.postern.store.session.LiveSession;
import dev.postern.store.session.SessionFilter;
import dev.postern.store.session.SessionRegistry;
import dev.postern.store.session.SessionStart;
import dev.postern.store.session.SessionState;
import dev.postern.store.sql.SessionTable.Sight;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Brings the rows of this node to what is live here. Sessions say which of them changed, at most
 * {@value #MOST_CHANGED} between two rounds; beyond that, after a round that failed and every
 * {@value #ROUNDS_TO_FULL} rounds all are compared, bytes among them. So nothing is kept of what
 * could not be written but that something could not, except of sessions that go on record.
 *
 * <p>{@link #round} and {@link #leave} are for one thread, all else is for any.
 */
final class SessionWriter implements SessionRegistry {
  static final int ROUND_MILLIS = 500;

  /** Half a minute. */
  static final int ROUNDS_TO_FULL = 60;

  static final int MOST_CHANGED = 20_000;

  private static final int BATCH = 500;
  private static final Logger log = LoggerFactory.getLogger(SessionWriter.class);

  private final Database database;
  private final OwnNode node;
  private final FeedListener feed;
  private final EndedSessionWriter record;

  /** By id; bounded by the connections there are. */
  private final Map<String, LiveSession> live = new ConcurrentHashMap<>();

  private final Set<String> changed = ConcurrentHashMap.newKeySet();
  private volatile boolean isAllChanged;

  /** What the table holds of this node, as far as is known; of the writing thread alone. */
  private final Map<String, Sight> written = new HashMap<>();

  /** Likewise. */
  private int rounds;

  /** Whether the last round failed; so that the log says it once. Likewise. */
  private boolean isHeldUp;

  SessionWriter(Database database, OwnNode node, FeedListener feed, EndedSessionWriter record) {
    this.database = database;
    this.node = node;
    this.feed = feed;
    this.record = record;
  }

  @Override
  public LiveSession begin(SessionStart start) {
    LiveSession session = new LiveSession(start, this::changed, this::ended);
    live.put(start.id(), session);
    changed(session);
    return session;
  }

  @Override
  public void onKick(Consumer<SessionFilter> listener) {
    feed.onKick(which -> {
      if (which.node().map(node::isCalled).orElse(true)) {
        listener.accept(which);
      }
    });
  }

  @Override
  public int liveNodes() {
    return node.liveNodes();
  }

  /** An upstream in one protocol. */
  record Place(String upstream, Scope protocol) {}

  /** How many sessions of this node relay where. */
  Map<Place, Integer> open() {
    Map<Place, Integer> open = new HashMap<>();
    for (LiveSession session : live.values()) {
      if (session.state() == SessionState.RELAYING) {
        session
            .upstream()
            .ifPresent(upstream ->
                open.merge(new Place(upstream, session.start().protocol()), 1, Integer::sum));
      }
    }
    return open;
  }

  private void changed(LiveSession session) {
    if (changed.size() < MOST_CHANGED) {
      changed.add(session.start().id());
    } else {
      isAllChanged = true;
    }
  }

  /** Another login of the same connection may have its id by now. */
  private void ended(LiveSession session) {
    if (live.remove(session.start().id(), session)) {
      session.end().ifPresent(end -> record.add(session, end));
      changed(session);
    }
  }

  /** Writes what changed; says so once in the log if the database does not let it. */
  void round() {
    if (!node.isNode()) {
      return;
    }
    rounds++;
    boolean isFull = isAllChanged || isHeldUp || rounds % ROUNDS_TO_FULL == 0;
    isAllChanged = false;
    Set<String> ids = takeChanged();
    try {
      record.write();
      if (isFull) {
        ids = everyId();
        lookAfterTable();
      }
      write(ids);
      isHeldUp = false;
    } catch (StoreException | RefusedException e) {
      if (!isHeldUp) {
        log.warn("the table of sessions waits to be written: {}", e.getMessage());
      }
      isHeldUp = true;
    }
  }

  /** The node is none any more, or about to be. */
  void leave() {
    live.values().forEach(left -> record.add(left, left.end().orElse(EndedSession.LOST)));
    live.clear();
    if (node.isNode()) {
      try {
        record.write();
        removeAll();
      } catch (StoreException | RefusedException e) {
        log.debug("this node's sessions stay until another one tidies up", e);
      }
    }
  }

  private Set<String> takeChanged() {
    Set<String> taken = new HashSet<>(changed);
    changed.removeAll(taken);
    return taken;
  }

  private Set<String> everyId() {
    Set<String> ids = new HashSet<>(live.keySet());
    ids.addAll(written.keySet());
    return ids;
  }

  /**
   * Others take the rows of a node away that seemed to be gone, and a backup may have been put
   * back: then they are written anew.
   */
  private void lookAfterTable() {
    record.writeLost();
    long there = database.read(handle -> SessionTable.count(handle, node.id()));
    if (there != written.size()) {
      removeAll();
      written.clear();
    }
  }

  private void removeAll() {
    database.write(handle -> {
      SessionTable.removeAll(handle, node.id());
      return true;
    });
  }

  private void write(Set<String> ids) {
    List<Sight> puts =
        ids.stream()
            .flatMap(id -> Stream.ofNullable(live.get(id)))
            .map(Sight::of)
            .filter(sight -> !sight.equals(written.get(sight.id())))
            .sorted(Comparator.comparing(Sight::id))
            .toList();
    List<String> removals =
        ids.stream().filter(id -> written.containsKey(id) && !live.containsKey(id)).toList();
    for (List<String> batch : batches(removals)) {
      database.write(handle -> {
        SessionTable.remove(handle, node.id(), batch);
        return true;
      });
      batch.forEach(written::remove);
    }
    for (List<Sight> batch : batches(puts)) {
      // A node whose write may or may not have come through must know of the row.
      batch.forEach(sight -> written.putIfAbsent(sight.id(), unlike(sight)));
      database.write(handle -> {
        SessionTable.put(handle, node.id(), batch);
        return true;
      });
      batch.forEach(sight -> written.put(sight.id(), sight));
    }
  }

  /** What is not what is live, so that it is written again. */
  private static Sight unlike(Sight sight) {
    return new Sight(sight.session(), sight.mailbox(), "", -1, -1);
  }

  private static <T> List<List<T>> batches(List<T> all) {
    List<List<T>> batches = new ArrayList<>();
    for (int i = 0; i < all.size(); i += BATCH) {
      batches.add(all.subList(i, Math.min(all.size(), i + BATCH)));
    }
    return batches;
  }
}
