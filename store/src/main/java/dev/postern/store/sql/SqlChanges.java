package dev.postern.store.sql;

import dev.postern.store.Actor;
import dev.postern.store.Channel;
import dev.postern.store.RefusedException;
import dev.postern.store.audit.Changes;
import dev.postern.store.auth.LoginName;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.statement.StatementContext;

/** Reads {@code admin_changes}. */
final class SqlChanges implements Changes {
  static final String SELECT =
      "SELECT id, at, actor, role, channel, action, subject_kind, subject_id, subject_name,"
          + " user_id, before, after, reason, peer, number FROM admin_changes";

  static final String BY_NAME =
      "SELECT user_id FROM login_names WHERE name = :name"
          + " UNION SELECT user_id FROM admin_changes"
          + " WHERE subject_kind = 'user' AND subject_name = :name AND user_id IS NOT NULL";

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
    return database.read(handle -> {
      Conditions wanted = conditions(query);
      query
          .user()
          .ifPresent(
              user -> wanted.and("user_id IN (<users>)").withList("users", ids(handle, user)));
      after.ifPresent(id -> wanted.and("id < :after").with("after", id));
      return wanted
          .query(handle, SELECT, "ORDER BY id DESC LIMIT " + limit)
          .map(SqlChanges::map)
          .list();
    });
  }

  /** All but whose and where the page begins. */
  static Conditions conditions(Changes.Query query) {
    Conditions wanted = new Conditions();
    query.actor().ifPresent(who -> wanted.and("actor = :actor").with("actor", who));
    query
        .action()
        .ifPresent(action ->
            wanted
                .and(
                    action.indexOf('.') >= 0
                        ? "action = :action"
                        : "(action = :action OR (action > :start AND action < :end))")
                .with("action", action)
                .with("start", action + ".")
                .with("end", action + "/"));
    query.since().ifPresent(at -> wanted.and("at >= :since").with("since", at.toEpochMilli()));
    query.until().ifPresent(at -> wanted.and("at < :until").with("until", at.toEpochMilli()));
    return wanted;
  }

  /** Those who have that name or had it, and the text itself, which may be an id. */
  private static List<String> ids(Handle handle, String user) {
    List<String> ids =
        handle
            .createQuery(BY_NAME)
            .bind("name", LoginName.parse(user).map(LoginName::value).orElse(user))
            .mapTo(String.class)
            .list();
    return Stream.concat(Stream.of(user), ids.stream()).toList();
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
            Channel.of(row.getString("channel")),
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
