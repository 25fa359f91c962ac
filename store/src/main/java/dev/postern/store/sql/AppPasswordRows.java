package dev.postern.store.sql;

import dev.postern.store.auth.AppPassword;
import dev.postern.store.auth.Cidr;
import dev.postern.store.auth.Credential;
import dev.postern.store.auth.Lane;
import dev.postern.store.auth.Protection;
import dev.postern.store.auth.Scope;
import dev.postern.store.auth.StoredSecret;
import dev.postern.store.integrity.RowChecks;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jdbi.v3.core.mapper.RowMapper;
import org.jdbi.v3.core.statement.StatementContext;
import org.jspecify.annotations.Nullable;

/**
 * Rows of {@code app_passwords} as objects. A row that makes no sense or whose signature is not
 * right, which only somebody with the database in hand can make, is left out and reported: it never
 * lets anybody in, and does not keep the user's other app passwords from working.
 */
final class AppPasswordRows implements RowMapper<Optional<AppPasswordRow>> {
  /**
   * What is mapped here, of app passwords {@code a} and users {@code u}; and {@code login_name},
   * the own login name if it is wanted.
   */
  static final String COLUMNS =
      """
      a.id, a.user_id, u.name AS user_name, a.label, a.scopes, a.networks, a.secret, a.expires_at, a.idle_expiry,
          a.unused_expires_at, a.replaces, a.overlap_ends_at, a.state, a.state_at, a.state_reason, a.created_at, a.created_by,
          a.machine_made, a.version, a.signature,
          a.last_used_at, a.last_used_from, a.last_used_scope, a.last_used_protection, a.last_used_client,
          a.exposed_at, a.lane
      """;

  /** Begins every SELECT of app passwords alone. */
  static final String SELECT =
      "SELECT "
          + COLUMNS
          + """
          , l.name AS login_name
          FROM app_passwords a
          JOIN users u ON u.id = a.user_id
          LEFT JOIN login_names l ON l.app_password_id = a.id
          """;

  private static final String SEPARATOR = ",";

  private final RowChecks checks;

  AppPasswordRows(RowChecks checks) {
    this.checks = checks;
  }

  static String print(Set<Scope> scopes) {
    return scopes.stream().sorted().map(Scope::word).collect(Collectors.joining(SEPARATOR));
  }

  static String print(List<Cidr> networks) {
    return networks.stream().map(Cidr::toString).collect(Collectors.joining(SEPARATOR));
  }

  @Override
  public Optional<AppPasswordRow> map(ResultSet row, StatementContext context) throws SQLException {
    return map(row);
  }

  /** The row; empty, and an alarm, if it cannot be believed. */
  Optional<AppPasswordRow> map(ResultSet row) throws SQLException {
    String id = text(row, "id");
    AppPasswordRow read;
    try {
      String secret = text(row, "secret");
      read =
          new AppPasswordRow(
              new Credential(
                  appPassword(row, id),
                  StoredSecret.parse(secret),
                  instant(row, "unused_expires_at"),
                  instant(row, "overlap_ends_at"),
                  optional(row, "replaces"),
                  row.getInt("machine_made") != 0),
              secret);
    } catch (IllegalArgumentException | DateTimeException _) {
      checks.malformed(AppPasswordRow.TABLE, id);
      return Optional.empty();
    }
    if (!checks.isGenuine(
        AppPasswordRow.TABLE,
        id,
        read.credential().version(),
        read.facts(),
        row.getString("signature"))) {
      return Optional.empty();
    }
    if (read.credential().stored().isEmpty()) {
      checks.malformed(AppPasswordRow.TABLE, id);
    }
    return Optional.of(read);
  }

  private static AppPassword appPassword(ResultSet row, String id) throws SQLException {
    return new AppPassword(
        id,
        text(row, "user_id"),
        text(row, "user_name"),
        text(row, "label"),
        scopes(text(row, "scopes")),
        optional(row, "login_name"),
        networks(text(row, "networks")),
        instant(row, "expires_at"),
        millis(row, "idle_expiry").map(Duration::ofMillis),
        Instant.ofEpochMilli(row.getLong("created_at")),
        text(row, "created_by"),
        lastUse(row),
        instant(row, "exposed_at"),
        state(row),
        Lane.ofWord(text(row, "lane"))
            .orElseThrow(() -> new IllegalArgumentException("no such lane")),
        row.getLong("version"));
  }

  private static AppPassword.State state(ResultSet row) throws SQLException {
    String reason = optional(row, "state_reason").orElse("");
    Instant at = instant(row, "state_at").orElse(Instant.EPOCH);
    return switch (text(row, "state")) {
      case "active" -> new AppPassword.State.Active();
      case "suspended" -> new AppPassword.State.Suspended(at, reason);
      case "revoked" -> new AppPassword.State.Revoked(at, reason);
      case "expired" -> new AppPassword.State.Expired(at, cause(reason));
      default -> throw new IllegalArgumentException("no such state");
    };
  }

  private static AppPassword.State.Cause cause(String word) {
    return Stream.of(AppPassword.State.Cause.values())
        .filter(cause -> cause.word().equals(word))
        .findFirst()
        .orElseThrow(() -> new IllegalArgumentException("no such cause"));
  }

  private static Optional<AppPassword.LastUse> lastUse(ResultSet row) throws SQLException {
    Optional<Instant> at = instant(row, "last_used_at");
    if (at.isEmpty()) {
      return Optional.empty();
    }
    try {
      // An address in figures: no name is looked up.
      InetAddress from = InetAddress.ofLiteral(text(row, "last_used_from"));
      return Optional.of(
          new AppPassword.LastUse(
              at.get(),
              InetAddress.getByAddress(from.getAddress()),
              Scope.ofWord(text(row, "last_used_scope")).orElseThrow(AppPasswordRows::noScope),
              optional(row, "last_used_protection").flatMap(Protection::ofWord),
              optional(row, "last_used_client").orElse("")));
    } catch (UnknownHostException e) {
      throw new IllegalArgumentException(e);
    }
  }

  private static Set<Scope> scopes(String words) {
    Set<Scope> scopes = EnumSet.noneOf(Scope.class);
    for (String word : words.split(SEPARATOR, -1)) {
      scopes.add(Scope.ofWord(word).orElseThrow(AppPasswordRows::noScope));
    }
    return scopes;
  }

  private static IllegalArgumentException noScope() {
    return new IllegalArgumentException("no such scope");
  }

  private static List<Cidr> networks(String text) {
    return text.isEmpty()
        ? List.of()
        : Stream.of(text.split(SEPARATOR, -1)).map(Cidr::parse).toList();
  }

  private static Optional<Instant> instant(ResultSet row, String column) throws SQLException {
    return millis(row, column).map(Instant::ofEpochMilli);
  }

  private static Optional<Long> millis(ResultSet row, String column) throws SQLException {
    long value = row.getLong(column);
    return row.wasNull() ? Optional.empty() : Optional.of(value);
  }

  private static Optional<String> optional(ResultSet row, String column) throws SQLException {
    return Optional.ofNullable(row.getString(column));
  }

  private static String text(ResultSet row, String column) throws SQLException {
    @Nullable String value = row.getString(column);
    return value == null ? "" : value;
  }
}
