package dev.postern.store.sql;

import dev.postern.store.audit.Snapshot;
import dev.postern.store.event.Outbox;
import dev.postern.store.event.SiteEvent;
import java.time.Instant;
import java.util.Comparator;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import java.util.random.RandomGenerator;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.statement.Update;

/**
 * Puts events down for all receivers that want them, in the transaction of whoever has them. Where
 * nobody wants one, nothing is written. Safe for use by several threads.
 */
final class WebhookTable {
  private final String process;
  private final AtomicLong number = new AtomicLong();

  WebhookTable(RandomGenerator random) {
    this.process = HexFormat.of().toHexDigits(random.nextInt());
  }

  /**
   * Puts them down, but for those that were told a while ago and are not to be told again yet.
   *
   * @param now by this node's clock
   */
  void tell(Handle handle, Instant now, List<SiteEvent> events) {
    Set<SiteEvent.Once> told = new HashSet<>();
    // In one order, so that two nodes do not wait for each other.
    events.stream()
        .flatMap(event -> event.once().stream())
        .distinct()
        .sorted(Comparator.comparing(SiteEvent.Once::what))
        .filter(once -> !mark(handle, now, once))
        .forEach(told::add);
    for (SiteEvent event : events) {
      if (event.once().isEmpty() || told.add(event.once().get())) {
        insert(handle, now, event);
      }
    }
  }

  /** Whether nobody had marked it, or its time was over. */
  private static boolean mark(Handle handle, Instant now, SiteEvent.Once once) {
    return handle
            .createUpdate(
                """
                INSERT INTO webhook_marks (mark, ends_at) VALUES (:mark, :end)
                ON CONFLICT (mark) DO UPDATE SET ends_at = excluded.ends_at
                WHERE webhook_marks.ends_at <= :now
                """)
            .bind("mark", once.what())
            .bind("end", now.plus(once.rest()).toEpochMilli())
            .bind("now", now.toEpochMilli())
            .execute()
        == 1;
  }

  private void insert(Handle handle, Instant now, SiteEvent event) {
    String id = nextId(now);
    Snapshot body =
        Snapshot.start()
            .text("id", id)
            .text("event", event.kind().word())
            .text("at", event.at().toString());
    event.fill(body);
    try (Update insert =
        handle.createUpdate(
            """
            INSERT INTO webhook_events (receiver, id, event, told_at, user_id, body)
            SELECT receiver, :id, :event, :at, CAST(:user AS TEXT), :body FROM webhook_receivers
            WHERE events LIKE :pattern
            """)) {
      insert
          .bind("id", id)
          .bind("event", event.kind().word())
          .bind("at", now.toEpochMilli())
          .bind("user", event.userId().orElse(null))
          .bind("body", body.end())
          .bind("pattern", "%," + event.kind().word() + ",%")
          .execute();
    }
  }

  /** Sorts by time, then by the order within this process. */
  private String nextId(Instant at) {
    return "%012x%08x%s"
        .formatted(at.toEpochMilli(), number.getAndIncrement() & 0xffffffffL, process);
  }

  /** Takes away what tells of a user who is erased. */
  static void forgetUser(Handle handle, String userId) {
    handle
        .createUpdate("DELETE FROM webhook_events WHERE user_id = :user")
        .bind("user", userId)
        .execute();
  }

  /** Takes away receivers that no node has, with what waits for them, and marks that are over. */
  static void dropOld(Handle handle, Dialect dialect, Instant now) {
    handle
        .createUpdate("DELETE FROM webhook_receivers WHERE seen_at \\<= <now> - :kept")
        .define("now", dialect.now())
        .bind("kept", Outbox.KEPT.toMillis())
        .execute();
    handle
        .createUpdate("DELETE FROM webhook_marks WHERE ends_at <= :now")
        .bind("now", now.toEpochMilli())
        .execute();
  }
}
