package dev.postern.store.sql;

import dev.postern.store.keys.LiveNode;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jdbi.v3.core.Handle;

/**
 * Statements on {@code nodes}: heartbeats of the running {@code serve} processes, by the clock of
 * the database. Those of two nodes may differ, and a node whose clock was set back is not silent.
 */
final class NodeTable {
  /** Silent for longer than that: not a live node. */
  static final Duration LIVE_FOR = Duration.ofSeconds(30);

  /** Silent for longer than that: not even a row. */
  private static final Duration KEPT = Duration.ofMinutes(10);

  private static final String SEPARATOR = ",";

  private NodeTable() {}

  /** Those that gave a sign of life lately, by name. */
  static List<LiveNode> live(Handle handle, Dialect dialect) {
    return handle
        .createQuery(
            "SELECT id, name, started_at, held_keys, active_keys, draining_since FROM nodes"
                + " WHERE heartbeat_at > <now> - :most")
        .define("now", dialect.now())
        .bind("most", LIVE_FOR.toMillis())
        .map((row, _) ->
            new LiveNode(
                row.getString("id"),
                row.getString("name"),
                Instant.ofEpochMilli(row.getLong("started_at")),
                names(row.getString("held_keys")),
                names(row.getString("active_keys")),
                draining(row)))
        .list()
        .stream()
        .sorted(Comparator.comparing(LiveNode::name).thenComparing(LiveNode::id))
        .toList();
  }

  /**
   * Writes the row of a node, and drops those of nodes that are long gone. A heartbeat of the
   * future, from before the database's clock was set back, counts from now on: it is neither
   * forgotten nor does it outlive its node by that much.
   */
  static void beat(Handle handle, Dialect dialect, LiveNode node) {
    int _ =
        handle
            .createUpdate(
                """
                INSERT INTO nodes (id, name, started_at, heartbeat_at, held_keys, active_keys,
                    draining_since)
                VALUES (:id, :name, :startedAt, <now>, :held, :active, :drainingSince)
                ON CONFLICT (id) DO UPDATE SET heartbeat_at = excluded.heartbeat_at,
                    held_keys = excluded.held_keys, active_keys = excluded.active_keys,
                    draining_since = excluded.draining_since
                """)
            .define("now", dialect.now())
            .bind("id", node.id())
            .bind("name", node.name())
            .bind("startedAt", node.startedAt().toEpochMilli())
            .bind("held", print(node.held()))
            .bind("active", print(node.active()))
            .bind("drainingSince", node.drainingSince().map(Instant::toEpochMilli).orElse(null))
            .execute();
    int _ =
        handle
            .createUpdate("UPDATE nodes SET heartbeat_at = <now> WHERE heartbeat_at > <now>")
            .define("now", dialect.now())
            .execute();
    int _ =
        handle
            .createUpdate("DELETE FROM nodes WHERE heartbeat_at \\< <now> - :kept")
            .define("now", dialect.now())
            .bind("kept", KEPT.toMillis())
            .execute();
  }

  static void leave(Handle handle, String id) {
    int _ = handle.createUpdate("DELETE FROM nodes WHERE id = :id").bind("id", id).execute();
  }

  private static Optional<Instant> draining(ResultSet row) throws SQLException {
    long since = row.getLong("draining_since");
    return row.wasNull() ? Optional.empty() : Optional.of(Instant.ofEpochMilli(since));
  }

  private static Set<String> names(String text) {
    return Stream.of(text.split(SEPARATOR, -1))
        .filter(name -> !name.isEmpty())
        .collect(Collectors.toUnmodifiableSet());
  }

  private static String print(Set<String> names) {
    return String.join(SEPARATOR, names.stream().sorted().toList());
  }
}
