package dev.postern.store.sql;

import dev.postern.store.RefusedException;
import dev.postern.store.audit.NameDigest;
import dev.postern.store.audit.SignIns;
import dev.postern.store.auth.LoginName;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.statement.StatementContext;

/** Reads {@code sign_ins}. */
final class SqlSignIns implements SignIns {
  static final String SELECT =
      """
      SELECT s.fold, s.first_at, s.last_at, s.attempts, s.user_id, u.name AS user_name,
          s.name_digest, s.domain, s.credential_id, s.protocol, s.mechanism, s.outcome, s.reason,
          s.peer, s.client, s.upstream, s.number
      FROM sign_ins s LEFT JOIN users u ON u.id = s.user_id
      """;

  private final Database database;
  private final NameDigest digest;

  SqlSignIns(Database database, NameDigest digest) {
    this.database = database;
    this.digest = digest;
  }

  @Override
  public List<Entry> list(SignIns.Query query, Optional<String> after, int limit) {
    if (limit < 1 || limit > LONGEST_PAGE) {
      throw invalid("a page has 1 to " + LONGEST_PAGE + " entries", "Ask for that many.");
    }
    return database.read(handle -> {
      Conditions wanted = new Conditions();
      query.user().ifPresent(user -> ofUser(handle, user, wanted));
      query
          .network()
          .ifPresent(network ->
              wanted
                  .and("s.peer BETWEEN :firstPeer AND :lastPeer")
                  .with("firstPeer", PeerKey.first(network))
                  .with("lastPeer", PeerKey.last(network)));
      query.outcome().ifPresent(word -> wanted.and("s.outcome = :outcome").with("outcome", word));
      query.reason().ifPresent(word -> wanted.and("s.reason = :reason").with("reason", word));
      query
          .since()
          .ifPresent(at -> wanted.and("s.last_at >= :since").with("since", at.toEpochMilli()));
      query
          .until()
          .ifPresent(at -> wanted.and("s.last_at < :until").with("until", at.toEpochMilli()));
      after.ifPresent(id -> behind(id, wanted));
      return wanted
          .query(handle, SELECT, "ORDER BY s.last_at DESC, s.fold DESC LIMIT " + limit)
          .map(SqlSignIns::map)
          .list();
    });
  }

  private void ofUser(Handle handle, String typed, Conditions wanted) {
    Optional<LoginName> name = LoginName.parse(typed);
    Optional<String> owner = name.flatMap(known -> LoginNameTable.owner(handle, known));
    boolean isId = typed.matches("[0-9a-f]{32}") || NameDigest.isPseudonym(typed);
    if (owner.isPresent() || isId) {
      wanted.and("s.user_id = :user").with("user", owner.orElse(typed));
    } else if (name.isPresent()) {
      wanted
          .and("s.user_id IS NULL AND s.name_digest IN (<digests>)")
          .withList("digests", digest.underAnyKey(name.get()));
    } else {
      throw invalid("that cannot be a login name", "Use one of 1 to 320 characters.");
    }
  }

  @Override
  public Optional<Entry> find(String id) {
    Conditions wanted = new Conditions().and("s.fold = :fold").with("fold", parts(id)[1]);
    return database.read(handle -> wanted.query(handle, SELECT, "").map(SqlSignIns::map).findOne());
  }

  /** Time and fold of an entry. */
  private static String[] parts(String id) {
    String[] parts = Walk.place(id).split("-", 2);
    if (parts.length != 2 || !parts[0].matches("[0-9]{1,18}")) {
      throw invalid("that is not the id of an entry", "Use the id of the last one of a page.");
    }
    return parts;
  }

  private static void behind(String id, Conditions wanted) {
    String[] parts = parts(id);
    wanted
        .and("(s.last_at, s.fold) < (:afterTime, :afterFold)")
        .with("afterTime", Long.parseLong(parts[0]))
        .with("afterFold", parts[1]);
  }

  static Entry map(ResultSet row, StatementContext context) throws SQLException {
    long lastAt = row.getLong("last_at");
    return new Entry(
        lastAt + "-" + row.getString("fold"),
        Instant.ofEpochMilli(row.getLong("first_at")),
        Instant.ofEpochMilli(lastAt),
        row.getLong("attempts"),
        Optional.ofNullable(row.getString("user_id")),
        Optional.ofNullable(row.getString("user_name")),
        Optional.ofNullable(row.getString("name_digest")),
        Optional.ofNullable(row.getString("domain")),
        Optional.ofNullable(row.getString("credential_id")),
        row.getString("protocol"),
        row.getString("mechanism"),
        Optional.ofNullable(row.getString("peer")).map(PeerKey::parse),
        row.getString("client"),
        row.getString("outcome"),
        row.getString("reason"),
        Optional.ofNullable(row.getString("upstream")));
  }

  private static RefusedException invalid(String detail, String remedy) {
    return new RefusedException(RefusedException.Code.INVALID, detail, remedy);
  }
}
