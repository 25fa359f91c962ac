package dev.postern.store.sql;

import dev.postern.store.Actor;
import dev.postern.store.RefusedException;
import dev.postern.store.auth.LoginName;
import dev.postern.store.auth.User;
import dev.postern.store.auth.UserFilter;
import dev.postern.store.integrity.RowChecks;
import dev.postern.store.integrity.RowFacts;
import java.security.SecureRandom;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.Collection;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.statement.PreparedBatch;
import org.jdbi.v3.core.statement.StatementContext;

/**
 * Statements on {@code users}. What is read has been checked, and what is written is signed: there
 * is no other way to change a row.
 */
final class UserTable {
  static final String SELECT =
      "SELECT id, name, upstream, upstream_user, group_name, protected, disabled_at,"
          + " disabled_reason, created_at, created_by, version, signature FROM users ";

  static final String TABLE = "users";

  private final Dialect dialect;
  private final RowChecks checks;
  private final SecureRandom random;

  UserTable(Dialect dialect, RowChecks checks, SecureRandom random) {
    this.dialect = dialect;
    this.checks = checks;
    this.random = random;
  }

  /**
   * The name of a user as somebody typed it.
   *
   * @throws RefusedException {@code INVALID} if it cannot be one
   */
  static LoginName name(String typed) {
    return LoginName.parse(typed)
        .filter(LoginName::fitsUser)
        .orElseThrow(() ->
            new RefusedException(
                RefusedException.Code.INVALID,
                "that cannot be the name of a user",
                "Use 1 to 320 characters without spaces and control characters, such as"
                    + " alice@example.com."));
  }

  static RefusedException unknown(LoginName name) {
    return new RefusedException(
        RefusedException.Code.NOT_FOUND,
        "there is no user " + name,
        "See 'postern user list'; 'postern user add " + name + "' adds one.");
  }

  Optional<User> byId(Handle handle, String id) {
    return handle
        .createQuery(SELECT + "WHERE id = :id")
        .bind("id", id)
        .map(this::map)
        .findOne()
        .flatMap(user -> user);
  }

  Optional<User> byName(Handle handle, LoginName name) {
    return handle
        .createQuery(SELECT + "WHERE name = :name")
        .bind("name", name.value())
        .map(this::map)
        .findOne()
        .flatMap(user -> user);
  }

  /** Those of the names that are users', by name. */
  Map<String, User> byNames(Handle handle, Collection<LoginName> names) {
    return names.isEmpty()
        ? Map.of()
        : byNames(handle, names.stream().map(LoginName::value).toList(), "");
  }

  /** Users of those names, as they are stored, by name. */
  List<User> inOrder(Handle handle, List<String> names) {
    return names.isEmpty()
        ? List.of()
        : List.copyOf(byNames(handle, names, " ORDER BY name").sequencedValues());
  }

  /**
   * Those users, to whom nobody else gives app passwords, and whom nobody else changes or removes,
   * until the transaction ends. In the order of names, as {@link AppPasswordLocks} says.
   */
  Map<String, User> lock(Handle handle, Collection<LoginName> names) {
    return byNames(
        handle,
        names.stream().map(LoginName::value).toList(),
        " ORDER BY name" + dialect.rowLock());
  }

  /**
   * What stands behind the last {@code @} of a name, or all of it; in these words there is an
   * index.
   */
  private static final String DOMAIN =
      "substr(name, length(rtrim(name, replace(name, '@', ''))) + 1)";

  /** Behind every name that begins with something: no name has this character. */
  private static final String LAST = Character.toString(Character.MAX_CODE_POINT);

  /**
   * Leads to those that fit. Protected and disabled ones, which are few, those of a group, and
   * those of a domain have an index of their own. Who may log in is nearly everybody. So is who is
   * not protected, but no page may end at somebody who is, since not all who read it may know of
   * them: the database itself passes over those.
   */
  static Walk walk(UserFilter filter) {
    Conditions along = new Conditions();
    Conditions beside = new Conditions();
    boolean isProtected = filter.isProtected().orElse(false);
    if (isProtected) {
      along.and("protected = 1");
    }
    filter
        .isDisabled()
        .ifPresent(wanted ->
            (wanted && along.isEmpty() ? along : beside)
                .and(wanted ? "disabled_at IS NOT NULL" : "disabled_at IS NULL"));
    filter
        .group()
        .map(SqlPolicies::group)
        .ifPresent(group ->
            (along.isEmpty() ? along : beside).and("group_name = :group").with("group", group));
    filter
        .domain()
        .map(SqlPolicies::domain)
        .ifPresent(domain ->
            (along.isEmpty() ? along : beside)
                .and(DOMAIN + " = :domain AND name <> :domain")
                .with("domain", domain));
    filter
        .startsWith()
        .map(UserTable::start)
        .ifPresent(start ->
            along
                .and("name >= :start AND name < :end")
                .with("start", start)
                .with("end", start + LAST));
    if (filter.isProtected().isPresent() && !isProtected) {
      along.and("protected <> 1");
    }
    return new Walk(TABLE, "name", along, beside);
  }

  private static String start(String typed) {
    if (typed.length() > LoginName.LONGEST || typed.codePoints().anyMatch(UserTable::isInNoName)) {
      throw new RefusedException(
          RefusedException.Code.INVALID,
          "no name begins with that",
          "Use up to " + LoginName.LONGEST + " characters that may be in a name.");
    }
    return typed.toLowerCase(Locale.ROOT);
  }

  private static boolean isInNoName(int point) {
    return Character.isISOControl(point) || Character.getType(point) == Character.SURROGATE;
  }

  private SequencedMap<String, User> byNames(Handle handle, List<String> names, String how) {
    SequencedMap<String, User> users = new LinkedHashMap<>();
    handle
        .createQuery(SELECT + "WHERE name IN (<names>)" + how)
        .bindList("names", names)
        .map(this::map)
        .list()
        .stream()
        .flatMap(Optional::stream)
        .forEach(user -> users.put(user.name(), user));
    return users;
  }

  /** That user, locked; {@code NOT_FOUND} if there is none. */
  User lock(Handle handle, LoginName name) {
    return Optional.ofNullable(lock(handle, List.of(name)).get(name.value()))
        .orElseThrow(() -> unknown(name));
  }

  /** A user that is not in the database yet. */
  User fresh(
      LoginName name,
      Optional<String> upstream,
      Optional<String> upstreamUser,
      Instant now,
      Actor actor) {
    byte[] id = new byte[16];
    random.nextBytes(id);
    return fresh(HexFormat.of().formatHex(id), name, upstream, upstreamUser, now, actor);
  }

  /** A new user whose id is given out already. */
  User fresh(
      String id,
      LoginName name,
      Optional<String> upstream,
      Optional<String> upstreamUser,
      Instant now,
      Actor actor) {
    return new User(
        id,
        name.value(),
        upstream,
        upstreamUser,
        Optional.empty(),
        false,
        Optional.empty(),
        now,
        actor.who(),
        1);
  }

  /** Adds users, without their login names. */
  void insert(Handle handle, List<User> users) {
    PreparedBatch batch =
        handle.prepareBatch(
            """
            INSERT INTO users (id, name, upstream, upstream_user, group_name, protected, disabled_at,
                disabled_reason, created_at, created_by, version, signature)
            VALUES (:id, :name, :upstream, :upstreamUser, :group, :protected, :disabledAt,
                :disabledReason, :at, :by, :version, :signature)
            """);
    // In the order of names, so that two who add the same ones never wait for each other.
    for (User user : users.stream().sorted(Comparator.comparing(User::name)).toList()) {
      bind(batch, user)
          .bind("name", user.name())
          .bind("at", user.createdAt().toEpochMilli())
          .bind("by", user.createdBy())
          .add();
    }
    if (!users.isEmpty()) {
      batch.execute();
    }
  }

  /**
   * Writes a changed user, which is locked, back as its next version and returns that.
   *
   * @throws RefusedException {@code CONFLICT} if it was changed since it was read
   */
  User save(Handle handle, User changed) {
    User next = changed.withVersion(changed.version() + 1);
    PreparedBatch batch =
        handle.prepareBatch(
            """
            UPDATE users
            SET upstream = :upstream, upstream_user = :upstreamUser, group_name = :group,
                protected = :protected, disabled_at = :disabledAt,
                disabled_reason = :disabledReason, version = :version, signature = :signature
            WHERE id = :id AND version = :version - 1
            """);
    if (bind(batch, next).add().execute()[0] == 0) {
      throw new RefusedException(
          RefusedException.Code.CONFLICT,
          "somebody else changed the same user at the same time",
          "Look at it again and repeat the command if it is still needed.");
    }
    return next;
  }

  private PreparedBatch bind(PreparedBatch batch, User user) {
    return batch
        .bind("id", user.id())
        .bind("upstream", user.upstream().orElse(null))
        .bind("upstreamUser", user.upstreamUser().orElse(null))
        .bind("group", user.group().orElse(null))
        .bind("protected", user.isProtected() ? 1 : 0)
        .bind(
            "disabledAt",
            user.disabled().map(User.Disabled::at).map(Instant::toEpochMilli).orElse(null))
        .bind("disabledReason", user.disabled().map(User.Disabled::reason).orElse(null))
        .bind("version", user.version())
        .bind("signature", checks.sign(facts(user)));
  }

  /** All that the signature covers. */
  static RowFacts facts(User user) {
    return RowFacts.of(TABLE)
        .text(user.id())
        .text(user.name())
        .text(user.upstream())
        .text(user.upstreamUser())
        .text(user.group())
        .number(user.isProtected() ? 1 : 0)
        .number(user.disabled().map(User.Disabled::at).map(Instant::toEpochMilli))
        .text(user.disabled().map(User.Disabled::reason))
        .number(user.createdAt().toEpochMilli())
        .text(user.createdBy())
        .number(user.version());
  }

  Optional<User> map(ResultSet row, StatementContext context) throws SQLException {
    return map(row, "");
  }

  /**
   * The user of a row; empty, and an alarm, if the row is not genuine.
   *
   * @param prefix of the columns' names
   */
  Optional<User> map(ResultSet row, String prefix) throws SQLException {
    long disabledAt = row.getLong(prefix + "disabled_at");
    Optional<User.Disabled> disabled =
        row.wasNull()
            ? Optional.empty()
            : Optional.of(
                new User.Disabled(
                    Instant.ofEpochMilli(disabledAt),
                    Optional.ofNullable(row.getString(prefix + "disabled_reason")).orElse("")));
    User user =
        new User(
            row.getString(prefix + "id"),
            row.getString(prefix + "name"),
            Optional.ofNullable(row.getString(prefix + "upstream")),
            Optional.ofNullable(row.getString(prefix + "upstream_user")),
            Optional.ofNullable(row.getString(prefix + "group_name")),
            row.getInt(prefix + "protected") != 0,
            disabled,
            Instant.ofEpochMilli(row.getLong(prefix + "created_at")),
            row.getString(prefix + "created_by"),
            row.getLong(prefix + "version"));
    return checks.isGenuine(
            TABLE, user.id(), user.version(), facts(user), row.getString(prefix + "signature"))
        ? Optional.of(user)
        : Optional.empty();
  }

  SignedTable signed() {
    return new SignedTable(
        TABLE,
        TABLE,
        List.of("id"),
        SELECT,
        (row, context) -> map(row, context).map(UserTable::facts));
  }
}
