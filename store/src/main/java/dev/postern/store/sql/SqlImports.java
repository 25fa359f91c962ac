package dev.postern.store.sql;

import dev.postern.store.Actor;
import dev.postern.store.RefusedException;
import dev.postern.store.auth.LoginName;
import dev.postern.store.auth.User;
import dev.postern.store.hash.SlowPool;
import dev.postern.store.imports.ForeignSecret;
import dev.postern.store.imports.Imports;
import dev.postern.store.seal.SecretBox;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.jdbi.v3.core.Handle;

/**
 * Writes hashes of other systems as app passwords. The id of each follows from where it comes from
 * and whose it is, so that the same import finds its rows again.
 */
public final class SqlImports implements Imports {
  private final Database database;
  private final Writes writes;
  private final UserTable users;
  private final LoginNameTable names;
  private final AppPasswordTable table;
  private final AppPasswordLocks locks;
  private final SlowPool.Limits slowLimits;
  private final SecretBox secretBox;
  private final ChangeLog changeLog;
  private final Runnable imported;

  /**
   * @param imported told that this process imports something
   */
  SqlImports(
      Database database,
      Writes writes,
      UserTable users,
      LoginNameTable names,
      AppPasswordTable table,
      AppPasswordLocks locks,
      SlowPool.Limits slowLimits,
      SecretBox secretBox,
      ChangeLog changeLog,
      Runnable imported) {
    this.database = database;
    this.writes = writes;
    this.users = users;
    this.names = names;
    this.table = table;
    this.locks = locks;
    this.slowLimits = slowLimits;
    this.secretBox = secretBox;
    this.changeLog = changeLog;
    this.imported = imported;
  }

  @Override
  public List<Verdict> take(List<ForeignSecret> secrets, boolean isRehearsal, Actor actor) {
    if (secrets.size() > MOST) {
      throw new IllegalArgumentException("at most " + MOST + " at once, not " + secrets.size());
    }
    if (secrets.isEmpty()) {
      return List.of();
    }
    if (isRehearsal) {
      // As a transaction that writes nothing: it locks the users as the real one does.
      return database.write(handle -> plan(handle, secrets, actor).verdicts());
    }
    return writes.run((handle, changes) -> {
      ImportPlan plan = plan(handle, secrets, actor);
      users.insert(handle, plan.newUsers());
      names.claimAll(handle, plan.newUsers(), changes);
      table.insert(handle, plan.newCredentials());
      List<AppPasswordRow> _ = table.save(handle, plan.changedRows());
      changeLog.write(handle, actor, writes.now(), plan.entries());
      plan.changedUsers().stream().map(Change::ofUser).forEach(changes);
      if (plan.verdicts().stream().anyMatch(SqlImports::isHere)) {
        imported.run();
        handle.execute("UPDATE change_counter SET has_imports = 1 WHERE has_imports = 0");
      }
      return plan.verdicts();
    });
  }

  private static boolean isHere(Verdict verdict) {
    return switch (verdict) {
      case Verdict.Added _, Verdict.Replaced _, Verdict.Unchanged _ -> true;
      case Verdict.Refused _ -> false;
    };
  }

  private ImportPlan plan(Handle handle, List<ForeignSecret> secrets, Actor actor) {
    Map<ForeignSecret, LoginName> wanted = new HashMap<>();
    secrets.forEach(secret -> name(secret).ifPresent(name -> wanted.put(secret, name)));
    Map<String, User> known =
        wanted.isEmpty() ? new HashMap<>() : users.lock(handle, Set.copyOf(wanted.values()));
    List<LoginName> missing =
        wanted.values().stream()
            .distinct()
            .filter(name -> !known.containsKey(name.value()))
            .toList();
    List<String> ids =
        secrets.stream()
            .flatMap(secret ->
                Optional.ofNullable(wanted.get(secret))
                    .map(name -> known.get(name.value()))
                    .map(user -> ImportPlan.id(secret.origin(), user.id()))
                    .stream())
            .distinct()
            .toList();
    locks.rows(handle, ids);
    Map<String, AppPasswordRow> rows =
        table.byIds(handle, ids).stream().collect(Collectors.toMap(AppPasswordRow::id, row -> row));
    ImportPlan plan =
        new ImportPlan(
            known,
            names.taken(handle, missing.stream().map(LoginName::value).toList()),
            rows,
            table.existing(handle, ids),
            table.countActive(handle, known.values().stream().map(User::id).toList(), writes.now()),
            (name, now) -> users.fresh(name, Optional.empty(), Optional.empty(), now, actor),
            slowLimits::fits,
            secretBox,
            writes.now(),
            actor);
    secrets.forEach(secret -> plan.add(secret, Optional.ofNullable(wanted.get(secret))));
    return plan;
  }

  private static Optional<LoginName> name(ForeignSecret secret) {
    try {
      return Optional.of(UserTable.name(secret.user()));
    } catch (RefusedException _) {
      return Optional.empty();
    }
  }
}
