package dev.postern.store.sql;

import dev.postern.store.Actor;
import dev.postern.store.access.RepeatedException;
import dev.postern.store.access.Replay;
import dev.postern.store.access.Replays;
import dev.postern.store.audit.Changes.Subject;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.Optional;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.statement.StatementContext;

/**
 * Statements on {@code replays}. A row is written in the transaction that makes the change, so that
 * of two that ask for it at the same moment one waits for the other.
 */
final class ReplayTable {
  private static final String BY_KEY = " FROM replays WHERE token = :token AND key = :key";
  static final String FIND =
      "SELECT fingerprint, action, subject_kind, subject_id, at" + BY_KEY + " AND at > :since";

  private ReplayTable() {}

  /**
   * Puts on record that a request made a change. Several entries of one request are one.
   *
   * @throws RepeatedException if another request has made one
   */
  static void write(Handle handle, Actor.Once once, Instant at, String action, Subject subject) {
    boolean isFirst =
        handle
            .createQuery(
                """
                INSERT INTO replays (token, key, fingerprint, nonce, action, subject_kind,
                    subject_id, at)
                VALUES (:token, :key, :fingerprint, :nonce, :action, :kind, :subject, :at)
                ON CONFLICT (token, key)
                DO UPDATE SET fingerprint = excluded.fingerprint, nonce = excluded.nonce,
                    action = excluded.action, subject_kind = excluded.subject_kind,
                    subject_id = excluded.subject_id, at = excluded.at
                WHERE replays.at <= :since
                RETURNING at
                """)
            .bind("token", once.token())
            .bind("key", once.key())
            .bind("fingerprint", once.fingerprint())
            .bind("nonce", once.nonce())
            .bind("action", action)
            .bind("kind", subject.kind())
            .bind("subject", subject.id())
            .bind("at", at.toEpochMilli())
            .bind("since", since(at))
            .mapTo(Long.class)
            .findOne()
            .isPresent();
    if (!isFirst) {
      requireSame(handle, once);
    }
  }

  private static void requireSame(Handle handle, Actor.Once once) {
    handle
        .createQuery("SELECT nonce, fingerprint, action, subject_kind, subject_id, at" + BY_KEY)
        .bind("token", once.token())
        .bind("key", once.key())
        .map((row, context) ->
            row.getString("nonce").equals(once.nonce())
                ? Optional.<Replay>empty()
                : Optional.of(map(row, context)))
        .one()
        .ifPresent(first -> {
          throw new RepeatedException(first);
        });
  }

  /** Milliseconds since 1970: what is not later does not count at that time. */
  static long since(Instant now) {
    return now.minus(Replays.KEPT).toEpochMilli();
  }

  static Replay map(ResultSet row, StatementContext context) throws SQLException {
    return new Replay(
        row.getString("fingerprint"),
        row.getString("action"),
        row.getString("subject_kind"),
        row.getString("subject_id"),
        Instant.ofEpochMilli(row.getLong("at")));
  }
}
