package dev.postern.store.sql;

import dev.postern.store.Actor;
import dev.postern.store.RefusedException;
import dev.postern.store.audit.Changes.Subject;
import dev.postern.store.audit.Snapshot;
import dev.postern.store.auth.LoginName;
import dev.postern.store.auth.User;
import dev.postern.store.trace.Trace;
import dev.postern.store.trace.Traces;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.random.RandomGenerator;
import org.jdbi.v3.core.Handle;

/** Keeps traces in the database. */
final class SqlTraces implements Traces {
  private static final String PREFIX = "tr_";
  private static final int ID_LENGTH = 16;
  private static final String ID_CHARACTERS = "0123456789abcdefghjkmnpqrstvwxyz";

  private final Database database;
  private final Writes writes;
  private final TraceTable table;
  private final UserTable users;
  private final ChangeLog changeLog;
  private final RandomGenerator random;

  SqlTraces(
      Database database,
      Writes writes,
      TraceTable table,
      UserTable users,
      ChangeLog changeLog,
      RandomGenerator random) {
    this.database = database;
    this.writes = writes;
    this.table = table;
    this.users = users;
    this.changeLog = changeLog;
    this.random = random;
  }

  @Override
  public List<Trace> list() {
    Instant now = writes.now();
    return database.read(handle -> table.on(handle, now));
  }

  @Override
  public Trace start(String user, Duration time, Actor actor) {
    if (time.compareTo(SHORTEST) < 0 || time.compareTo(LONGEST) > 0) {
      throw new RefusedException(
          RefusedException.Code.INVALID,
          "a trace lasts at least "
              + SHORTEST.toMinutes()
              + " minute and at most "
              + LONGEST.toMinutes(),
          "Choose a time between; it can be started again.");
    }
    LoginName name = UserTable.name(user);
    Instant now = writes.now();
    return writes.run((handle, changes) -> {
      User whose = users.lock(handle, name);
      table.lock(handle);
      table.dropEnded(handle, now);
      Optional<Trace> before = table.remove(handle, whose).genuine();
      requireRoom(handle, now);
      TraceRow row = new TraceRow(newId(), whose.id(), now, actor.who(), now.plus(time));
      table.insert(handle, row);
      Trace started = row.of(whose.name());
      record(handle, actor, "start", started, before, Optional.of(started));
      changes.accept(new Change.Traces());
      return started;
    });
  }

  @Override
  public void stop(String which, Actor actor) {
    var _ =
        writes.run((handle, changes) -> {
          table.dropEnded(handle, writes.now());
          TraceTable.Removed removed = removed(handle, which);
          if (!removed.isGone()) {
            throw new RefusedException(
                RefusedException.Code.NOT_FOUND,
                "no trace of that id or user is on",
                "See which are: postern trace list");
          }
          removed
              .genuine()
              .ifPresent(trace ->
                  record(handle, actor, "stop", trace, Optional.of(trace), Optional.empty()));
          changes.accept(new Change.Traces());
          return removed;
        });
  }

  private TraceTable.Removed removed(Handle handle, String which) {
    TraceTable.Removed byId = table.remove(handle, which);
    return byId.isGone()
        ? byId
        : LoginName.parse(which)
            .flatMap(name -> users.byName(handle, name))
            .map(user -> table.remove(handle, user))
            .orElse(byId);
  }

  private void requireRoom(Handle handle, Instant now) {
    if (table.on(handle, now).size() >= MOST) {
      throw new RefusedException(
          RefusedException.Code.LIMIT,
          "there are " + MOST + " traces already",
          "Stop one: postern trace list");
    }
  }

  private String newId() {
    StringBuilder id = new StringBuilder(PREFIX);
    for (int i = 0; i < ID_LENGTH; i++) {
      id.append(ID_CHARACTERS.charAt(random.nextInt(ID_CHARACTERS.length())));
    }
    return id.toString();
  }

  private void record(
      Handle handle,
      Actor actor,
      String verb,
      Trace trace,
      Optional<Trace> before,
      Optional<Trace> after) {
    changeLog.write(
        handle,
        actor,
        writes.now(),
        new ChangeLog.Entry(
            "trace." + verb,
            new Subject(
                "trace", trace.id(), Optional.of(trace.user()), Optional.of(trace.userId())),
            before.map(SqlTraces::snapshot),
            after.map(SqlTraces::snapshot),
            Optional.empty()));
  }

  private static String snapshot(Trace trace) {
    return Snapshot.start()
        .text("user", trace.user())
        .text("startedAt", trace.startedAt().toString())
        .text("endsAt", trace.endsAt().toString())
        .end();
  }
}
