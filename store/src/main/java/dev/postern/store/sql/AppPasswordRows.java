package dev.postern.store.sql;

import dev.postern.store.auth.AppPassword;
import dev.postern.store.auth.Cidr;
import dev.postern.store.auth.Credential;
import dev.postern.store.auth.Scope;
import dev.postern.store.auth.StoredSecret;
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
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Rows of {@code app_passwords} as objects. A row that makes no sense, which only somebody with the
 * database in hand can make, is left out and reported: it never lets anybody in, and does not keep
 * the user's other app passwords from working.
 */
final class AppPasswordRows implements RowMapper<Optional<Credential>> {
  /** Begins every SELECT whose rows are mapped here; {@code a} are the app passwords. */
  static final String SELECT =
      """
      SELECT a.id, a.user_id, u.name AS user_name, a.label, a.scopes, a.networks, a.secret,
          l.name AS login_name, a.expires_at, a.idle_expiry, a.unused_expires_at, a.replaces,
          a.overlap_ends_at, a.state, a.state_at, a.state_reason, a.created_at, a.created_by,
          a.machine_made, a.version, a.signature,
          a.last_used_at, a.last_used_from, a.last_used_scope, a.last_used_client
      FROM app_passwords a
      JOIN users u ON u.id = a.user_id
      LEFT JOIN login_names l ON l.app_password_id = a.id
      """;

  private static final Logger log = LoggerFactory.getLogger(AppPasswordRows.class);
  private static final String SEPARATOR = ",";

  private final Instant now;

  /**
   * @param now decides which overlaps are over
   */
  AppPasswordRows(Instant now) {
    this.now = now;
  }

  static String print(Set<Scope> scopes) {
    return scopes.stream().sorted().map(Scope::word).collect(Collectors.joining(SEPARATOR));
  }

  static String print(List<Cidr> networks) {
    return networks.stream().map(Cidr::toString).collect(Collectors.joining(SEPARATOR));
  }

  @Override
  public Optional<Credential> map(ResultSet row, StatementContext context) throws SQLException {
    String id = text(row, "id");
    try {
      Optional<Instant> overlapEndsAt = instant(row, "overlap_ends_at");
      Optional<StoredSecret> stored = StoredSecret.parse(text(row, "secret"));
      if (stored.isEmpty()) {
        log.warn("app password {} has a stored form that is not known; nobody can use it", id);
      }
      return Optional.of(
          new Credential(
              appPassword(row, id, overlapEndsAt),
              stored,
              instant(row, "unused_expires_at"),
              overlapEndsAt,
              optional(row, "replaces"),
              row.getInt("machine_made") != 0,
              row.getLong("version")));
    } catch (IllegalArgumentException | DateTimeException _) {
      log.warn("app password {} has a row that makes no sense; it is left out", id);
      return Optional.empty();
    }
  }

  private AppPassword appPassword(ResultSet row, String id, Optional<Instant> overlapEndsAt)
      throws SQLException {
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
        state(row, overlapEndsAt));
  }

  private AppPassword.State state(ResultSet row, Optional<Instant> overlapEndsAt)
      throws SQLException {
    String word = text(row, "state");
    String reason = optional(row, "state_reason").orElse("");
    Instant at = instant(row, "state_at").orElse(Instant.EPOCH);
    return switch (word) {
      case "revoked" -> new AppPassword.State.Revoked(at, reason);
      case "expired" -> new AppPassword.State.Expired(at, cause(reason));
      case "suspended", "active" -> {
        if (overlapEndsAt.isPresent() && !now.isBefore(overlapEndsAt.get())) {
          yield new AppPassword.State.Revoked(overlapEndsAt.get(), Rotation.OVERLAP_OVER);
        }
        yield word.equals("active")
            ? new AppPassword.State.Active()
            : new AppPassword.State.Suspended(at, reason);
      }
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
