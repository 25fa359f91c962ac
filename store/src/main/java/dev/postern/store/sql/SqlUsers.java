package dev.postern.store.sql;

import dev.postern.store.Actor;
import dev.postern.store.Page;
import dev.postern.store.RefusedException;
import dev.postern.store.audit.Changes.Subject;
import dev.postern.store.audit.Snapshot;
import dev.postern.store.auth.AppPasswordPolicy;
import dev.postern.store.auth.Edit;
import dev.postern.store.auth.LoginName;
import dev.postern.store.auth.Secret;
import dev.postern.store.auth.User;
import dev.postern.store.auth.UserEdit;
import dev.postern.store.auth.UserFilter;
import dev.postern.store.auth.Users;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Consumer;
import org.jdbi.v3.core.Handle;

/** Keeps users in the database. */
public final class SqlUsers implements Users {
  private static final int LONGEST_PAGE = 1000;

  private final Database database;
  private final Writes writes;
  private final UserTable table;
  private final LoginNameTable names;
  private final UpstreamPasswordTable upstreamPasswords;
  private final PolicyTable policies;
  private final AppPasswordLocks locks;
  private final ChangeLog changeLog;
  private final Aliases aliases;

  SqlUsers(
      Database database,
      Writes writes,
      UserTable table,
      LoginNameTable names,
      UpstreamPasswordTable upstreamPasswords,
      PolicyTable policies,
      AppPasswordLocks locks,
      ChangeLog changeLog) {
    this.database = database;
    this.writes = writes;
    this.table = table;
    this.names = names;
    this.upstreamPasswords = upstreamPasswords;
    this.policies = policies;
    this.locks = locks;
    this.changeLog = changeLog;
    this.aliases = new Aliases(database, writes, table, names, changeLog);
  }

  @Override
  public User add(
      String typed, Optional<String> upstream, Optional<String> upstreamUser, Actor actor) {
    LoginName name = UserTable.name(typed);
    upstream.ifPresent(SqlUsers::requireUpstreamName);
    upstreamUser.ifPresent(SqlUsers::requireUpstreamUser);
    return writes.run((handle, changes) -> {
      User user = table.fresh(name, upstream, upstreamUser, writes.now(), actor);
      if (!names.taken(handle, List.of(name.value())).isEmpty()) {
        throw LoginNameTable.taken(name);
      }
      table.insert(handle, List.of(user));
      names.claimAll(handle, List.of(user), changes);
      record(handle, actor, "add", Optional.empty(), Optional.of(user), "");
      return user;
    });
  }

  @Override
  public Optional<User> find(String typed) {
    return LoginName.parse(typed)
        .flatMap(name -> database.read(handle -> table.byName(handle, name)));
  }

  @Override
  public Optional<User> findById(String id) {
    return database.read(handle -> table.byId(handle, id));
  }

  @Override
  public Optional<User> holder(String typed) {
    return LoginName.parse(typed)
        .flatMap(name ->
            database.read(handle ->
                LoginNameTable.owner(handle, name).flatMap(id -> table.byId(handle, id))));
  }

  @Override
  public List<User> list(String after, int limit) {
    requirePage(limit);
    return database.read(handle ->
        handle
            .createQuery(UserTable.SELECT + "WHERE name > :after ORDER BY name LIMIT " + limit)
            .bind("after", after)
            .map(table::map)
            .list()
            .stream()
            .flatMap(Optional::stream)
            .toList());
  }

  @Override
  public Page<User> list(UserFilter filter, String after, int limit) {
    requirePage(limit);
    Walk walk = UserTable.walk(filter);
    String place = Walk.place(after);
    return database.read(handle -> {
      Walk.Keys found = walk.page(handle, place, limit);
      return new Page<>(table.inOrder(handle, found.keys()), found.next());
    });
  }

  private static void requirePage(int limit) {
    if (limit < 1 || limit > LONGEST_PAGE) {
      throw invalid("a page has 1 to " + LONGEST_PAGE + " users", "Ask for that many.");
    }
  }

  @Override
  public User disable(String typed, String reason, OptionalLong expectedVersion, Actor actor) {
    String why = AppPasswordPolicy.reason(reason);
    return change(
        typed,
        (handle, user, changes) -> {
          Versions.require(expectedVersion, user.version(), "user");
          if (user.disabled().isEmpty()) {
            changes.accept(Change.ofName(user.id(), user.name()));
            User changed =
                table.save(
                    handle, user.withDisabled(Optional.of(new User.Disabled(writes.now(), why))));
            record(handle, actor, "disable", Optional.of(user), Optional.of(changed), why);
            return changed;
          }
          return user;
        });
  }

  @Override
  public User enable(String typed, OptionalLong expectedVersion, Actor actor) {
    return change(
        typed,
        (handle, user, changes) -> {
          Versions.require(expectedVersion, user.version(), "user");
          if (user.disabled().isPresent()) {
            changes.accept(Change.ofName(user.id(), user.name()));
            User changed = table.save(handle, user.withDisabled(Optional.empty()));
            record(handle, actor, "enable", Optional.of(user), Optional.of(changed), "");
            return changed;
          }
          return user;
        });
  }

  @Override
  public User edit(String typed, UserEdit edit, Actor actor) {
    edit.upstream().of(Optional.empty()).ifPresent(SqlUsers::requireUpstreamName);
    edit.upstreamUser().of(Optional.empty()).ifPresent(SqlUsers::requireUpstreamUser);
    Edit<Optional<String>> group =
        switch (edit.group()) {
          case Edit.Keep<Optional<String>> keep -> keep;
          case Edit.To<Optional<String>>(Optional<String> name) ->
              new Edit.To<>(name.map(SqlPolicies::group));
        };
    return change(
        typed,
        (handle, user, changes) -> {
          Versions.require(edit.expectedVersion(), user.version(), "user");
          User edited =
              user.withUpstream(
                      edit.upstream().of(user.upstream()),
                      edit.upstreamUser().of(user.upstreamUser()))
                  .withGroup(group.of(user.group()))
                  .withProtected(edit.isProtected().of(user.isProtected()));
          if (edited.equals(user)) {
            return user;
          }
          changes.accept(Change.ofName(user.id(), user.name()));
          User changed = table.save(handle, edited);
          record(handle, actor, "edit", Optional.of(user), Optional.of(changed), "");
          return changed;
        });
  }

  @Override
  public boolean isGroup(String typed) {
    String group = SqlPolicies.group(typed);
    return database.read(handle ->
        handle
            .createQuery(
                "SELECT EXISTS (SELECT 1 FROM users WHERE group_name = :group)"
                    + " OR EXISTS (SELECT 1 FROM policies"
                    + " WHERE kind = 'group' AND subject = :group AND rules <> '')")
            .bind("group", group)
            .mapTo(Boolean.class)
            .one());
  }

  @Override
  public List<String> aliases(String typed) {
    return aliases.of(UserTable.name(typed));
  }

  @Override
  public void addAlias(String typed, String alias, Actor actor) {
    aliases.add(UserTable.name(typed), UserTable.name(alias), actor);
  }

  @Override
  public void removeAlias(String typed, String alias, Actor actor) {
    aliases.remove(UserTable.name(typed), UserTable.name(alias), actor);
  }

  @Override
  public void remove(String typed, OptionalLong expectedVersion, Actor actor) {
    LoginName name = UserTable.name(typed);
    User _ =
        writes.run((handle, changes) -> {
          User user = table.lock(handle, name);
          Versions.require(expectedVersion, user.version(), "user");
          locks.all(handle, user.id());
          names.announceAll(handle, user.id(), changes);
          changes.accept(Change.ofUser(user.id()));
          policies.forgetUser(handle, user.id());
          handle.createUpdate("DELETE FROM users WHERE id = :id").bind("id", user.id()).execute();
          record(handle, actor, "remove", Optional.of(user), Optional.empty(), "");
          return user;
        });
  }

  @Override
  public void setUpstreamPassword(String typed, String upstream, Secret password, Actor actor) {
    requireUpstreamName(upstream);
    if (password.length() < 1 || password.length() > UpstreamPasswordTable.LONGEST) {
      throw invalid(
          "the upstream password has " + password.length() + " bytes",
          "Give 1 to " + UpstreamPasswordTable.LONGEST + " bytes.");
    }
    if (password.expose(SqlUsers::breaksALine)) {
      throw invalid(
          "the upstream password has a NUL, CR or LF, which no login can carry",
          "Give one line of text.");
    }
    User _ =
        change(
            typed,
            (handle, user, changes) -> {
              upstreamPasswords.put(handle, user.id(), upstream, password);
              changes.accept(Change.ofUser(user.id()));
              changeLog.write(handle, actor, writes.now(), sealed(user, upstream));
              return user;
            });
  }

  private static boolean breaksALine(byte[] text) {
    for (byte each : text) {
      if (each == 0 || each == '\r' || each == '\n') {
        return true;
      }
    }
    return false;
  }

  @Override
  public List<String> upstreamPasswords(String typed) {
    LoginName name = UserTable.name(typed);
    return database.read(handle -> {
      User user = table.byName(handle, name).orElseThrow(() -> UserTable.unknown(name));
      return upstreamPasswords.ofUser(handle, user.id()).keySet().stream().sorted().toList();
    });
  }

  private void record(
      Handle handle,
      Actor actor,
      String verb,
      Optional<User> before,
      Optional<User> after,
      String reason) {
    changeLog.write(handle, actor, writes.now(), ChangeLog.Entry.of(verb, before, after, reason));
  }

  /** That there is a password is no secret. */
  private static ChangeLog.Entry sealed(User user, String upstream) {
    return new ChangeLog.Entry(
        "user.upstream-password",
        new Subject("user", user.id(), Optional.of(user.name()), Optional.of(user.id())),
        Optional.empty(),
        Optional.of(Snapshot.start().text("upstream", upstream).end()),
        Optional.empty());
  }

  private interface Act {
    User on(Handle handle, User user, Consumer<Change> changes);
  }

  /** Changes a locked user and returns what became of it. */
  private User change(String typed, Act act) {
    LoginName name = UserTable.name(typed);
    return writes.run((handle, changes) -> {
      User user = table.lock(handle, name);
      return act.on(handle, user, changes);
    });
  }

  private static void requireUpstreamName(String upstream) {
    if (!upstream.matches("[A-Za-z0-9][A-Za-z0-9._-]{0,63}")) {
      throw invalid(
          "that cannot be the name of an upstream", "Use the name it has in the configuration.");
    }
  }

  /** It goes into commands to the upstream. */
  private static void requireUpstreamUser(String upstreamUser) {
    if (upstreamUser.isEmpty()
        || upstreamUser.length() > LoginName.LONGEST
        || upstreamUser.chars().anyMatch(Character::isISOControl)) {
      throw invalid(
          "that cannot be a user's name at the upstream",
          "Use 1 to 320 characters without control characters.");
    }
  }

  private static RefusedException invalid(String detail, String remedy) {
    return new RefusedException(RefusedException.Code.INVALID, detail, remedy);
  }
}
