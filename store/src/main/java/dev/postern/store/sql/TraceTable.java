package dev.postern.store.sql;

import dev.postern.store.auth.User;
import dev.postern.store.integrity.RowChecks;
import dev.postern.store.trace.Trace;
import dev.postern.store.trace.Traces;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.statement.Query;
import org.jdbi.v3.core.statement.StatementContext;

/** Statements on {@code traces}. Whoever adds a row locks the table first. */
final class TraceTable {
  /** Rows that are read: many more than Postern writes, so that somebody else's hide none. */
  private static final int MOST_READ = 1000;

  private static final String COLUMNS =
      "id, user_id, started_at, started_by, ends_at, version, signature";
  private static final String SELECT = "SELECT " + COLUMNS + " FROM traces ";

  private final RowChecks checks;
  private final UserTable users;
  private final Dialect dialect;

  TraceTable(RowChecks checks, UserTable users, Dialect dialect) {
    this.checks = checks;
    this.users = users;
    this.dialect = dialect;
  }

  /** Those that are on, the oldest first, at most {@link Traces#MOST}. */
  List<Trace> on(Handle handle, Instant now) {
    return handle
        .createQuery(SELECT + "WHERE ends_at > :now ORDER BY started_at, id LIMIT " + MOST_READ)
        .bind("now", now.toEpochMilli())
        .map(this::genuine)
        .list()
        .stream()
        .flatMap(Optional::stream)
        .flatMap(row -> named(handle, row).stream())
        .limit(Traces.MOST)
        .toList();
  }

  /**
   * Has the table to itself until the transaction ends. Whoever locks users does so before, as
   * everybody does.
   */
  void lock(Handle handle) {
    var _ =
        handle
            .createQuery("SELECT number FROM change_counter WHERE id = 1" + dialect.rowLock())
            .mapTo(Long.class)
            .findOne();
  }

  /** Drops what has ended, genuine or not. */
  void dropEnded(Handle handle, Instant now) {
    int _ =
        handle
            .createUpdate("DELETE FROM traces WHERE ends_at <= :now")
            .bind("now", now.toEpochMilli())
            .execute();
  }

  /**
   * What went.
   *
   * @param isGone whether a row did, genuine or not
   * @param genuine the trace that it was
   */
  record Removed(boolean isGone, Optional<Trace> genuine) {}

  /** Takes away that of a user. */
  Removed remove(Handle handle, User user) {
    return remove(
        handle,
        handle
            .createQuery("DELETE FROM traces WHERE user_id = :user RETURNING " + COLUMNS)
            .bind("user", user.id()));
  }

  /** Takes away the one of that id. */
  Removed remove(Handle handle, String id) {
    return remove(
        handle,
        handle
            .createQuery("DELETE FROM traces WHERE id = :id RETURNING " + COLUMNS)
            .bind("id", id));
  }

  private Removed remove(Handle handle, Query delete) {
    List<Optional<TraceRow>> gone = delete.map(this::genuine).list();
    return new Removed(
        !gone.isEmpty(),
        gone.stream()
            .flatMap(Optional::stream)
            .flatMap(row -> named(handle, row).stream())
            .findFirst());
  }

  void insert(Handle handle, TraceRow row) {
    int _ =
        handle
            .createUpdate(
                "INSERT INTO traces ("
                    + COLUMNS
                    + ") VALUES (:id, :user, :startedAt, :startedBy, :endsAt, :version,"
                    + " :signature)")
            .bind("id", row.id())
            .bind("user", row.userId())
            .bind("startedAt", row.startedAt().toEpochMilli())
            .bind("startedBy", row.startedBy())
            .bind("endsAt", row.endsAt().toEpochMilli())
            .bind("version", TraceRow.VERSION)
            .bind("signature", checks.sign(row.facts()))
            .execute();
  }

  private Optional<Trace> named(Handle handle, TraceRow row) {
    return users.byId(handle, row.userId()).map(user -> row.of(user.name()));
  }

  private Optional<TraceRow> genuine(ResultSet row, StatementContext context) throws SQLException {
    TraceRow read =
        new TraceRow(
            row.getString("id"),
            row.getString("user_id"),
            Instant.ofEpochMilli(row.getLong("started_at")),
            row.getString("started_by"),
            Instant.ofEpochMilli(row.getLong("ends_at")));
    return checks.isGenuine(
            TraceRow.TABLE,
            read.id(),
            row.getLong("version"),
            read.facts(),
            row.getString("signature"))
        ? Optional.of(read)
        : Optional.empty();
  }

  /** For signing anew. */
  SignedTable signed() {
    return new SignedTable(
        TraceRow.TABLE,
        TraceRow.TABLE,
        List.of("id"),
        SELECT,
        (row, context) -> genuine(row, context).map(TraceRow::facts));
  }
}
