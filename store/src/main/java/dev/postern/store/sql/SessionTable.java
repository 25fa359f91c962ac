package dev.postern.store.sql;

import dev.postern.store.session.LiveSession;
import dev.postern.store.session.SessionStart;
import java.util.Collection;
import java.util.List;
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
  record Sight(LiveSession session, String upstream, String state, long up, long down) {
    static Sight of(LiveSession session) {
      return new Sight(
          session,
          session.upstream().orElse(""),
          session.state().word(),
          session.up(),
          session.down());
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
                local_address, local_port, upstream, client, state, started_at, bytes_up,
                bytes_down)
            VALUES (:node, :id, :user, :credential, :protocol, :peer, :peerPort,
                :local, :localPort, :upstream, :client, :state, :since, :up,
                :down)
            ON CONFLICT (node_id, id) DO UPDATE SET user_id = excluded.user_id,
                credential_id = excluded.credential_id, client = excluded.client,
                started_at = excluded.started_at, upstream = excluded.upstream,
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
          .bind("upstream", sight.upstream().isEmpty() ? null : sight.upstream())
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

  /** Takes rows of nodes away that have no row any more, some at a time. */
  static void tidy(Handle handle, Dialect dialect) {
    int _ =
        handle
            .createUpdate(
                "DELETE FROM sessions WHERE (node_id, id) IN (SELECT s.node_id, s.id FROM sessions"
                    + " s WHERE s.node_id NOT IN (SELECT id FROM nodes) LIMIT "
                    + TIDY_BATCH
                    + dialect.freeRowLock("s")
                    + ")")
            .execute();
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
