package dev.postern.store.sql;

import dev.postern.store.auth.AppPassword.State;
import dev.postern.store.keys.KeyKind;
import dev.postern.store.keys.KeyState;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Ends peppers whose date has come. First the ring says so, for good, whatever the clock says
 * later; from then on nobody believes the pepper. Then the API tokens under it are revoked, and the
 * app passwords, in small transactions; whoever begins again goes on with those that are left.
 */
final class PepperEnd {
  private static final int BATCH = 500;

  /** Of one {@link #run()}, which must not keep its thread from heartbeats for long. */
  private static final int SOME = 20;

  private static final Logger log = LoggerFactory.getLogger(PepperEnd.class);

  private final Database database;
  private final Writes writes;
  private final KeyRing ring;
  private final KeyRingTable table;
  private final KeyUses uses;
  private final AppPasswordTable appPasswords;
  private final AppPasswordLocks locks;
  private final ApiTokenTable apiTokens;
  private final ChangeLog changeLog;

  /** Up to which app password each pepper's were looked at, if that is not yet all of them. */
  private final Map<String, String> reached = new ConcurrentHashMap<>();

  PepperEnd(
      Database database,
      Writes writes,
      KeyRing ring,
      KeyRingTable table,
      KeyUses uses,
      AppPasswordTable appPasswords,
      AppPasswordLocks locks,
      ApiTokenTable apiTokens,
      ChangeLog changeLog) {
    this.database = database;
    this.writes = writes;
    this.ring = ring;
    this.table = table;
    this.uses = uses;
    this.appPasswords = appPasswords;
    this.locks = locks;
    this.apiTokens = apiTokens;
    this.changeLog = changeLog;
  }

  /** The reason in the rows that it revokes. */
  static String reason(String pepper) {
    return "its pepper " + pepper + " was retired";
  }

  /**
   * Ends what is due, for a second or two; at once if nothing is.
   *
   * @return whether there is more
   */
  boolean run() {
    return run(SOME);
  }

  /** Ends all that is due. What another node does of it at the same time is done then, too. */
  void runToItsEnd() {
    boolean _ = run(Integer.MAX_VALUE);
  }

  private boolean run(int batches) {
    Instant now = writes.now();
    List<RingRow> due = ring.rows(KeyKind.PEPPER).stream().filter(row -> isDue(row, now)).toList();
    if (due.isEmpty()) {
      return false;
    }
    for (RingRow row : due) {
      move(row.id(), KeyState.RETIRING, KeyState.ENDING, "end", "its date has come");
    }
    boolean _ = ring.refresh();
    boolean isMore = false;
    for (RingRow row : due) {
      revokeApiTokens(row.id());
      Revoked made = revoke(row.id(), batches);
      if (made.count() > 0) {
        log.warn(
            "the pepper {} has ended: revoked {} app passwords that were still under it",
            row.id(),
            made.count());
      }
      if (made.isAll()) {
        move(row.id(), KeyState.ENDING, KeyState.RETIRED, "finish", "nothing is under it");
        log.info(
            "nothing needs the pepper {} any more: take its line out of the key files", row.id());
      }
      isMore |= !made.isAll();
    }
    boolean _ = ring.refresh();
    return isMore;
  }

  private record Revoked(long count, boolean isAll) {}

  private static boolean isDue(RingRow row, Instant now) {
    return row.state() == KeyState.ENDING
        || (row.state() == KeyState.RETIRING
            && row.retireBy().filter(by -> !now.isBefore(by)).isPresent());
  }

  private void move(String pepper, KeyState from, KeyState to, String verb, String reason) {
    int _ =
        database.write(handle -> {
          List<RingRow> rows =
              table.lock(handle).stream()
                  .map(KeyRingTable.Found::genuine)
                  .flatMap(Optional::stream)
                  .filter(row ->
                      row.kind() == KeyKind.PEPPER
                          && row.id().equals(pepper)
                          && row.state() == from)
                  .toList();
          rows.forEach(row -> {
            RingRow _ = table.save(handle, row.with(to));
            changeLog.write(
                handle,
                ChangeLog.SYSTEM,
                writes.now(),
                ChangeLog.Entry.ofKey(verb, row.kind(), row.id(), Optional.of(reason)));
          });
          return rows.size();
        });
  }

  private Revoked revoke(String pepper, int batches) {
    long count = 0;
    Optional<String> last = Optional.of(reached.getOrDefault(pepper, ""));
    for (int batch = 0; batch < batches && last.isPresent(); batch++) {
      AtomicInteger ended = new AtomicInteger();
      String after = last.get();
      last =
          writes.run((handle, changes) -> {
            ended.set(0);
            List<String> ids = uses.workingUnderPepper(handle, pepper, after, BATCH);
            if (ids.isEmpty()) {
              return Optional.<String>empty();
            }
            Instant now = writes.now();
            List<AppPasswordRow> working =
                locks.lock(handle, ids).stream()
                    .filter(row -> isWorkingUnder(row, pepper))
                    .toList();
            List<AppPasswordRow> rows =
                working.stream()
                    .map(row -> row.withState(new State.Revoked(now, reason(pepper))))
                    .toList();
            List<AppPasswordRow> saved = appPasswords.save(handle, rows);
            for (AppPasswordRow row : saved) {
              changes.accept(Change.ofUser(row.appPassword().userId()));
            }
            ended.set(saved.size());
            changeLog.write(
                handle,
                ChangeLog.SYSTEM,
                now,
                ChangeLog.Entry.ofPasswords(
                    "revoke",
                    working.stream().map(AppPasswordRow::appPassword).toList(),
                    saved,
                    _ -> reason(pepper)));
            return Optional.of(ids.getLast());
          });
      count += ended.get();
      Renewal.letOthersIn();
    }
    // Rows that are not genuine stay, and let nobody in.
    last.ifPresentOrElse(id -> reached.put(pepper, id), () -> reached.remove(pepper));
    return new Revoked(count, last.isEmpty());
  }

  /** All at once, since there are few. Those that are not genuine stay, and let nobody in. */
  private void revokeApiTokens(String pepper) {
    List<ApiTokenRow> ended =
        writes.run((handle, changes) -> {
          Instant now = writes.now();
          List<ApiTokenRow> revoked = new ArrayList<>();
          List<ChangeLog.Entry> entries = new ArrayList<>();
          for (String id : ApiTokenTable.under(apiTokens.working(handle, now).genuine(), pepper)) {
            apiTokens
                .lock(handle, id)
                .filter(row -> row.token().isWorking(now) && row.stored().keyId().equals(pepper))
                .ifPresent(row -> {
                  ApiTokenRow after = row.revoked(now, Optional.of(reason(pepper)));
                  apiTokens.save(handle, after);
                  revoked.add(after);
                  entries.add(
                      SqlApiTokens.entry(
                          "revoke", Optional.of(row), after, Optional.of(reason(pepper))));
                });
          }
          changeLog.write(handle, ChangeLog.SYSTEM, now, entries);
          if (!revoked.isEmpty()) {
            changes.accept(new Change.ApiTokens());
          }
          return revoked;
        });
    if (!ended.isEmpty()) {
      log.warn(
          "the pepper {} has ended: revoked {} API tokens that were still under it",
          pepper,
          ended.size());
    }
  }

  private static boolean isWorkingUnder(AppPasswordRow row, String pepper) {
    return row.credential().stored().flatMap(KeyUses::pepperOf).filter(pepper::equals).isPresent()
        && switch (row.appPassword().state()) {
          case State.Active _, State.Suspended _ -> true;
          case State.Revoked _, State.Expired _ -> false;
        };
  }
}
