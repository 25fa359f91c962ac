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

  private static final String SEEN =
      """
      SELECT user_id, protocol, client,
          MAX(CASE WHEN outcome = 'accepted' AND reason = :own THEN last_at END) AS own_at,
          MAX(CASE WHEN outcome = 'accepted' AND reason = '' THEN last_at END) AS app_at,
          MAX(CASE WHEN outcome \\<> 'accepted' AND reason = :shape THEN last_at END) AS refused_at
      FROM sign_ins
      WHERE user_id IN (<ids>) AND last_at >= :since
      GROUP BY user_id, protocol, client
      ORDER BY user_id, protocol, client
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
    return new Client(
        Scope.ofWord(row.getString("protocol")).orElseThrow(),
        row.getString("client"),
        instant(row, "own_at"),
        instant(row, "app_at"),
        instant(row, "refused_at"));
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
