package dev.postern.store.sql;

import dev.postern.store.access.Replay;
import dev.postern.store.access.Replays;
import java.util.Optional;

/** Reads {@code replays}; {@link ChangeLog} writes them. */
final class SqlReplays implements Replays {
  private final Database database;
  private final Writes writes;

  SqlReplays(Database database, Writes writes) {
    this.database = database;
    this.writes = writes;
  }

  @Override
  public Optional<Replay> find(String token, String key) {
    return database.read(handle ->
        handle
            .createQuery(ReplayTable.FIND)
            .bind("token", token)
            .bind("key", key)
            .bind("since", ReplayTable.since(writes.now()))
            .map(ReplayTable::map)
            .findOne());
  }
}
