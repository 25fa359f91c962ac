package dev.postern.store.sql;

import dev.postern.store.Actor;
import dev.postern.store.Page;
import dev.postern.store.RefusedException;
import dev.postern.store.RefusedException.Code;
import dev.postern.store.auth.AppPassword;
import dev.postern.store.auth.AppPassword.State;
import dev.postern.store.auth.AppPasswordEdit;
import dev.postern.store.auth.AppPasswordFilter;
import dev.postern.store.auth.AppPasswordPolicy;
import dev.postern.store.auth.AppPasswords;
import dev.postern.store.auth.IssuedAppPassword;
import dev.postern.store.auth.LoginName;
import dev.postern.store.auth.NewAppPassword;
import dev.postern.store.auth.Revocation;
import dev.postern.store.auth.User;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Consumer;
import java.util.function.IntConsumer;
import org.jdbi.v3.core.Handle;

/** Keeps app passwords in the database. {@link Issuing} makes them; here they change and end. */
public final class SqlAppPasswords implements AppPasswords {
  private static final int PAGE = 1000;

  private final Database database;
  private final Writes writes;
  private final UserTable users;
  private final AppPasswordTable table;
  private final AppPasswordLocks locks;
  private final Succession succession;
  private final Issuing issuing;
  private final ChangeLog changeLog;
  private final PolicyTable policies;
  private final BulkRevocation bulk;

  SqlAppPasswords(
      Database database,
      Writes writes,
      UserTable users,
      LoginNameTable names,
      AppPasswordTable table,
      Rotation rotation,
      Issuing issuing,
      PolicyTable policies,
      AppPasswordLocks locks,
      ChangeLog changeLog) {
    this.database = database;
    this.writes = writes;
    this.users = users;
    this.table = table;
    this.locks = locks;
    this.succession = new Succession(writes, locks, names, table, rotation, issuing, changeLog);
    this.issuing = issuing;
    this.changeLog = changeLog;
    this.policies = policies;
    this.bulk = new BulkRevocation(database, writes, table, changeLog);
  }

  @Override
  public IssuedAppPassword create(String user, NewAppPassword spec, Actor actor) {
    return issuing.create(user, spec, actor);
  }

  @Override
  public void createForAll(
      List<String> typed,
      NewAppPassword spec,
      boolean addMissing,
      Actor actor,
      Consumer<IssuedAppPassword> committed) {
    issuing.createForAll(typed, spec, addMissing, actor, committed);
  }

  @Override
  public Optional<AppPassword> find(String id) {
    return database.read(handle -> table.byId(handle, id)).map(row -> row.at(writes.now()));
  }

  @Override
  public List<AppPassword> list(String typed) {
    LoginName name = UserTable.name(typed);
    return database.read(handle -> {
      User user = users.byName(handle, name).orElseThrow(() -> UserTable.unknown(name));
      Instant now = writes.now();
      return table.ofUser(handle, user.id()).stream().map(row -> row.at(now)).toList();
    });
  }

  @Override
  public Page<AppPassword> page(AppPasswordFilter filter, Optional<String> after, int limit) {
    if (limit < 1 || limit > PAGE) {
      throw new RefusedException(
          Code.INVALID, "a page has 1 to " + PAGE + " app passwords", "Ask for that many.");
    }
    Optional<LoginName> name = filter.user().map(UserTable::name);
    String place = Walk.place(after.orElse(""));
    return database.read(handle -> {
      Optional<String> userId =
          name.map(typed ->
              users.byName(handle, typed).orElseThrow(() -> UserTable.unknown(typed)).id());
      Walk.Keys found = AppPasswordTable.walk(filter, userId).page(handle, place, limit);
      Instant now = writes.now();
      List<AppPassword> fitting =
          table.byIds(handle, found.keys()).stream()
              .map(row -> row.at(now))
              .filter(one -> filter.state().map(one.state().word()::equals).orElse(true))
              .toList();
      return new Page<>(fitting, found.next());
    });
  }

  @Override
  public void forEachWorking(Consumer<AppPassword> each) {
    Optional<AppPasswordTable.Place> place = Optional.of(AppPasswordTable.Place.START);
    while (place.isPresent()) {
      AppPasswordTable.Place from = place.get();
      AppPasswordTable.Page page = database.read(handle -> table.working(handle, from, PAGE));
      Instant now = writes.now();
      page.rows().stream()
          .map(row -> row.at(now))
          .filter(one -> !isFinal(one.state()))
          .forEach(each);
      place = page.next();
    }
  }

  @Override
  public IssuedAppPassword rotate(
      String id, Duration overlap, OptionalLong expectedVersion, Actor actor) {
    return succession.rotate(id, overlap, expectedVersion, actor);
  }

  @Override
  public AppPassword suspend(String id, String reason, OptionalLong expectedVersion, Actor actor) {
    String why = AppPasswordPolicy.reason(reason);
    return change(
        id,
        new Wish("suspend", why, expectedVersion, actor),
        now -> new State.Suspended(now, why),
        current ->
            switch (current) {
              case State.Active _ -> true;
              case State.Suspended _ -> false;
              case State.Revoked _ -> throw revoked();
              case State.Expired _ -> throw expired();
            });
  }

  @Override
  public AppPassword resume(String id, OptionalLong expectedVersion, Actor actor) {
    return change(
        id,
        new Wish("resume", "", expectedVersion, actor),
        _ -> new State.Active(),
        current ->
            switch (current) {
              case State.Active _ -> false;
              case State.Suspended _ -> true;
              case State.Revoked _ -> throw revoked();
              case State.Expired _ -> throw expired();
            });
  }

  /**
   * {@inheritDoc} What has expired and is not written down as such is revoked like any other: the
   * last use, which may say so, is not signed.
   */
  @Override
  public AppPassword revoke(String id, String reason, OptionalLong expectedVersion, Actor actor) {
    String why = AppPasswordPolicy.reason(reason);
    return writes.run((handle, changes) -> {
      Instant now = writes.now();
      AppPasswordRow row = locks.require(handle, id, expectedVersion);
      if (isFinal(row.appPassword().state()) || row.at(now).state() instanceof State.Revoked) {
        return row.at(now);
      }
      changes.accept(Change.ofUser(row.appPassword().userId()));
      AppPassword changed =
          table.save(handle, row.withState(new State.Revoked(now, why))).appPassword();
      changeLog.write(
          handle,
          actor,
          now,
          ChangeLog.Entry.ofPassword("revoke", Optional.of(row.at(now)), changed, why));
      return changed;
    });
  }

  @Override
  public AppPassword edit(String id, AppPasswordEdit edit, Actor actor) {
    return writes.run((handle, changes) -> {
      Instant now = writes.now();
      AppPasswordRow row = locks.require(handle, id, edit.expectedVersion());
      AppPassword current = row.at(now);
      switch (current.state()) {
        case State.Active _, State.Suspended _ -> {}
        case State.Revoked _ -> throw revoked();
        case State.Expired _ -> throw expired();
      }
      AppPassword edited = edit.apply(current, () -> wideningPolicy(handle, current), now);
      if (edited.equals(current)) {
        return current;
      }
      if (!edited.label().equals(current.label())) {
        requireFreeLabel(handle, edited, now);
      }
      changes.accept(Change.ofUser(current.userId()));
      AppPassword changed = table.save(handle, row.withAppPassword(edited)).appPassword();
      changeLog.write(
          handle,
          actor,
          now,
          ChangeLog.Entry.ofPassword("edit", Optional.of(current), changed, ""));
      return changed;
    });
  }

  private void requireFreeLabel(Handle handle, AppPassword edited, Instant now) {
    if (table
        .labels(handle, List.of(edited.userId()), now)
        .getOrDefault(edited.userId(), List.of())
        .contains(edited.label())) {
      throw AppPasswordTable.labelTaken(edited.user());
    }
  }

  /** Within which an app password may get wider. */
  private AppPasswordPolicy wideningPolicy(Handle handle, AppPassword appPassword) {
    User user =
        users
            .byId(handle, appPassword.userId())
            .orElseThrow(() ->
                new RefusedException(
                    Code.STATE,
                    "the user of this app password was changed by somebody else than Postern",
                    "Find out who writes to the database."));
    AppPasswordPolicy.requireUnprotected(user);
    return policies.inForce(handle, user);
  }

  @Override
  public Revocation.Forecast wouldRevoke(Revocation which) {
    requireUser(which);
    return bulk.forecast(which);
  }

  @Override
  public int revokeAll(Revocation which, String reason, Actor actor, IntConsumer committed) {
    String why = AppPasswordPolicy.reason(reason);
    requireUser(which);
    return bulk.run(which, why, actor, committed);
  }

  /** A typing error must not look as if all was done. */
  private void requireUser(Revocation which) {
    which
        .user()
        .map(UserTable::name)
        .ifPresent(name -> {
          if (database.read(handle -> users.byName(handle, name)).isEmpty()) {
            throw UserTable.unknown(name);
          }
        });
  }

  @Override
  public List<AppPassword> revokeAll(String typed, String reason, Actor actor) {
    LoginName name = UserTable.name(typed);
    String why = AppPasswordPolicy.reason(reason);
    return writes.run((handle, changes) -> {
      Instant now = writes.now();
      User user = users.lock(handle, name);
      locks.working(handle, user.id());
      List<AppPasswordRow> ending =
          table.ofUser(handle, user.id()).stream()
              .filter(row -> !isFinal(row.appPassword().state()))
              .filter(row -> !(row.at(now).state() instanceof State.Revoked))
              .toList();
      if (!ending.isEmpty()) {
        changes.accept(Change.ofUser(user.id()));
      }
      List<AppPasswordRow> ended =
          table.save(
              handle,
              ending.stream().map(row -> row.withState(new State.Revoked(now, why))).toList());
      changeLog.write(
          handle,
          actor,
          now,
          ChangeLog.Entry.ofPasswords(
              "revoke", ending.stream().map(row -> row.at(now)).toList(), ended, _ -> why));
      return ended.stream().map(AppPasswordRow::appPassword).toList();
    });
  }

  private static boolean isFinal(State state) {
    return switch (state) {
      case State.Active _, State.Suspended _ -> false;
      case State.Revoked _, State.Expired _ -> true;
    };
  }

  private interface NewState {
    State at(Instant now);
  }

  private interface Question {
    boolean changes(State current);
  }

  /** What somebody wants to be done, for the record. */
  private record Wish(String verb, String reason, OptionalLong expectedVersion, Actor actor) {}

  private AppPassword change(String id, Wish wish, NewState wanted, Question question) {
    return writes.run((handle, changes) -> {
      Instant now = writes.now();
      AppPasswordRow row = locks.require(handle, id, wish.expectedVersion());
      AppPassword current = row.at(now);
      if (!question.changes(current.state())) {
        return current;
      }
      changes.accept(Change.ofUser(current.userId()));
      AppPassword changed = table.save(handle, row.withState(wanted.at(now))).appPassword();
      changeLog.write(
          handle,
          wish.actor(),
          now,
          ChangeLog.Entry.ofPassword(wish.verb(), Optional.of(current), changed, wish.reason()));
      return changed;
    });
  }

  static RefusedException expired() {
    return new RefusedException(Code.STATE, "this app password has expired", "Create another one.");
  }

  static RefusedException revoked() {
    return new RefusedException(
        Code.STATE, "this app password is revoked, which is final", "Create another one.");
  }
}
