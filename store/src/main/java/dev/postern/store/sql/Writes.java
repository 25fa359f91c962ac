package dev.postern.store.sql;

import dev.postern.store.StoreException;
import java.time.Clock;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.SequencedSet;
import java.util.function.Consumer;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.statement.PreparedBatch;

/**
 * Transactions that change something. Each numbers its changes from the one-row counter as its last
 * act, so that the counter's lock is held briefly and numbers are committed in order, and tells
 * this process once it is durable.
 */
final class Writes {
  private final Database database;
  private final Clock clock;
  private final Consumer<List<Change>> committed;

  /**
   * @param committed told of the changes after each commit, on the thread that made them
   */
  Writes(Database database, Clock clock, Consumer<List<Change>> committed) {
    this.database = database;
    this.clock = clock;
    this.committed = committed;
  }

  /** Runs one transaction; what it throws undoes it. Returns once it is durable. */
  <T> T run(Work<T> work) {
    SequencedSet<Change> changes = new LinkedHashSet<>();
    T result =
        database.write(handle -> {
          changes.clear();
          T made = work.with(handle, changes::add);
          number(handle, new ArrayList<>(changes));
          return made;
        });
    committed.accept(List.copyOf(changes));
    return result;
  }

  /** Now, as exact as the database keeps it. */
  Instant now() {
    return clock.instant().truncatedTo(ChronoUnit.MILLIS);
  }

  Dialect dialect() {
    return database.dialect();
  }

  /** What to do in a transaction. */
  interface Work<T> {
    T with(Handle handle, Consumer<Change> changes);
  }

  private void number(Handle handle, List<Change> changes) {
    if (changes.isEmpty()) {
      return;
    }
    // Sent at the commit in any case; before it others do not yet wait for the counter.
    if (!dialect().notice().isEmpty()) {
      handle.execute(dialect().notice());
    }
    long last =
        handle
            .createQuery(
                "UPDATE change_counter SET number = number + :count WHERE id = 1"
                    + " RETURNING number")
            .bind("count", changes.size())
            .mapTo(Long.class)
            .findOne()
            .orElseThrow(() ->
                new StoreException(
                    "the database does not count changes, so nothing is changed",
                    "Look for a trigger on change_counter, or restore the table from a backup."));
    PreparedBatch batch =
        handle.prepareBatch(
            "INSERT INTO changes (number, kind, user_id, login_name, detail, at)"
                + " VALUES (:number, :kind, :user, :name, :detail, :at)");
    long number = last - changes.size();
    long at = now().toEpochMilli();
    for (Change change : changes) {
      ChangeRow row = ChangeRow.of(change);
      batch
          .bind("number", ++number)
          .bind("kind", row.kind())
          .bind("user", row.userId())
          .bind("name", row.loginName().orElse(null))
          .bind("detail", row.detail().orElse(null))
          .bind("at", at)
          .add();
    }
    batch.execute();
  }
}
