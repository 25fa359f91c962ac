package dev.postern.store.sql;

import dev.postern.store.audit.NameDigest;
import dev.postern.store.auth.Scope;
import dev.postern.store.session.EndedSession;
import dev.postern.store.session.Mailbox;
import java.net.InetSocketAddress;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.statement.PreparedBatch;
import org.jdbi.v3.core.statement.StatementContext;

/** Statements on {@code ended_sessions}. */
final class EndedSessionTable {
  static final String SELECT =
      """
      SELECT s.id, s.session, s.user_id, u.name AS user_name, s.credential_id, s.protocol, s.peer,
          s.peer_port, s.client, s.upstream, s.upstream_host, s.mailbox, s.started_at, s.ended_at,
          s.bytes_up, s.bytes_down, s.ended, s.number
      FROM ended_sessions s LEFT JOIN users u ON u.id = s.user_id
      """;

  private EndedSessionTable() {}

  /** Different for each login of a connection, and the same whoever writes the entry. */
  static String id(Instant startedAt, String session) {
    return "%012x-%s".formatted(startedAt.toEpochMilli(), session);
  }

  /**
   * Puts sessions on record. One whose node seemed to have died, and has not, replaces what is
   * there of it. A user who is gone by now may have been erased: this must not bring anything back.
   */
  static void put(Handle handle, Dialect dialect, NameDigest digest, List<EndedSession> ended) {
    if (ended.isEmpty()) {
      return;
    }
    Set<String> users = users(handle, dialect, ended);
    PreparedBatch batch =
        handle.prepareBatch(
            """
            INSERT INTO ended_sessions (id, session, user_id, credential_id, protocol, peer,
                peer_port, client, upstream, upstream_host, mailbox, started_at, ended_at,
                bytes_up, bytes_down, ended)
            VALUES (:id, :session, :user, :credential, :protocol, :peer,
                :port, :client, :upstream, :host, :mailbox, :since, :at,
                :up, :down, :ended)
            ON CONFLICT (id) DO UPDATE SET upstream = excluded.upstream,
                upstream_host = excluded.upstream_host, mailbox = excluded.mailbox,
                ended_at = excluded.ended_at, bytes_up = excluded.bytes_up,
                bytes_down = excluded.bytes_down, ended = excluded.ended, number = NULL
            WHERE ended_sessions.ended = 'lost' AND excluded.ended <> 'lost'
            """);
    for (EndedSession each : ended) {
      EndedSession kept =
          users.contains(each.userId()) ? each : without(each, digest.pseudonym(each.userId()));
      batch
          .bind("id", kept.id())
          .bind("session", kept.session())
          .bind("user", kept.userId())
          .bind("credential", kept.credentialId())
          .bind("protocol", kept.protocol().word())
          .bind("peer", kept.peer().map(peer -> PeerKey.of(peer.getAddress())).orElse(null))
          .bind("port", kept.peer().map(InetSocketAddress::getPort).orElse(0))
          .bind("client", kept.clientName())
          .bind("upstream", kept.mailbox().map(Mailbox::upstream).orElse(null))
          .bind("host", kept.mailbox().map(Mailbox::host).orElse(null))
          .bind("mailbox", kept.mailbox().flatMap(Mailbox::name).orElse(null))
          .bind("since", kept.startedAt().toEpochMilli())
          .bind("at", kept.endedAt().toEpochMilli())
          .bind("up", kept.up())
          .bind("down", kept.down())
          .bind("ended", kept.end())
          .add();
    }
    batch.execute();
  }

  /** Takes a user out of the record; the entries stay, and are told once more. */
  static void forgetUser(Handle handle, String userId, String pseudonym) {
    int _ =
        handle
            .createUpdate(
                """
                UPDATE ended_sessions
                SET user_id = :pseudonym, credential_id = '', peer = NULL, peer_port = 0,
                    client = '', mailbox = NULL, number = NULL
                WHERE user_id = :id
                """)
            .bind("pseudonym", pseudonym)
            .bind("id", userId)
            .execute();
  }

  static EndedSession map(ResultSet row, StatementContext context) throws SQLException {
    int port = row.getInt("peer_port");
    String host = row.getString("upstream_host");
    Optional<String> mailbox = Optional.ofNullable(row.getString("mailbox"));
    return new EndedSession(
        row.getString("id"),
        row.getString("session"),
        row.getString("user_id"),
        Optional.ofNullable(row.getString("user_name")),
        row.getString("credential_id"),
        Scope.valueOf(row.getString("protocol").toUpperCase(Locale.ROOT)),
        Optional.ofNullable(row.getString("peer"))
            .map(peer -> new InetSocketAddress(PeerKey.parse(peer), port)),
        row.getString("client"),
        Optional.ofNullable(row.getString("upstream"))
            .map(upstream -> new Mailbox(upstream, host == null ? "" : host, mailbox)),
        Instant.ofEpochMilli(row.getLong("started_at")),
        Instant.ofEpochMilli(row.getLong("ended_at")),
        row.getLong("bytes_up"),
        row.getLong("bytes_down"),
        row.getString("ended"));
  }

  private static EndedSession without(EndedSession personal, String pseudonym) {
    return new EndedSession(
        personal.id(),
        personal.session(),
        pseudonym,
        Optional.empty(),
        "",
        personal.protocol(),
        Optional.empty(),
        "",
        personal.mailbox().map(box -> new Mailbox(box.upstream(), box.host(), Optional.empty())),
        personal.startedAt(),
        personal.endedAt(),
        personal.up(),
        personal.down(),
        personal.end());
  }

  /**
   * Those of the users of these sessions that still exist, and go on existing until the transaction
   * ends: whoever erases one of them waits for these rows, to take him out of them too.
   */
  private static Set<String> users(Handle handle, Dialect dialect, List<EndedSession> ended) {
    return new HashSet<>(
        handle
            .createQuery(
                "SELECT id FROM users WHERE id IN (<ids>) ORDER BY id" + dialect.keyShare())
            .bindList("ids", ended.stream().map(EndedSession::userId).distinct().toList())
            .mapTo(String.class)
            .list());
  }
}
