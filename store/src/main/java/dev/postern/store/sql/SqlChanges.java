package dev.postern.store.sql;

import dev.postern.store.Actor;
import dev.postern.store.RefusedException;
import dev.postern.store.audit.Changes;
import dev.postern.store.auth.LoginName;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.jdbi.v3.core.statement.StatementContext;

/** Reads {@code admin_changes}. */
final class SqlChanges implements Changes {
  static final String SELECT =
      "SELECT id, at, actor, role, channel, action, subject_kind, subject_id, subject_name,"
          + " user_id, before, after, reason, peer, number FROM admin_changes";

  private final Database database;

  SqlChanges(Database database) {
    this.database = database;
  }

  @Override
  public List<Entry> list(Changes.Query query, Optional<String> after, int limit) {
    if (limit < 1 || limit > LONGEST_PAGE) {
      throw new RefusedException(
          RefusedException.Code.INVALID,
          "a page has 1 to " + LONGEST_PAGE + " entries",
          "Ask for that many.");
    }
    Conditions wanted = new Conditions();
    query
        .user()
        .ifPresent(user ->
            wanted
                .and(
                    "user_id IN (SELECT :user UNION SELECT user_id FROM login_names WHERE name ="
                        + " :name UNION SELECT user_id FROM admin_changes WHERE subject_kind ="
                        + " 'user' AND subject_name = :name)")
                .with("user", user)
                .with("name", LoginName.parse(user).map(LoginName::value).orElse(user)));
    query.actor().ifPresent(who -> wanted.and("actor = :actor").with("actor", who));
    query
        .action()
        .ifPresent(action ->
            wanted
                .and("(action = :action OR action LIKE :kind)")
                .with("action", action)
                .with("kind", action.replaceAll("[%_]", "") + ".%"));
    query.since().ifPresent(at -> wanted.and("at >= :since").with("since", at.toEpochMilli()));
    query.until().ifPresent(at -> wanted.and("at < :until").with("until", at.toEpochMilli()));
    after.ifPresent(id -> wanted.and("id < :after").with("after", id));
    return database.read(handle ->
        wanted
            .query(handle, SELECT, "ORDER BY id DESC LIMIT " + limit)
            .map(SqlChanges::map)
            .list());
  }

  @Override
  public Optional<Entry> find(String id) {
    Conditions wanted = new Conditions().and("id = :id").with("id", Walk.place(id));
    return database.read(handle -> wanted.query(handle, SELECT, "").map(SqlChanges::map).findOne());
  }

  static Entry map(ResultSet row, StatementContext context) throws SQLException {
    return new Entry(
        row.getString("id"),
        Instant.ofEpochMilli(row.getLong("at")),
        new Actor(
            row.getString("actor"),
            row.getString("role"),
            row.getString("channel"),
            Optional.ofNullable(row.getString("peer")).flatMap(PeerKey::find),
            Optional.empty()),
        row.getString("action"),
        new Subject(
            row.getString("subject_kind"),
            row.getString("subject_id"),
            Optional.ofNullable(row.getString("subject_name")),
            Optional.ofNullable(row.getString("user_id"))),
        Optional.ofNullable(row.getString("before")),
        Optional.ofNullable(row.getString("after")),
        Optional.ofNullable(row.getString("reason")));
  }
}
