package dev.postern.store.sql;

import dev.postern.store.RefusedException;
import dev.postern.store.auth.LoginName;
import dev.postern.store.auth.NameRules;
import dev.postern.store.auth.User;
import dev.postern.store.integrity.RowChecks;
import dev.postern.store.integrity.RowFacts;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.generic.GenericType;
import org.jdbi.v3.core.statement.PreparedBatch;
import org.jdbi.v3.core.statement.StatementContext;

/**
 * Statements on {@code login_names}, the one name space of users, of their aliases, and of app
 * passwords with a name of their own. An app password that has ended keeps its name, so that a
 * login with it can be explained, until somebody else wants it.
 *
 * <p>The version of a name that is claimed is above the number of every change before. So a row
 * that was taken away is older than one that the same user is given later, and nodes can tell them
 * apart.
 */
final class LoginNameTable {
  static final String TABLE = "login_names";
  private static final String SELECT =
      "SELECT name, user_id, app_password_id, version, signature FROM login_names ";

  private final RowChecks checks;
  private final NameRules rules;

  /**
   * @param rules what of a name its owner may leave out, which no app password is to be called
   */
  LoginNameTable(RowChecks checks, NameRules rules) {
    this.checks = checks;
    this.rules = rules;
  }

  /** A row. */
  record Name(String name, String userId, Optional<String> appPasswordId, long version) {
    /** What its versions count for. A name that another user has next begins anew. */
    String row() {
      return row(name, userId);
    }

    static String row(String name, String userId) {
      return name + "/" + userId;
    }

    RowFacts facts() {
      return RowFacts.of(TABLE).text(name).text(userId).text(appPasswordId).number(version);
    }
  }

  private Optional<Name> map(ResultSet row, StatementContext context) throws SQLException {
    return map(row, "");
  }

  /**
   * A genuine row; empty, and an alarm, if it is not.
   *
   * @param prefix of the columns' names
   */
  Optional<Name> map(ResultSet row, String prefix) throws SQLException {
    Name read =
        new Name(
            row.getString(prefix + "name"),
            row.getString(prefix + "user_id"),
            Optional.ofNullable(row.getString(prefix + "app_password_id")),
            row.getLong(prefix + "version"));
    return checks.isGenuine(
            TABLE, read.row(), read.version, read.facts(), row.getString(prefix + "signature"))
        ? Optional.of(read)
        : Optional.empty();
  }

  /** The id of the user who has that name, or whose app password has or had it. */
  static Optional<String> owner(Handle handle, LoginName name) {
    return handle
        .createQuery("SELECT user_id FROM login_names WHERE name = :name")
        .bind("name", name.value())
        .mapTo(String.class)
        .findOne();
  }

  /** Those of the names that {@link #claim} would refuse. */
  Set<String> taken(Handle handle, Collection<String> names) {
    return names.isEmpty()
        ? Set.of()
        : handle
            .createQuery(
                """
                SELECT l.name FROM login_names l
                LEFT JOIN app_passwords a ON a.id = l.app_password_id
                WHERE l.name IN (<names>) AND (a.id IS NULL OR a.state IN ('active', 'suspended'))
                """)
            .bindList("names", List.copyOf(names))
            .mapTo(String.class)
            .set();
  }

  /**
   * Takes a name for a user, or for one of the user's app passwords.
   *
   * @throws RefusedException {@code CONFLICT} if somebody has it, or, where it is to be an app
   *     password's, if somebody else may log in with it for short
   */
  void claim(
      Handle handle,
      LoginName name,
      String userId,
      Optional<String> appPasswordId,
      Consumer<Change> changes) {
    if (!taken(handle, List.of(name.value())).isEmpty()) {
      throw taken(name);
    }
    if (appPasswordId.isPresent()) {
      requireNobodysShortForm(handle, name, userId);
    }
    long old = free(handle, List.of(name.value())).getOrDefault(name.value(), 0L);
    long version = Math.max(old, changesSoFar(handle)) + 1;
    Name claimed = new Name(name.value(), userId, appPasswordId, version);
    handle
        .createUpdate(
            "INSERT INTO login_names (name, user_id, app_password_id, version, signature)"
                + " VALUES (:name, :user, :id, :version, :signature)")
        .bind("name", name.value())
        .bind("user", userId)
        .bind("id", appPasswordId.orElse(null))
        .bind("version", version)
        .bind("signature", checks.sign(claimed.facts()))
        .execute();
    changes.accept(Change.ofName(userId, name.value()));
  }

  /** Whoever leaves out a domain would find himself at the door of somebody else's device. */
  private void requireNobodysShortForm(Handle handle, LoginName name, String userId) {
    List<String> longer = rules.others(name.value());
    boolean isShort =
        !longer.isEmpty()
            && handle
                .createQuery(
                    "SELECT EXISTS (SELECT 1 FROM login_names"
                        + " WHERE name IN (<names>) AND user_id <> :user)")
                .bindList("names", longer)
                .bind("user", userId)
                .mapTo(Boolean.class)
                .one();
    if (isShort) {
      throw new RefusedException(
          RefusedException.Code.CONFLICT,
          "the login name " + name + " is short for that of somebody else",
          "Choose another one.");
    }
  }

  private static long changesSoFar(Handle handle) {
    return handle
        .createQuery("SELECT number FROM change_counter WHERE id = 1")
        .mapTo(Long.class)
        .findOne()
        .orElse(0L);
  }

  /** The aliases of a user, in the order of their bytes. */
  List<String> aliases(Handle handle, User user) {
    return handle
        .createQuery(
            SELECT
                + "WHERE user_id = :user AND app_password_id IS NULL AND name <> :own"
                + " ORDER BY name")
        .bind("user", user.id())
        .bind("own", user.name())
        .map(this::map)
        .list()
        .stream()
        .flatMap(Optional::stream)
        .map(Name::name)
        .toList();
  }

  /** All names that lead to those users, by user. */
  Map<String, List<String>> ofUsers(Handle handle, List<String> userIds) {
    return userIds.isEmpty()
        ? Map.of()
        : handle
            .createQuery(SELECT + "WHERE user_id IN (<users>)")
            .bindList("users", userIds)
            .map(this::map)
            .list()
            .stream()
            .flatMap(Optional::stream)
            .collect(
                Collectors.groupingBy(
                    Name::userId, Collectors.mapping(Name::name, Collectors.toList())));
  }

  /** Takes an alias away, genuine or not; whether the user had it. */
  boolean release(Handle handle, LoginName alias, User user, Consumer<Change> changes) {
    int rows =
        handle
            .createUpdate(
                "DELETE FROM login_names WHERE name = :name AND user_id = :user"
                    + " AND app_password_id IS NULL AND name <> :own")
            .bind("name", alias.value())
            .bind("user", user.id())
            .bind("own", user.name())
            .execute();
    if (rows > 0) {
      changes.accept(Change.ofName(user.id(), alias.value()));
    }
    return rows > 0;
  }

  /** Gives new users their names, which are not {@link #taken}. */
  void claimAll(Handle handle, List<User> users, Consumer<Change> changes) {
    if (users.isEmpty()) {
      return;
    }
    Map<String, Long> old = free(handle, users.stream().map(User::name).toList());
    PreparedBatch batch =
        handle.prepareBatch(
            "INSERT INTO login_names (name, user_id, version, signature)"
                + " VALUES (:name, :user, :version, :signature)");
    for (User user : users) {
      long version = old.getOrDefault(user.name(), 0L) + 1;
      Name claimed = new Name(user.name(), user.id(), Optional.empty(), version);
      batch
          .bind("name", user.name())
          .bind("user", user.id())
          .bind("version", version)
          .bind("signature", checks.sign(claimed.facts()))
          .add();
      changes.accept(Change.ofName(user.id(), user.name()));
    }
    batch.execute();
  }

  /** Moves an own login name from one app password to another of the same user. */
  void move(Handle handle, String userId, String from, String to, Consumer<Change> changes) {
    handle
        .createQuery(SELECT + "WHERE app_password_id = :from")
        .bind("from", from)
        .map(this::map)
        .findOne()
        .flatMap(read -> read)
        .map(old -> new Name(old.name, userId, Optional.of(to), old.version + 1))
        .ifPresent(moved -> {
          handle
              .createUpdate(
                  "UPDATE login_names SET app_password_id = :to, version = :version,"
                      + " signature = :signature WHERE name = :name")
              .bind("to", to)
              .bind("name", moved.name)
              .bind("version", moved.version)
              .bind("signature", checks.sign(moved.facts()))
              .execute();
          changes.accept(Change.ofName(userId, moved.name));
        });
  }

  /** All names that lead to a user. */
  void announceAll(Handle handle, String userId, Consumer<Change> changes) {
    handle
        .createQuery("SELECT name FROM login_names WHERE user_id = :user")
        .bind("user", userId)
        .mapTo(String.class)
        .forEach(name -> changes.accept(Change.ofName(userId, name)));
  }

  /**
   * Drops names of app passwords that have ended. The versions that they had: whoever has such a
   * name next counts on from there, or nodes would take the row for an old one that was put back.
   */
  private static Map<String, Long> free(Handle handle, List<String> names) {
    return handle
        .createQuery("DELETE FROM login_names WHERE name IN (<names>) RETURNING name, version")
        .bindList("names", names)
        .setMapKeyColumn("name")
        .setMapValueColumn("version")
        .collectInto(new GenericType<Map<String, Long>>() {});
  }

  static RefusedException taken(LoginName name) {
    return new RefusedException(
        RefusedException.Code.CONFLICT,
        "the login name " + name + " is taken, by a user, an alias or an app password",
        "Choose another one.");
  }

  SignedTable signed() {
    return new SignedTable(
        TABLE,
        TABLE,
        List.of("name"),
        SELECT,
        (row, context) -> map(row, context).map(Name::facts));
  }
}
