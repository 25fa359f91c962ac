package dev.postern.store.sql;

import dev.postern.store.Actor;
import dev.postern.store.RefusedException;
import dev.postern.store.audit.Changes.Subject;
import dev.postern.store.audit.Snapshot;
import dev.postern.store.auth.AppPasswordPolicy;
import dev.postern.store.auth.Cidr;
import dev.postern.store.guard.Ban;
import dev.postern.store.guard.Bans;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import org.jdbi.v3.core.Handle;

/** Keeps bans in the database. */
final class SqlBans implements Bans {
  private static final Comparator<Ban> BY_ADDRESS =
      Comparator.comparing(Ban::network, Cidr.BY_ADDRESS).thenComparing(Ban::kind);

  private final Database database;
  private final Writes writes;
  private final BanTable table;
  private final BanAlarm alarm;
  private final ChangeLog changeLog;

  SqlBans(Database database, Writes writes, BanTable table, BanAlarm alarm, ChangeLog changeLog) {
    this.database = database;
    this.writes = writes;
    this.table = table;
    this.alarm = alarm;
    this.changeLog = changeLog;
  }

  @Override
  public List<Ban> list() {
    Instant now = writes.now();
    return database.read(this::whole).bans().stream()
        .filter(ban -> ban.holds(now))
        .sorted(BY_ADDRESS)
        .toList();
  }

  /** All of the table, as far as one person's wish may have it read. */
  private BanSweep whole(Handle handle) {
    BanSweep sweep = new BanSweep(table);
    sweep.goOnForLong(handle);
    alarm.met(sweep);
    if (!sweep.isWhole()) {
      throw new RefusedException(
          RefusedException.Code.STATE,
          "the table bans holds more rows than Postern writes, and more than are read for this",
          "Delete the rows that you do not know from the table bans, and find out who wrote them.");
    }
    return sweep;
  }

  @Override
  public Ban add(
      Cidr network, Ban.Kind kind, Optional<Instant> endsAt, String reason, Actor actor) {
    Instant now = writes.now();
    Ban ban =
        new Ban(
            network,
            kind,
            reason.isBlank() ? "" : AppPasswordPolicy.reason(reason),
            now,
            actor.who(),
            endsAt.map(end -> end.truncatedTo(ChronoUnit.MILLIS)));
    if (!ban.holds(now)) {
      throw new RefusedException(
          RefusedException.Code.INVALID, "that ban would be over already", "Let it end later.");
    }
    return writes.run((handle, changes) -> {
      long number = table.lock(handle);
      table.dropEnded(handle, now);
      BanTable.Removed before = table.remove(handle, network, kind);
      requireRoom(handle);
      long oldest = before.genuine().stream().mapToLong(BanRow::version).max().orElse(0);
      table.insert(handle, ban, Math.max(number, oldest) + 1);
      record(
          handle,
          actor,
          "add",
          before.genuine().stream().map(BanRow::ban).findFirst(),
          Optional.of(ban));
      changed(changes);
      return ban;
    });
  }

  @Override
  public List<Ban> remove(Cidr network, Actor actor) {
    return writes.run((handle, changes) -> {
      long _ = table.lock(handle);
      BanTable.Removed removed = table.remove(handle, network);
      if (!removed.isGone()) {
        throw new RefusedException(
            RefusedException.Code.NOT_FOUND,
            "nothing is said about just " + network,
            "See what is: postern bans list");
      }
      List<Ban> bans = removed.genuine().stream().map(BanRow::ban).toList();
      bans.forEach(ban -> record(handle, actor, "remove", Optional.of(ban), Optional.empty()));
      if (bans.isEmpty()) {
        recordForged(handle, actor, network);
      }
      changed(changes);
      return bans;
    });
  }

  private static void changed(Consumer<Change> changes) {
    changes.accept(new Change.Bans());
  }

  private void requireRoom(Handle handle) {
    if (table.isFull(handle) && whole(handle).genuine().size() >= MOST) {
      throw new RefusedException(
          RefusedException.Code.LIMIT,
          "there are " + MOST + " bans already",
          "Remove some, or ban wider networks.");
    }
  }

  private void record(
      Handle handle, Actor actor, String verb, Optional<Ban> before, Optional<Ban> after) {
    Ban ban = after.or(() -> before).orElseThrow();
    changeLog.write(
        handle,
        actor,
        writes.now(),
        new ChangeLog.Entry(
            "ban." + verb,
            subject(ban.network()),
            before.map(SqlBans::snapshot),
            after.map(SqlBans::snapshot),
            Optional.of(ban.reason()).filter(text -> after.isPresent() && !text.isEmpty())));
  }

  /** What was not Postern's is not repeated in Postern's record. */
  private void recordForged(Handle handle, Actor actor, Cidr network) {
    changeLog.write(
        handle,
        actor,
        writes.now(),
        new ChangeLog.Entry(
            "ban.remove",
            subject(network),
            Optional.empty(),
            Optional.empty(),
            Optional.of("it was not written by Postern")));
  }

  private static Subject subject(Cidr network) {
    return new Subject(
        "ban", network.toString(), Optional.of(network.toString()), Optional.empty());
  }

  private static String snapshot(Ban ban) {
    return Snapshot.start()
        .text("network", ban.network().toString())
        .text("kind", ban.kind().word())
        .text("reason", Optional.of(ban.reason()).filter(text -> !text.isEmpty()))
        .text("endsAt", ban.endsAt().map(Instant::toString))
        .end();
  }
}
