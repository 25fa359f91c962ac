package dev.postern.store.sql;

import dev.postern.store.auth.Scope;
import dev.postern.store.upstream.UpstreamState;
import dev.postern.store.upstream.UpstreamStates.AtNode;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.statement.PreparedBatch;
import org.jspecify.annotations.Nullable;

/** Statements on {@code upstream_states}. */
final class UpstreamStateTable {
  private static final int TIDY_BATCH = 1000;

  private UpstreamStateTable() {}

  /** What is to be in a row, but for when. */
  record Sight(UpstreamState state, int sessions) {}

  /** Takes the rows of a node away and writes these. */
  static void replace(Handle handle, Dialect dialect, String nodeId, List<Sight> sights) {
    removeAll(handle, nodeId);
    if (sights.isEmpty()) {
      return;
    }
    PreparedBatch batch =
        handle
            .prepareBatch(
                """
                INSERT INTO upstream_states (node_id, upstream, protocol, open_since, failed_at,
                    failure_cause, failure_detail, last_login_at, logins_under_way,
                    logins_waiting, logins_most, sessions, seen_at)
                VALUES (:node, :upstream, :protocol, :openSince, :failedAt,
                    :cause, :detail, :lastLogin, :underWay,
                    :waiting, :most, :sessions, <now>)
                """)
            .define("now", dialect.now());
    for (Sight sight : sights) {
      UpstreamState state = sight.state();
      batch
          .bind("node", nodeId)
          .bind("upstream", state.upstream())
          .bind("protocol", state.protocol().word())
          .bind("openSince", millis(state.openSince()))
          .bind("failedAt", millis(state.lastFailure().map(UpstreamState.Failure::at)))
          .bind("cause", state.lastFailure().map(UpstreamState.Failure::cause).orElse(null))
          .bind("detail", state.lastFailure().map(UpstreamState.Failure::detail).orElse(null))
          .bind("lastLogin", millis(state.lastLogin()))
          .bind("underWay", state.load().underWay())
          .bind("waiting", state.load().waiting())
          .bind("most", state.load().most())
          .bind("sessions", sight.sessions())
          .add();
    }
    batch.execute();
  }

  static void removeAll(Handle handle, String nodeId) {
    int _ =
        handle
            .createUpdate("DELETE FROM upstream_states WHERE node_id = :node")
            .bind("node", nodeId)
            .execute();
  }

  /** Takes rows of nodes away that have no row any more, some at a time. */
  static void tidy(Handle handle, Dialect dialect) {
    int _ =
        handle
            .createUpdate(
                "DELETE FROM upstream_states WHERE (node_id, upstream, protocol) IN"
                    + " (SELECT s.node_id, s.upstream, s.protocol FROM upstream_states s"
                    + " WHERE s.node_id NOT IN (SELECT id FROM nodes) LIMIT "
                    + TIDY_BATCH
                    + dialect.freeRowLock("s")
                    + ")")
            .execute();
  }

  /** Those of nodes that gave a sign of life lately. */
  static List<AtNode> live(Handle handle, Dialect dialect) {
    return handle
        .createQuery(
            "SELECT n.name, s.node_id, s.upstream, s.protocol, s.open_since, s.failed_at,"
                + " s.failure_cause, s.failure_detail, s.last_login_at, s.logins_under_way,"
                + " s.logins_waiting, s.logins_most, s.sessions, s.seen_at"
                + " FROM upstream_states s JOIN nodes n ON n.id = s.node_id"
                + " WHERE n.heartbeat_at > <now> - :most")
        .define("now", dialect.now())
        .bind("most", NodeTable.LIVE_FOR.toMillis())
        .map((row, _) -> entry(row))
        .list()
        .stream()
        .flatMap(Optional::stream)
        .sorted(
            Comparator.comparing((AtNode entry) -> entry.state().upstream())
                .thenComparing(entry -> entry.state().protocol())
                .thenComparing(AtNode::node)
                .thenComparing(AtNode::nodeId))
        .toList();
  }

  /** Empty for a protocol that only a newer program knows. */
  private static Optional<AtNode> entry(ResultSet row) throws SQLException {
    Optional<Scope> protocol = Scope.ofWord(row.getString("protocol"));
    if (protocol.isEmpty()) {
      return Optional.empty();
    }
    return Optional.of(
        new AtNode(
            row.getString("name"),
            row.getString("node_id"),
            new UpstreamState(
                row.getString("upstream"),
                protocol.get(),
                instant(row, "open_since"),
                failure(row),
                instant(row, "last_login_at"),
                new UpstreamState.Load(
                    row.getInt("logins_under_way"),
                    row.getInt("logins_waiting"),
                    row.getInt("logins_most"))),
            row.getInt("sessions"),
            Instant.ofEpochMilli(row.getLong("seen_at"))));
  }

  private static Optional<UpstreamState.Failure> failure(ResultSet row) throws SQLException {
    Optional<Instant> at = instant(row, "failed_at");
    return at.isEmpty()
        ? Optional.empty()
        : Optional.of(
            new UpstreamState.Failure(
                at.get(), row.getString("failure_cause"), row.getString("failure_detail")));
  }

  private static Optional<Instant> instant(ResultSet row, String column) throws SQLException {
    long millis = row.getLong(column);
    return row.wasNull() ? Optional.empty() : Optional.of(Instant.ofEpochMilli(millis));
  }

  private static @Nullable Long millis(Optional<Instant> at) {
    return at.map(Instant::toEpochMilli).orElse(null);
  }
}
