package dev.postern.store.sql;

import dev.postern.store.Actor;
import dev.postern.store.audit.Changes.Subject;
import dev.postern.store.audit.Snapshot;
import dev.postern.store.auth.AppPassword;
import dev.postern.store.auth.User;
import dev.postern.store.keys.KeyKind;
import dev.postern.store.sql.ChangeEvents.News;
import java.time.Instant;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;
import java.util.random.RandomGenerator;
import java.util.stream.IntStream;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.statement.PreparedBatch;

/**
 * Puts changes on record in {@code admin_changes}, always in the transaction that makes them: there
 * is no change without its entry and no entry without its change.
 */
final class ChangeLog {
  static final Actor SYSTEM = Actor.SYSTEM;

  private final WebhookTable webhooks;
  private final String process;
  private final AtomicLong number = new AtomicLong();

  ChangeLog(RandomGenerator random) {
    this(random, new WebhookTable(random));
  }

  /**
   * @param webhooks told of what is worth it
   */
  ChangeLog(RandomGenerator random, WebhookTable webhooks) {
    this.webhooks = webhooks;
    this.process = HexFormat.of().toHexDigits(random.nextInt());
  }

  /**
   * One change.
   *
   * @param action kind of thing and what was done: {@code user.disable}
   * @param before see {@link Snapshot}; empty if it was not there
   * @param after empty if it is not there any more
   * @param reason as the actor gave it
   * @param news what others are told of it
   */
  record Entry(
      String action,
      Subject subject,
      Optional<String> before,
      Optional<String> after,
      Optional<String> reason,
      Optional<News> news) {

    /** One that nobody is told of. */
    Entry(
        String action,
        Subject subject,
        Optional<String> before,
        Optional<String> after,
        Optional<String> reason) {
      this(action, subject, before, after, reason, Optional.empty());
    }

    /** Something became of a user. */
    static Entry of(String verb, Optional<User> before, Optional<User> after, String reason) {
      User user = after.or(() -> before).orElseThrow();
      return new Entry(
          "user." + verb,
          new Subject("user", user.id(), Optional.of(user.name()), Optional.of(user.id())),
          before.map(Snapshot::of),
          after.map(Snapshot::of),
          given(reason));
    }

    /** Something became of an app password. */
    static Entry ofPassword(
        String verb, Optional<AppPassword> before, AppPassword after, String reason) {
      return new Entry(
          "app-password." + verb,
          new Subject(
              "app-password", after.id(), Optional.of(after.label()), Optional.of(after.userId())),
          before.map(Snapshot::of),
          Optional.of(Snapshot.of(after)),
          given(reason),
          news(verb, after, reason));
    }

    private static Optional<News> news(String verb, AppPassword after, String reason) {
      return switch (verb) {
        case "create" -> Optional.of(new News.Made(after, Succession.followed(reason)));
        case "revoke" -> Optional.of(new News.Ended(after, reason));
        default -> Optional.empty();
      };
    }

    /**
     * The same became of several app passwords.
     *
     * @param before as they were, in the order of {@code after}
     */
    static List<Entry> ofPasswords(
        String verb,
        List<AppPassword> before,
        List<AppPasswordRow> after,
        Function<AppPasswordRow, String> reason) {
      return IntStream.range(0, after.size())
          .mapToObj(i -> {
            AppPasswordRow row = after.get(i);
            return ofPassword(
                verb, Optional.of(before.get(i)), row.appPassword(), reason.apply(row));
          })
          .toList();
    }

    /** Something became of a pepper, sealing or integrity key. */
    static Entry ofKey(String verb, KeyKind kind, String id, Optional<String> reason) {
      return new Entry(
          "key." + verb,
          new Subject("key", RingRow.name(kind, id), Optional.of(id), Optional.empty()),
          Optional.empty(),
          Optional.empty(),
          reason);
    }

    private static Optional<String> given(String reason) {
      return Optional.of(reason).filter(text -> !text.isEmpty());
    }
  }

  void write(Handle handle, Actor actor, Instant at, Entry entry) {
    write(handle, actor, at, List.of(entry));
  }

  /**
   * Many changes by the same actor.
   *
   * @throws dev.postern.store.access.RepeatedException if they are to be made once, and were
   */
  void write(Handle handle, Actor actor, Instant at, List<Entry> entries) {
    if (entries.isEmpty()) {
      return;
    }
    Entry first = entries.getFirst();
    actor
        .once()
        .ifPresent(once -> ReplayTable.write(handle, once, at, first.action(), first.subject()));
    PreparedBatch batch =
        handle.prepareBatch(
            """
            INSERT INTO admin_changes (id, at, actor, role, channel, action, subject_kind,
                subject_id, subject_name, user_id, before, after, reason, peer)
            VALUES (:id, :at, :actor, :role, :channel, :action, :kind,
                :subject, :name, :user, :before, :after, :reason, :peer)
            """);
    for (Entry entry : entries) {
      batch
          .bind("id", nextId(at))
          .bind("at", at.toEpochMilli())
          .bind("actor", actor.who())
          .bind("role", actor.role())
          .bind("channel", actor.channel().word())
          .bind("action", entry.action())
          .bind("kind", entry.subject().kind())
          .bind("subject", entry.subject().id())
          .bind("name", entry.subject().name().orElse(null))
          .bind("user", entry.subject().userId().orElse(null))
          .bind("before", entry.before().orElse(null))
          .bind("after", entry.after().orElse(null))
          .bind("reason", entry.reason().orElse(null))
          .bind("peer", actor.from().map(PeerKey::of).orElse(null))
          .add();
    }
    batch.execute();
    webhooks.tell(handle, at, ChangeEvents.of(actor, at, entries));
  }

  /**
   * Puts an alarm on record, once for each {@code key}.
   *
   * @param detail what is wrong, without secrets
   */
  void alarm(Handle handle, Instant at, String key, Subject subject, String detail) {
    handle
        .createUpdate(
            """
            INSERT INTO admin_changes (id, at, actor, role, channel, action, subject_kind,
                subject_id, reason, alarm)
            VALUES (:id, :at, :actor, :role, :channel, 'alarm.raise', :kind, :subject, :reason,
                :key)
            ON CONFLICT (alarm) DO NOTHING
            """)
        .bind("id", nextId(at))
        .bind("at", at.toEpochMilli())
        .bind("actor", SYSTEM.who())
        .bind("role", SYSTEM.role())
        .bind("channel", SYSTEM.channel().word())
        .bind("kind", subject.kind())
        .bind("subject", subject.id())
        .bind("reason", detail)
        .bind("key", key)
        .execute();
  }

  /** Sorts by time, then by the order within this process. */
  private String nextId(Instant at) {
    return "%012x%08x%s"
        .formatted(at.toEpochMilli(), number.getAndIncrement() & 0xffffffffL, process);
  }
}
