package dev.postern.store.sql;

import java.util.List;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.statement.PreparedBatch;

/** Numbers rows of the record for {@link SqlExports}, after they were committed. */
enum ExportNumbers {
  CHANGES("changes", "admin_changes", "id", "id"),
  SIGN_INS("sign-ins", "sign_ins", "fold", "last_at, fold"),
  SESSIONS("sessions", "ended_sessions", "id", "ended_at, id");

  private final String record;
  private final String table;
  private final String key;
  private final String order;

  /**
   * @param order in which rows that have no number are told
   */
  ExportNumbers(String record, String table, String key, String order) {
    this.record = record;
    this.table = table;
    this.key = key;
    this.order = order;
  }

  /** The highest that was given. */
  long highest(Handle handle) {
    return highest(handle, "");
  }

  boolean areMissing(Handle handle) {
    return handle
        .createQuery("SELECT 1 FROM " + table + " WHERE number IS NULL LIMIT 1")
        .mapTo(Integer.class)
        .findOne()
        .isPresent();
  }

  /**
   * Numbers the oldest rows that have none, {@code most} of them. The counter stays locked until
   * they are committed, so that nobody sees a number while a lower one is on its way. Rows that
   * somebody is changing are left out: they would lose their number at once.
   */
  void give(Handle handle, Dialect dialect, int most) {
    long number = highest(handle, dialect.rowLock());
    List<String> keys =
        handle
            .createQuery(
                "SELECT %s FROM %s WHERE number IS NULL ORDER BY %s LIMIT %d%s"
                    .formatted(key, table, order, most, dialect.freeRowLock(table)))
            .mapTo(String.class)
            .list();
    if (keys.isEmpty()) {
      return;
    }
    PreparedBatch batch =
        handle.prepareBatch("UPDATE " + table + " SET number = :number WHERE " + key + " = :key");
    for (String row : keys) {
      batch.bind("number", ++number).bind("key", row).add();
    }
    batch.execute();
    int _ =
        handle
            .createUpdate("UPDATE export_counters SET number = :number WHERE record = :record")
            .bind("number", number)
            .bind("record", record)
            .execute();
  }

  private long highest(Handle handle, String lock) {
    return handle
        .createQuery("SELECT number FROM export_counters WHERE record = :record" + lock)
        .bind("record", record)
        .mapTo(Long.class)
        .one();
  }
}
