package dev.postern.store.sql;

import dev.postern.store.RefusedException;
import dev.postern.store.access.ApiToken;
import dev.postern.store.access.Role;
import dev.postern.store.access.StoredToken;
import dev.postern.store.integrity.RowChecks;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.statement.Query;
import org.jdbi.v3.core.statement.Update;

/**
 * Statements on {@code api_tokens}. Whoever makes one locks the table first, so that their number
 * and their names can be looked at; whoever changes one locks its row. A row that Postern did not
 * write is left out and raises the alarm.
 */
final class ApiTokenTable {
  /**
   * Rows that are read of those that work, twenty times as many as there can be: somebody else who
   * fills the table fills neither memory nor time with it.
   */
  static final int MOST_READ = 20_000;

  /**
   * Text is cut behind what Postern writes at most; what was cut is not what was signed. Domains
   * are a hundred of 255 characters.
   */
  private static final String COLUMNS =
      "substr(api_tokens.id, 1, 32) AS id, substr(name, 1, 200) AS name,"
          + " substr(role, 1, 16) AS role, substr(domains, 1, 26000) AS domains,"
          + " substr(digest, 1, 200) AS digest, created_at, substr(created_by, 1, 1000) AS"
          + " created_by, expires_at, revoked_at, substr(revoked_reason, 1, 1000) AS"
          + " revoked_reason, version, substr(signature, 1, 200) AS signature, last_used_at,"
          + " substr(last_used_from, 1, 64) AS last_used_from";

  private static final String SELECT = "SELECT " + COLUMNS + " FROM api_tokens";
  private static final String WORKING =
      " WHERE revoked_at IS NULL AND (expires_at IS NULL OR expires_at > :now)";

  private final RowChecks checks;
  private final Dialect dialect;

  ApiTokenTable(RowChecks checks, Dialect dialect) {
    this.checks = checks;
    this.dialect = dialect;
  }

  /**
   * What works.
   *
   * @param isCrowded whether there are more rows than were read
   */
  record Working(List<ApiTokenRow> genuine, boolean isCrowded) {
    /**
     * All of them.
     *
     * @throws RefusedException {@code STATE} if not all were read
     */
    List<ApiTokenRow> all() {
      if (isCrowded) {
        throw new RefusedException(
            RefusedException.Code.STATE,
            "the table api_tokens holds more rows than Postern writes, and more than are read",
            "Delete the rows that you do not know from it, and find out who wrote them.");
      }
      return genuine;
    }
  }

  /** Those that are neither revoked nor over. */
  Working working(Handle handle, Instant now) {
    List<Optional<ApiTokenRow>> rows =
        rows(
            handle
                .createQuery(SELECT + WORKING + " LIMIT " + (MOST_READ + 1))
                .bind("now", now.toEpochMilli()));
    return new Working(genuine(rows), rows.size() > MOST_READ);
  }

  /**
   * Ids of those under a pepper, in their order, so that whoever locks several never waits twice.
   */
  static List<String> under(List<ApiTokenRow> rows, String pepper) {
    return rows.stream()
        .filter(row -> row.stored().keyId().equals(pepper))
        .map(ApiTokenRow::id)
        .sorted()
        .toList();
  }

  /** Those that were revoked because a pepper ended, in the order of their ids. */
  List<ApiTokenRow> revokedWith(Handle handle, String pepper) {
    return genuine(
        rows(
            handle
                .createQuery(
                    SELECT
                        + " WHERE revoked_reason = :reason ORDER BY api_tokens.id LIMIT "
                        + MOST_READ)
                .bind("reason", PepperEnd.reason(pepper))));
  }

  /** Those of these ids that are neither revoked nor over. */
  List<ApiTokenRow> working(Handle handle, Collection<String> ids, Instant now) {
    return ids.isEmpty()
        ? List.of()
        : genuine(
            rows(
                handle
                    .createQuery(SELECT + WORKING + " AND id IN (<ids>)")
                    .bindList("ids", List.copyOf(ids))
                    .bind("now", now.toEpochMilli())));
  }

  Optional<ApiTokenRow> find(Handle handle, String id) {
    return genuine(rows(handle.createQuery(SELECT + " WHERE id = :id").bind("id", id))).stream()
        .findFirst();
  }

  /** The same, which stays as it is until the transaction ends. */
  Optional<ApiTokenRow> lock(Handle handle, String id) {
    return genuine(
            rows(handle.createQuery(SELECT + " WHERE id = :id" + dialect.rowLock()).bind("id", id)))
        .stream()
        .findFirst();
  }

  /**
   * A page of all, in the order of ids.
   *
   * @return empty at the end; what is in it may be fewer than there were rows
   */
  Optional<Page> page(Handle handle, String afterId, int limit) {
    List<String> ids =
        handle
            .createQuery(
                "SELECT id FROM api_tokens WHERE id > :after AND length(id) <= 32"
                    + " ORDER BY id LIMIT :limit")
            .bind("after", afterId)
            .bind("limit", limit)
            .mapTo(String.class)
            .list();
    return ids.isEmpty()
        ? Optional.empty()
        : Optional.of(
            new Page(
                genuine(
                    rows(
                        handle
                            .createQuery(SELECT + " WHERE id IN (<ids>) ORDER BY api_tokens.id")
                            .bindList("ids", ids))),
                ids.getLast()));
  }

  /**
   * Some rows.
   *
   * @param last the id to go on behind
   */
  record Page(List<ApiTokenRow> genuine, String last) {}

  /** Nobody makes one meanwhile, until the transaction ends. */
  void lockAll(Handle handle) {
    var _ =
        handle
            .createQuery("SELECT number FROM change_counter WHERE id = 1" + dialect.rowLock())
            .mapTo(Long.class)
            .findOne();
  }

  void insert(Handle handle, ApiTokenRow row) {
    ApiToken token = row.token();
    int _ =
        bind(
                handle
                    .createUpdate(
                        """
                        INSERT INTO api_tokens (id, name, role, domains, digest, created_at,
                            created_by, expires_at, version, signature)
                        VALUES (:id, :name, :role, :domains, :digest, :createdAt, :createdBy,
                            :expiresAt, :version, :signature)
                        """)
                    .bind("name", token.name())
                    .bind("role", token.role().word())
                    .bind("domains", row.domains())
                    .bind("createdAt", token.createdAt().toEpochMilli())
                    .bind("createdBy", token.createdBy())
                    .bind("expiresAt", token.expiresAt().map(Instant::toEpochMilli).orElse(null)),
                row)
            .execute();
  }

  /** Writes what may change of a row, which is locked. */
  void save(Handle handle, ApiTokenRow row) {
    int _ =
        bind(
                handle
                    .createUpdate(
                        """
                        UPDATE api_tokens
                        SET digest = :digest, revoked_at = :revokedAt, revoked_reason = :reason,
                            version = :version, signature = :signature
                        WHERE id = :id
                        """)
                    .bind(
                        "revokedAt",
                        row.token().revokedAt().map(Instant::toEpochMilli).orElse(null))
                    .bind("reason", row.revokedReason().orElse(null)),
                row)
            .execute();
  }

  private Update bind(Update update, ApiTokenRow row) {
    return update
        .bind("id", row.id())
        .bind("digest", row.stored().print())
        .bind("version", row.token().version())
        .bind("signature", checks.sign(row.facts()));
  }

  /** For signing anew. */
  SignedTable signed() {
    return new SignedTable(
        ApiTokenRow.TABLE,
        ApiTokenRow.TABLE,
        List.of("id"),
        SELECT,
        (row, _) -> read(row).map(ApiTokenRow::facts));
  }

  private List<Optional<ApiTokenRow>> rows(Query query) {
    return query.map((row, _) -> read(row)).list();
  }

  private static List<ApiTokenRow> genuine(List<Optional<ApiTokenRow>> rows) {
    return rows.stream().flatMap(Optional::stream).toList();
  }

  /** Empty, and an alarm, if it is not what Postern wrote. */
  private Optional<ApiTokenRow> read(ResultSet row) throws SQLException {
    String id = text(row, "id");
    Optional<Role> role = Role.ofWord(text(row, "role"));
    Optional<StoredToken> stored = StoredToken.parse(text(row, "digest"));
    if (role.isEmpty() || stored.isEmpty()) {
      checks.malformed(ApiTokenRow.TABLE, id);
      return Optional.empty();
    }
    String domains = text(row, "domains");
    ApiToken token =
        new ApiToken(
            id,
            text(row, "name"),
            role.get(),
            domains.isEmpty() ? Set.of() : Set.copyOf(List.of(domains.split(",", -1))),
            Instant.ofEpochMilli(row.getLong("created_at")),
            text(row, "created_by"),
            time(row, "expires_at"),
            time(row, "revoked_at"),
            lastUse(row),
            row.getLong("version"));
    ApiTokenRow read =
        new ApiTokenRow(token, stored.get(), Optional.ofNullable(row.getString("revoked_reason")));
    return checks.isGenuine(
            ApiTokenRow.TABLE, id, token.version(), read.facts(), row.getString("signature"))
        ? Optional.of(read)
        : Optional.empty();
  }

  private static Optional<ApiToken.LastUse> lastUse(ResultSet row) throws SQLException {
    String from = text(row, "last_used_from");
    return time(row, "last_used_at")
        .flatMap(at -> PeerKey.find(from).map(address -> new ApiToken.LastUse(at, address)));
  }

  private static Optional<Instant> time(ResultSet row, String column) throws SQLException {
    long millis = row.getLong(column);
    return row.wasNull() ? Optional.empty() : Optional.of(Instant.ofEpochMilli(millis));
  }

  /** NULL, which only another schema lets in, is no text. */
  private static String text(ResultSet row, String column) throws SQLException {
    return Optional.ofNullable(row.getString(column)).orElse("");
  }
}
