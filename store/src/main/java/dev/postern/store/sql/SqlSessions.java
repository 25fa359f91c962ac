package dev.postern.store.sql;

import dev.postern.store.Actor;
import dev.postern.store.RefusedException;
import dev.postern.store.audit.Changes.Subject;
import dev.postern.store.auth.AppPasswordPolicy;
import dev.postern.store.auth.LoginName;
import dev.postern.store.auth.Scope;
import dev.postern.store.session.SessionFilter;
import dev.postern.store.session.SessionState;
import dev.postern.store.session.Sessions;
import java.net.InetSocketAddress;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.statement.StatementContext;

/** Reads {@code sessions} of the nodes that live, and puts kicks on the change feed. */
final class SqlSessions implements Sessions {
  private static final String FROM =
      """
       FROM sessions s JOIN nodes n ON n.id = s.node_id LEFT JOIN users u ON u.id = s.user_id
      """;

  private static final String SELECT =
      """
      SELECT s.node_id, n.name AS node_name, s.id, s.user_id, u.name AS user_name, s.credential_id,
          s.protocol, s.peer, s.peer_port, s.local_address, s.local_port, s.upstream, s.client,
          s.state, s.started_at, s.bytes_up, s.bytes_down
      """
          + FROM;

  private static final String NEWEST_FIRST =
      "ORDER BY s.started_at DESC, s.node_id DESC, s.id DESC LIMIT ";

  private final Database database;
  private final Writes writes;
  private final ChangeLog changeLog;

  SqlSessions(Database database, Writes writes, ChangeLog changeLog) {
    this.database = database;
    this.writes = writes;
    this.changeLog = changeLog;
  }

  @Override
  public List<Entry> list(SessionFilter which, Optional<String> after, int limit) {
    if (limit < 1 || limit > LONGEST_PAGE) {
      throw invalid("a page has 1 to " + LONGEST_PAGE + " sessions", "Ask for that many.");
    }
    Conditions wanted = conditions(which);
    after.ifPresent(key -> behind(key, wanted));
    return database.read(
        handle -> wanted.query(handle, SELECT, NEWEST_FIRST + limit).map(SqlSessions::map).list());
  }

  @Override
  public String userIdOf(String name) {
    return LoginName.parse(name)
        .flatMap(known -> database.read(handle -> LoginNameTable.owner(handle, known)))
        .orElseThrow(() ->
            new RefusedException(
                RefusedException.Code.NOT_FOUND,
                "there is no user " + name,
                "See 'postern user list'."));
  }

  @Override
  public Kick kick(SessionFilter which, String reason, Actor actor) {
    String why = AppPasswordPolicy.reason(reason);
    if (which.text().length() > SessionFilter.LONGEST_TEXT) {
      throw invalid("so many conditions do not fit into a message", "Use fewer of them.");
    }
    Kick kick = new Kick(which, database.read(handle -> keys(handle, conditions(which))));
    return writes.run((handle, changes) -> {
      changes.accept(new Change.Kick(which));
      Optional<String> owner = owner(handle, which);
      changeLog.write(
          handle,
          actor,
          writes.now(),
          new ChangeLog.Entry(
              "session.kick",
              new Subject("sessions", which.text(), Optional.empty(), owner),
              Optional.empty(),
              Optional.empty(),
              Optional.of(why)));
      return kick;
    });
  }

  @Override
  public int left(Kick kick) {
    if (kick.keys().isEmpty()) {
      return 0;
    }
    // Whoever came since is none of them, and would take their places in what is read.
    long newest = kick.keys().stream().mapToLong(SqlSessions::since).max().orElseThrow();
    Conditions wanted =
        conditions(kick.which()).and("s.started_at <= :newest").with("newest", newest);
    Set<String> there = new HashSet<>(database.read(handle -> keys(handle, wanted)));
    there.retainAll(kick.keys());
    return there.size();
  }

  /** Whose sessions are meant, if that is one user: then the record is that person's. */
  private static Optional<String> owner(Handle handle, SessionFilter which) {
    return which
        .userId()
        .or(() ->
            which
                .credentialId()
                .flatMap(
                    id -> only(handle, "SELECT user_id FROM app_passwords WHERE id = :value", id)))
        .or(() ->
            which
                .id()
                .flatMap(id ->
                    only(handle, "SELECT DISTINCT user_id FROM sessions WHERE id = :value", id)));
  }

  private static Optional<String> only(Handle handle, String query, String value) {
    List<String> found = handle.createQuery(query).bind("value", value).mapTo(String.class).list();
    return found.size() == 1 ? Optional.of(found.getFirst()) : Optional.empty();
  }

  private static Set<String> keys(Handle handle, Conditions wanted) {
    try (Stream<Entry> entries =
        wanted.query(handle, SELECT, NEWEST_FIRST + MOST_SEEN).map(SqlSessions::map).stream()) {
      return Set.copyOf(entries.map(Entry::key).toList());
    }
  }

  private static long since(String key) {
    return Long.parseLong(key, 0, key.indexOf('-', 1), 10);
  }

  private Conditions conditions(SessionFilter which) {
    Conditions wanted =
        new Conditions()
            .and("n.heartbeat_at > " + database.dialect().now() + " - :liveFor")
            .with("liveFor", NodeTable.LIVE_FOR.toMillis());
    which.id().ifPresent(id -> wanted.and("s.id = :id").with("id", id));
    which.userId().ifPresent(id -> wanted.and("s.user_id = :user").with("user", id));
    which
        .credentialId()
        .ifPresent(id -> wanted.and("s.credential_id = :credential").with("credential", id));
    which
        .protocol()
        .ifPresent(scope -> wanted.and("s.protocol = :protocol").with("protocol", scope.word()));
    which
        .address()
        .ifPresent(network ->
            wanted
                .and("s.peer BETWEEN :firstPeer AND :lastPeer")
                .with("firstPeer", PeerKey.first(network))
                .with("lastPeer", PeerKey.last(network)));
    which
        .client()
        .ifPresent(part ->
            wanted
                .and("LOWER(s.client) LIKE :client ESCAPE '!'")
                .with(
                    "client",
                    "%" + part.toLowerCase(Locale.ROOT).replaceAll("[!%_]", "!$0") + "%"));
    which.upstream().ifPresent(name -> wanted.and("s.upstream = :upstream").with("upstream", name));
    which
        .node()
        .ifPresent(name -> wanted.and("(n.name = :node OR n.id = :node)").with("node", name));
    return wanted;
  }

  @Override
  public Optional<Entry> find(String key) {
    Place place = Place.of(key);
    Conditions wanted =
        conditions(SessionFilter.ALL)
            .and("s.started_at = :since AND s.node_id = :node AND s.id = :id")
            .with("since", place.since())
            .with("node", place.node())
            .with("id", place.id());
    return database.read(
        handle -> wanted.query(handle, SELECT, "").map(SqlSessions::map).findOne());
  }

  /** What a key says. */
  private record Place(long since, String node, String id) {
    static Place of(String key) {
      String[] parts = Walk.place(key).split("-", 3);
      if (parts.length != 3 || !parts[0].matches("[0-9]{1,18}")) {
        throw invalid("that is not the key of a session", "Use the key of the last one of a page.");
      }
      return new Place(Long.parseLong(parts[0]), parts[1], parts[2]);
    }
  }

  private static void behind(String key, Conditions wanted) {
    Place place = Place.of(key);
    wanted
        .and("(s.started_at, s.node_id, s.id) < (:afterTime, :afterNode, :afterId)")
        .with("afterTime", place.since())
        .with("afterNode", place.node())
        .with("afterId", place.id());
  }

  private static Entry map(ResultSet row, StatementContext context) throws SQLException {
    long since = row.getLong("started_at");
    String id = row.getString("id");
    return new Entry(
        since + "-" + row.getString("node_id") + "-" + id,
        id,
        row.getString("node_name"),
        row.getString("user_id"),
        Optional.ofNullable(row.getString("user_name")),
        row.getString("credential_id"),
        Scope.valueOf(row.getString("protocol").toUpperCase(Locale.ROOT)),
        new InetSocketAddress(PeerKey.parse(row.getString("peer")), row.getInt("peer_port")),
        new InetSocketAddress(
            PeerKey.parse(row.getString("local_address")), row.getInt("local_port")),
        Optional.ofNullable(row.getString("upstream")),
        row.getString("client"),
        SessionState.valueOf(row.getString("state").toUpperCase(Locale.ROOT)),
        Instant.ofEpochMilli(since),
        row.getLong("bytes_up"),
        row.getLong("bytes_down"));
  }

  private static RefusedException invalid(String detail, String remedy) {
    return new RefusedException(RefusedException.Code.INVALID, detail, remedy);
  }
}
