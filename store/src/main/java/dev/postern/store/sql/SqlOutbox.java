package dev.postern.store.sql;

import dev.postern.store.event.EventKind;
import dev.postern.store.event.Letter;
import dev.postern.store.event.Outbox;
import dev.postern.store.event.SiteEvent;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.random.RandomGenerator;
import java.util.stream.Collectors;
import org.jdbi.v3.core.Handle;

/** Keeps what waits for webhooks in the database; who may bring it is said by its clock. */
final class SqlOutbox implements Outbox {
  private final Database database;
  private final Writes writes;
  private final EventInbox inbox;
  private final String holder;

  SqlOutbox(Database database, Writes writes, EventInbox inbox, RandomGenerator random) {
    this.database = database;
    this.writes = writes;
    this.inbox = inbox;
    byte[] bytes = new byte[8];
    random.nextBytes(bytes);
    this.holder = HexFormat.of().formatHex(bytes);
  }

  @Override
  public void register(String receiver, Set<EventKind> kinds) {
    int _ = database.write(handle -> put(handle, receiver, kinds, "events = excluded.events, "));
    inbox.wants(kinds);
  }

  @Override
  public int keep(String receiver, Set<EventKind> kinds) {
    return database.write(handle -> {
      int _ = put(handle, receiver, kinds, "");
      return dropTooMany(handle, receiver) + dropTooOld(handle, receiver);
    });
  }

  private int put(Handle handle, String receiver, Set<EventKind> kinds, String change) {
    return handle
        .createUpdate(
            "INSERT INTO webhook_receivers (receiver, events, seen_at)"
                + " VALUES (:receiver, :events, <now>)"
                + " ON CONFLICT (receiver) DO UPDATE SET <change>seen_at = excluded.seen_at")
        .define("now", database.dialect().now())
        .define("change", change)
        .bind("receiver", receiver)
        .bind(
            "events",
            kinds.stream().map(EventKind::word).sorted().collect(Collectors.joining(",", ",", ",")))
        .execute();
  }

  private static int dropTooMany(Handle handle, String receiver) {
    return handle
        .createUpdate(
            """
            DELETE FROM webhook_events WHERE receiver = :receiver AND id <= (
                SELECT id FROM webhook_events WHERE receiver = :receiver
                ORDER BY id DESC LIMIT 1 OFFSET :most)
            """)
        .bind("receiver", receiver)
        .bind("most", MOST)
        .execute();
  }

  private int dropTooOld(Handle handle, String receiver) {
    return handle
        .createUpdate("DELETE FROM webhook_events WHERE receiver = :receiver AND told_at < :oldest")
        .bind("receiver", receiver)
        .bind("oldest", writes.now().minus(KEPT).toEpochMilli())
        .execute();
  }

  @Override
  public boolean hold(String receiver) {
    return database.write(handle ->
        handle
            .createUpdate(
                """
                UPDATE webhook_receivers SET holder = :me, held_until = <now> + :hold
                WHERE receiver = :receiver AND (holder = :me OR held_until \\<= <now>)
                """)
            .define("now", database.dialect().now())
            .bind("me", holder)
            .bind("hold", HOLD.toMillis())
            .bind("receiver", receiver)
            .execute())
        == 1;
  }

  @Override
  public void release(String receiver) {
    int _ =
        database.write(handle ->
            handle
                .createUpdate(
                    "UPDATE webhook_receivers SET held_until = 0"
                        + " WHERE receiver = :receiver AND holder = :me")
                .bind("receiver", receiver)
                .bind("me", holder)
                .execute());
  }

  @Override
  public Optional<Letter> next(String receiver) {
    return database.read(handle ->
        handle
            .createQuery(
                "SELECT id, event, body, tries, due_at - <now> AS wait FROM webhook_events"
                    + " WHERE receiver = :receiver ORDER BY id LIMIT 1")
            .define("now", database.dialect().now())
            .bind("receiver", receiver)
            .map((row, _) ->
                new Letter(
                    receiver,
                    row.getString("id"),
                    row.getString("event"),
                    row.getString("body"),
                    row.getInt("tries"),
                    Duration.ofMillis(row.getLong("wait"))))
            .findOne());
  }

  @Override
  public List<String> waitingOf(String userId) {
    return database.read(handle ->
        handle
            .createQuery(
                "SELECT body FROM webhook_events WHERE user_id = :user ORDER BY id, receiver LIMIT "
                    + MOST)
            .bind("user", userId)
            .mapTo(String.class)
            .list());
  }

  @Override
  public void done(Letter letter) {
    int _ =
        database.write(handle ->
            handle
                .createUpdate("DELETE FROM webhook_events WHERE receiver = :receiver AND id = :id")
                .bind("receiver", letter.receiver())
                .bind("id", letter.id())
                .execute());
  }

  @Override
  public void failed(Letter letter, Duration pause) {
    int _ =
        database.write(handle ->
            handle
                .createUpdate(
                    "UPDATE webhook_events SET tries = tries + 1, due_at = <now> + :pause"
                        + " WHERE receiver = :receiver AND id = :id")
                .define("now", database.dialect().now())
                .bind("pause", pause.toMillis())
                .bind("receiver", letter.receiver())
                .bind("id", letter.id())
                .execute());
  }

  @Override
  public void tell(SiteEvent event) {
    inbox.tell(event);
  }
}
