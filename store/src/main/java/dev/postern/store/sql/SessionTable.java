package dev.postern.store.sql;

import dev.postern.store.auth.Scope;
import dev.postern.store.session.EndedSession;
import dev.postern.store.session.LiveSession;
import dev.postern.store.session.Mailbox;
import dev.postern.store.session.SessionStart;
import java.net.InetSocketAddress;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.statement.PreparedBatch;

/**
 * Statements on {@code sessions}. A node writes its rows in the order of their ids, and whoever
 * takes rows of others locks them in the order of their keys, so that nobody waits in a circle.
 */
final class SessionTable {
  private static final int TIDY_BATCH = 1000;

  private SessionTable() {}

  /** What of a session may change: written again only if it did. */
  record Sight(LiveSession session, Optional<Mailbox> mailbox, String state, long up, long down) {
    static Sight of(LiveSession session) {
      return new Sight(
          session, session.mailbox(), session.state().word(), session.up(), session.down());
    }

    String id() {
      return session.start().id();
    }
  }

  /** Writes rows, whether they are there or not, perhaps of an earlier login of a connection. */
  static void put(Handle handle, String nodeId, List<Sight> sights) {
    if (sights.isEmpty()) {
      return;
    }
    PreparedBatch batch =
        handle.prepareBatch(
            """
            INSERT INTO sessions (node_id, id, user_id, credential_id, protocol, peer, peer_port,
                local_address, local_port, upstream, upstream_host, mailbox, client, state,
                started_at, bytes_up, bytes_down)
            VALUES (:node, :id, :user, :credential, :protocol, :peer, :peerPort,
                :local, :localPort, :upstream, :host, :mailbox, :client, :state,
                :since, :up, :down)
            ON CONFLICT (node_id, id) DO UPDATE SET user_id = excluded.user_id,
                credential_id = excluded.credential_id, client = excluded.client,
                started_at = excluded.started_at, upstream = excluded.upstream,
                upstream_host = excluded.upstream_host, mailbox = excluded.mailbox,
                state = excluded.state, bytes_up = excluded.bytes_up,
                bytes_down = excluded.bytes_down
            """);
    for (Sight sight : sights) {
      SessionStart start = sight.session().start();
      batch
          .bind("node", nodeId)
          .bind("id", start.id())
          .bind("user", start.userId())
          .bind("credential", start.credentialId())
          .bind("protocol", start.protocol().word())
          .bind("peer", PeerKey.of(start.peer().getAddress()))
          .bind("peerPort", start.peer().getPort())
          .bind("local", PeerKey.of(start.local().getAddress()))
          .bind("localPort", start.local().getPort())
          .bind("upstream", sight.mailbox().map(Mailbox::upstream).orElse(null))
          .bind("host", sight.mailbox().map(Mailbox::host).orElse(null))
          .bind("mailbox", sight.mailbox().flatMap(Mailbox::name).orElse(null))
          .bind("client", start.clientName())
          .bind("state", sight.state())
          .bind("since", start.since().toEpochMilli())
          .bind("up", sight.up())
          .bind("down", sight.down())
          .add();
    }
    batch.execute();
  }

  static void remove(Handle handle, String nodeId, Collection<String> ids) {
    if (ids.isEmpty()) {
      return;
    }
    PreparedBatch batch =
        handle.prepareBatch("DELETE FROM sessions WHERE node_id = :node AND id = :id");
    ids.stream().sorted().forEach(id -> batch.bind("node", nodeId).bind("id", id).add());
    batch.execute();
  }

  static void removeAll(Handle handle, String nodeId) {
    int _ =
        handle
            .createUpdate("DELETE FROM sessions WHERE node_id = :node")
            .bind("node", nodeId)
            .execute();
  }

  static long count(Handle handle, String nodeId) {
    return handle
        .createQuery("SELECT COUNT(*) FROM sessions WHERE node_id = :node")
        .bind("node", nodeId)
        .mapTo(Long.class)
        .one();
  }

  /**
   * Takes rows of nodes away that have no row any more, some at a time.
   *
   * @param now when that is noticed
   * @return what is known of these sessions
   */
  static List<EndedSession> takeLost(Handle handle, Dialect dialect, Instant now) {
    List<Lost> taken =
        handle
            .createQuery(
                "SELECT s.node_id, s.id, s.user_id, s.credential_id, s.protocol, s.peer,"
                    + " s.peer_port, s.upstream, s.upstream_host, s.mailbox, s.client,"
                    + " s.started_at, s.bytes_up, s.bytes_down FROM sessions s"
                    + " WHERE s.node_id NOT IN (SELECT id FROM nodes) LIMIT "
                    + TIDY_BATCH
                    + dialect.freeRowLock("s"))
            .map((row, _) -> new Lost(row.getString("node_id"), lost(row, now)))
            .list();
    if (!taken.isEmpty()) {
      PreparedBatch batch =
          handle.prepareBatch("DELETE FROM sessions WHERE node_id = :node AND id = :id");
      taken.forEach(
          lost -> batch.bind("node", lost.nodeId()).bind("id", lost.session().session()).add());
      batch.execute();
    }
    return taken.stream().map(Lost::session).toList();
  }

  private record Lost(String nodeId, EndedSession session) {}

  private static EndedSession lost(ResultSet row, Instant now) throws SQLException {
    Instant startedAt = Instant.ofEpochMilli(row.getLong("started_at"));
    Optional<String> host = Optional.ofNullable(row.getString("upstream_host"));
    Optional<String> mailbox = Optional.ofNullable(row.getString("mailbox"));
    return new EndedSession(
        EndedSessionTable.id(startedAt, row.getString("id")),
        row.getString("id"),
        row.getString("user_id"),
        Optional.empty(),
        row.getString("credential_id"),
        Scope.valueOf(row.getString("protocol").toUpperCase(Locale.ROOT)),
        Optional.of(
            new InetSocketAddress(PeerKey.parse(row.getString("peer")), row.getInt("peer_port"))),
        row.getString("client"),
        Optional.ofNullable(row.getString("upstream"))
            .map(upstream -> new Mailbox(upstream, host.orElse(""), mailbox)),
        startedAt,
        now,
        row.getLong("bytes_up"),
        row.getLong("bytes_down"),
        EndedSession.LOST);
  }

  /** Takes the rows of a user away, whatever node wrote them. */
  static void forgetUser(Handle handle, Dialect dialect, String userId) {
    var _ =
        handle
            .createQuery(
                "SELECT id FROM sessions WHERE user_id = :user ORDER BY node_id, id"
                    + dialect.rowLock())
            .bind("user", userId)
            .mapTo(String.class)
            .list();
    int _ =
        handle
            .createUpdate("DELETE FROM sessions WHERE user_id = :user")
            .bind("user", userId)
            .execute();
  }
}
