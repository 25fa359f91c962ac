package dev.postern.store.sql;

import dev.postern.store.RefusedException;
import dev.postern.store.StoreException;
import dev.postern.store.sql.SessionWriter.Place;
import dev.postern.store.sql.UpstreamStateTable.Sight;
import dev.postern.store.upstream.UpstreamReport;
import dev.postern.store.upstream.UpstreamStates;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Brings the rows of this node to what it is told. {@link #round} and {@link #leave} are for the
 * thread that beats, all else is for any.
 */
final class SqlUpstreamStates implements UpstreamStates {
  /** About a minute: then all is written whatever is known of it. */
  private static final int ROUNDS_TO_FULL = 12;

  private static final Logger log = LoggerFactory.getLogger(SqlUpstreamStates.class);

  private final Database database;
  private final OwnNode node;
  private final Supplier<Map<Place, Integer>> sessions;
  private final Executor beat;
  private volatile UpstreamReport report = List::of;

  /** What the table holds of this node, as far as is known; empty: that is not known. */
  private Optional<List<Sight>> written = Optional.of(List.of());

  private int rounds;

  /** Whether the last round failed; so that the log says it once. */
  private boolean isHeldUp;

  /**
   * @param sessions how many are open where
   * @param beat the thread for {@link #round}
   */
  SqlUpstreamStates(
      Database database, OwnNode node, Supplier<Map<Place, Integer>> sessions, Executor beat) {
    this.database = database;
    this.node = node;
    this.sessions = sessions;
    this.beat = beat;
  }

  @Override
  public void report(UpstreamReport next) {
    report = next;
    try {
      beat.execute(this::round);
    } catch (RejectedExecutionException _) {
      // The store is closing.
    }
  }

  @Override
  public List<AtNode> list() {
    return database.read(handle -> UpstreamStateTable.live(handle, database.dialect()));
  }

  /** Writes what changed; says so once in the log if the database does not let it. */
  void round() {
    if (!node.isNode()) {
      return;
    }
    rounds++;
    boolean isFull = rounds % ROUNDS_TO_FULL == 0;
    try {
      if (isFull) {
        tidy();
      }
      List<Sight> sights = sights();
      if (isFull || !written.equals(Optional.of(sights))) {
        // A write that may or may not have come through is done again.
        written = Optional.empty();
        database.write(handle -> {
          UpstreamStateTable.replace(handle, database.dialect(), node.id(), sights);
          return true;
        });
        written = Optional.of(sights);
      }
      isHeldUp = false;
    } catch (StoreException | RefusedException e) {
      if (!isHeldUp) {
        log.warn("how the upstreams do waits to be written: {}", e.getMessage());
      }
      isHeldUp = true;
    }
  }

  private List<Sight> sights() {
    Map<Place, Integer> open = sessions.get();
    return report.now().stream()
        .map(state ->
            new Sight(state, open.getOrDefault(new Place(state.upstream(), state.protocol()), 0)))
        .toList();
  }

  private void tidy() {
    database.write(handle -> {
      UpstreamStateTable.tidy(handle, database.dialect());
      return true;
    });
  }

  /** The node is none any more, or about to be. */
  void leave() {
    if (node.isNode()) {
      try {
        database.write(handle -> {
          UpstreamStateTable.removeAll(handle, node.id());
          return true;
        });
      } catch (StoreException | RefusedException e) {
        log.debug("what this node said of upstreams stays until another one tidies up", e);
      }
    }
  }
}
