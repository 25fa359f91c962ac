package dev.postern.store.sql;

import dev.postern.store.Actor;
import dev.postern.store.auth.AppPassword;
import dev.postern.store.auth.AppPassword.State;
import dev.postern.store.auth.LoginName;
import dev.postern.store.auth.Revocation;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.IntConsumer;
import org.jdbi.v3.core.Handle;

/**
 * Ends many app passwords in short transactions, user by user in the order of their ids: each user
 * is one change in the feed, however many app passwords there are. What has ended is not looked for
 * again, so that a run that failed is simply started once more.
 */
final class BulkRevocation {
  /** Rows that one transaction ends, unless one user alone has more. */
  static final int BATCH = 1000;

  private static final int SAMPLE = 20;

  private final Database database;
  private final Writes writes;
  private final AppPasswordTable table;
  private final ChangeLog changeLog;

  BulkRevocation(Database database, Writes writes, AppPasswordTable table, ChangeLog changeLog) {
    this.database = database;
    this.writes = writes;
    this.table = table;
    this.changeLog = changeLog;
  }

  Revocation.Forecast forecast(Revocation which) {
    Map<String, Object> values = values(which);
    return database.read(handle -> {
      Revocation.Forecast counts =
          handle
              .createQuery(
                  "SELECT COUNT(*) AS rows_found, COUNT(DISTINCT a.user_id) AS users_found"
                      + " FROM app_passwords a JOIN users u ON u.id = a.user_id "
                      + conditions(which))
              .bindMap(values)
              .map((row, _) ->
                  new Revocation.Forecast(
                      row.getInt("rows_found"), row.getInt("users_found"), List.of()))
              .one();
      List<AppPassword> sample =
          table
              .select(
                  handle, conditions(which) + " ORDER BY a.user_id, a.id LIMIT " + SAMPLE, values)
              .stream()
              .map(row -> row.at(writes.now()))
              .toList();
      return new Revocation.Forecast(counts.appPasswords(), counts.users(), sample);
    });
  }

  int run(Revocation which, String reason, Actor actor, IntConsumer committed) {
    int done = 0;
    String after = "";
    while (true) {
      List<String> users = nextUsers(which, after);
      if (users.isEmpty()) {
        return done;
      }
      done +=
          writes.run(
              (handle, changes) -> end(handle, which, users, reason, actor, changes::accept));
      committed.accept(done);
      after = users.getLast();
    }
  }

  private interface Changes {
    void accept(Change change);
  }

  /** As many of the next users as have a batch of app passwords together. */
  private List<String> nextUsers(Revocation which, String after) {
    Map<String, Object> values = values(which);
    values.put("after", after);
    record Owner(String id, int rows) {}
    List<Owner> owners =
        database.read(handle ->
            handle
                .createQuery(
                    "SELECT a.user_id, COUNT(*) AS rows_found"
                        + " FROM app_passwords a JOIN users u ON u.id = a.user_id "
                        + conditions(which)
                        + " AND a.user_id > :after GROUP BY a.user_id ORDER BY a.user_id LIMIT "
                        + BATCH)
                .bindMap(values)
                .map((row, _) -> new Owner(row.getString("user_id"), row.getInt("rows_found")))
                .list());
    List<String> users = new ArrayList<>();
    int rows = 0;
    for (Owner owner : owners) {
      rows += owner.rows;
      if (rows > BATCH && !users.isEmpty()) {
        break;
      }
      users.add(owner.id);
    }
    return users;
  }

  /** Locks as {@link AppPasswordLocks} says, and looks at the rows once they are locked. */
  private int end(
      Handle handle,
      Revocation which,
      List<String> users,
      String reason,
      Actor actor,
      Changes changes) {
    int _ =
        handle
            .createQuery(
                "SELECT id FROM users WHERE id IN (<users>) ORDER BY name"
                    + writes.dialect().rowLock())
            .bindList("users", users)
            .mapTo(String.class)
            .list()
            .size();
    Instant now = writes.now();
    List<AppPasswordRow> ending =
        table.select(
            handle,
            conditions(which)
                + " AND a.user_id IN (<users>) ORDER BY a.id"
                + writes.dialect().rowLock("a"),
            values(which),
            users);
    List<AppPasswordRow> ended =
        table.save(
            handle,
            ending.stream().map(row -> row.withState(new State.Revoked(now, reason))).toList());
    ended.stream()
        .map(row -> Change.ofUser(row.appPassword().userId()))
        .distinct()
        .forEach(changes::accept);
    changeLog.write(
        handle,
        actor,
        now,
        ChangeLog.Entry.ofPasswords(
            "revoke", ending.stream().map(row -> row.at(now)).toList(), ended, _ -> reason));
    return ended.size();
  }

  private static String conditions(Revocation which) {
    StringBuilder where = new StringBuilder("WHERE a.state IN ('active', 'suspended')");
    which.user().ifPresent(_ -> where.append(" AND u.name = :user"));
    which.domain().ifPresent(_ -> where.append(" AND u.name LIKE :domain ESCAPE '!'"));
    which.madeBefore().ifPresent(_ -> where.append(" AND a.created_at < :before"));
    which
        .pepperId()
        .ifPresent(_ ->
            where.append(
                // Not LIKE, which takes k1 for K1 in SQLite.
                " AND (substr(a.secret, 1, length(:keyed)) = :keyed"
                    + " OR substr(a.secret, 1, length(:typed)) = :typed"
                    + " OR substr(a.secret, 1, length(:hardened)) = :hardened)"));
    return where.toString();
  }

  /** Values for {@link #conditions}. */
  private static Map<String, Object> values(Revocation which) {
    Map<String, Object> values = new HashMap<>();
    which.user().map(UserTable::name).map(LoginName::value).ifPresent(v -> values.put("user", v));
    which.domain().map(SqlPolicies::domain).ifPresent(v -> values.put("domain", "%@" + escaped(v)));
    which.madeBefore().ifPresent(at -> values.put("before", at.toEpochMilli()));
    which
        .pepperId()
        .ifPresent(id -> {
          values.put("keyed", "$postern-hmac-sha256$k=" + id + "$");
          values.put("typed", "$postern-hmac-sha256$k=" + id + ",");
          values.put("hardened", "$postern-argon2id$v=19$k=" + id + ",");
        });
    return values;
  }

  /** A text that stands for itself in LIKE. */
  private static String escaped(String text) {
    return text.replace("!", "!!").replace("%", "!%").replace("_", "!_");
  }
}
