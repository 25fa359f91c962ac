package dev.postern.store.sql;

import dev.postern.store.audit.Readiness;
import dev.postern.store.audit.Readiness.Client;
import dev.postern.store.audit.ReadinessReport;
import dev.postern.store.audit.SignIn;
import dev.postern.store.auth.PassThrough;
import dev.postern.store.auth.RejectReason;
import dev.postern.store.auth.Scope;
import dev.postern.store.auth.User;
import dev.postern.store.auth.Users;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jdbi.v3.core.Handle;

/** Reads how far users are from {@code sign_ins}, a page of users at a time. */
final class SqlReadinessReport implements ReadinessReport {
  private static final int PAGE = 500;

  /** Peers as in {@code sign_ins}; networks as wide as those that the guard knows a user by. */
  private static final String SEEN =
      """
      WITH places AS (
          SELECT DISTINCT user_id, SUBSTR(peer, 1, CASE WHEN peer LIKE '4%' THEN 7 ELSE 15 END) AS net
          FROM sign_ins
          WHERE user_id IN (<ids>) AND last_at >= :since AND outcome = 'accepted')
      SELECT seen.user_id, protocol, client,
          MAX(CASE WHEN outcome = 'accepted' AND reason = :own THEN last_at END) AS own_at,
          MAX(CASE WHEN outcome = 'accepted' AND reason = '' THEN last_at END) AS app_at,
          MAX(CASE WHEN outcome \\<> 'accepted' AND reason = :shape THEN last_at END) AS refused_at,
          MAX(CASE WHEN outcome \\<> 'accepted' AND reason = :shape AND net IS NOT NULL
              THEN last_at END) AS refused_near_at,
          CASE WHEN seen.user_id IN (SELECT user_id FROM places) THEN 1 ELSE 0 END AS was_in
      FROM sign_ins seen
      LEFT JOIN places ON places.user_id = seen.user_id
          AND net = SUBSTR(peer, 1, CASE WHEN peer LIKE '4%' THEN 7 ELSE 15 END)
      WHERE seen.user_id IN (<ids>) AND last_at >= :since
      GROUP BY seen.user_id, protocol, client
      ORDER BY seen.user_id, protocol, client
      """;

  private final Database database;
  private final Users users;
  private final Supplier<PassThrough> rules;

  SqlReadinessReport(Database database, Users users, Supplier<PassThrough> rules) {
    this.database = database;
    this.users = users;
    this.rules = rules;
  }

  @Override
  public void forEach(Instant since, Consumer<Readiness> each) {
    PassThrough current = rules.get();
    List<User> page = users.list("", PAGE);
    while (!page.isEmpty()) {
      List<String> ids = page.stream().map(User::id).toList();
      Map<String, List<Client>> seen = database.read(handle -> seen(handle, ids, since));
      Map<String, Integer> working = database.read(handle -> working(handle, ids));
      for (User user : page) {
        each.accept(
            new Readiness(
                user.name(),
                user.group(),
                current.mode(user.name(), user.group()),
                user.disabled().isPresent(),
                working.getOrDefault(user.id(), 0),
                seen.getOrDefault(user.id(), List.of())));
      }
      page = users.list(page.getLast().name(), PAGE);
    }
  }

  private static Map<String, List<Client>> seen(Handle handle, List<String> ids, Instant since) {
    Map<String, List<Client>> seen = new HashMap<>();
    handle
        .createQuery(SEEN)
        .bindList("ids", ids)
        .bind("own", SignIn.OWN_PASSWORD)
        .bind("shape", RejectReason.WRONG_SHAPE.word())
        .bind("since", since.toEpochMilli())
        .map((row, _) -> Map.entry(row.getString("user_id"), client(row)))
        .forEach(found ->
            seen.computeIfAbsent(found.getKey(), _ -> new ArrayList<>()).add(found.getValue()));
    return seen;
  }

  private static Client client(ResultSet row) throws SQLException {
    Optional<Instant> ownPassword = instant(row, "own_at");
    boolean isFromAnywhere = ownPassword.isPresent() || row.getInt("was_in") == 0;
    return new Client(
        Scope.ofWord(row.getString("protocol")).orElseThrow(),
        row.getString("client"),
        ownPassword,
        instant(row, "app_at"),
        instant(row, isFromAnywhere ? "refused_at" : "refused_near_at"));
  }

  private static Optional<Instant> instant(ResultSet row, String column) throws SQLException {
    long millis = row.getLong(column);
    return row.wasNull() ? Optional.empty() : Optional.of(Instant.ofEpochMilli(millis));
  }

  private static Map<String, Integer> working(Handle handle, List<String> ids) {
    Map<String, Integer> working = new HashMap<>();
    handle
        .createQuery(
            """
            SELECT user_id, COUNT(*) AS number FROM app_passwords
            WHERE user_id IN (<ids>) AND state = 'active' GROUP BY user_id
            """)
        .bindList("ids", ids)
        .map((row, _) -> Map.entry(row.getString("user_id"), row.getInt("number")))
        .forEach(found -> working.put(found.getKey(), found.getValue()));
    return working;
  }
}
