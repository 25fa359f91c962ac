package dev.postern.store.sql;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.postern.store.RefusedException.Code;
import dev.postern.store.Store;
import dev.postern.store.StoreException;
import dev.postern.store.audit.Changes;
import dev.postern.store.audit.Compared;
import dev.postern.store.audit.Exports;
import dev.postern.store.audit.Exports.Numbered;
import dev.postern.store.audit.FoldingSignInLog;
import dev.postern.store.audit.NameDigest;
import dev.postern.store.audit.SignIn;
import dev.postern.store.audit.SignInLimits;
import dev.postern.store.audit.SignIns;
import dev.postern.store.auth.Scope;
import dev.postern.store.session.EndedSession;
import dev.postern.store.session.LiveSession;
import dev.postern.store.session.Mailbox;
import dev.postern.store.session.SessionStart;
import dev.postern.store.testing.TestConfig;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Function;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The record in the order of its numbers, on each database. */
abstract class ExportsContract extends StoreContract {
  private static final NameDigest DIGEST = new NameDigest(List.of(TestConfig.key("s1", 101)));
  private static final InetSocketAddress PHONE_AT =
      new InetSocketAddress(InetAddress.ofLiteral("192.0.2.7"), 40_000);
  private static final Mailbox BOX =
      new Mailbox("mailstore", "mail.internal", Optional.of("alice-box"));

  private final List<Database> opened = new ArrayList<>();

  @AfterEach
  void closeDatabases() {
    opened.forEach(Database::close);
  }

  private Database direct() {
    Database direct = Database.open(database, true);
    opened.add(direct);
    return direct;
  }

  private LiveSession session(String id, String userId) {
    LiveSession session =
        new LiveSession(
            new SessionStart(
                id,
                userId,
                "ap_phone",
                Scope.IMAP,
                PHONE_AT,
                new InetSocketAddress(InetAddress.ofLiteral("192.0.2.1"), 993),
                "Some Mailer",
                clock.instant()),
            _ -> {},
            _ -> {});
    session.routed(BOX);
    session.movedUp(7);
    session.movedDown(9);
    return session;
  }

  /** A change that takes a while to be committed. */
  private void change(Database direct, ChangeLog log, String subject, Duration takes) {
    Writes writes = new Writes(direct, clock, _ -> {});
    boolean _ =
        writes.run((handle, _) -> {
          log.write(
              handle,
              TestConfig.ACTOR,
              writes.now(),
              new ChangeLog.Entry(
                  "test.write",
                  new Changes.Subject("test", subject, Optional.empty(), Optional.empty()),
                  Optional.empty(),
                  Optional.empty(),
                  Optional.empty()));
          LockSupport.parkNanos(takes.toNanos());
          return true;
        });
  }

  private void signIn(Database direct, Optional<String> userId, String name) {
    FoldingSignInLog log = new FoldingSignInLog(SignInLimits.DEFAULTS);
    log.note(
        new SignIn(
            clock.instant(),
            userId,
            name,
            Compared.NOTHING,
            Scope.IMAP,
            "plain",
            PHONE_AT.getAddress(),
            "Some Mailer",
            "rejected",
            "wrong-secret"));
    var _ =
        direct.write(handle -> new SignInTable(DIGEST, direct.dialect()).add(handle, log.take(10)));
  }

  private static <T> List<String> ids(List<Numbered<T>> page) {
    return page.stream().map(Numbered::id).toList();
  }

  private static <T> List<Long> numbers(List<Numbered<T>> page) {
    return page.stream().map(Numbered::number).toList();
  }

  @Test
  void changesAreReadInTheirOrderAndFromWhereOneStopped() {
    Store store = open();
    add(store, ALICE);
    add(store, BOB);
    Exports exports = store.exports();
    List<Numbered<Changes.Entry>> first = exports.changes(0, 1);
    assertThat(numbers(first)).containsExactly(1L);
    assertThat(first.getFirst().entry().subject().name()).contains(ALICE);
    assertThat(exports.changes(1, 10))
        .extracting(each -> each.entry().subject().name())
        .containsExactly(Optional.of(BOB));
    assertThat(exports.changes(2, 10)).isEmpty();
    assertThat(exports.changes(0, 10)).as("as before").hasSize(2).startsWith(first.getFirst());
    add(store, "carol@example.com");
    assertThat(numbers(exports.changes(2, 10))).containsExactly(3L);
    assertThat(ids(exports.changes(0, 10)))
        .isEqualTo(
            store.changes().list(Changes.Query.ALL, Optional.empty(), 10).reversed().stream()
                .map(Changes.Entry::id)
                .toList());
  }

  @Test
  void whatThereCannotBeIsRefused() {
    Exports exports = open().exports();
    assertRefused(Code.INVALID, () -> exports.changes(0, 0));
    assertRefused(Code.INVALID, () -> exports.signIns(0, Exports.LONGEST_PAGE + 1));
    assertRefused(Code.INVALID, () -> exports.sessions(7, 1));
    assertRefused(Code.INVALID, () -> exports.sessionsOf("u", Optional.empty(), 0));
  }

  /** Two who write, one who is slow about it, and two who read: each reads everything, once. */
  @Test
  void nobodyMissesWhatIsCommittedLate() throws Exception {
    Database direct = direct();
    ChangeLog log = new ChangeLog(new Random(1));
    Exports exports = new SqlExports(direct);
    try (ExecutorService threads = Executors.newCachedThreadPool()) {
      List<Future<?>> writers =
          List.of(
              threads.submit(() -> write(direct, log, "one", 30, Duration.ZERO)),
              threads.submit(() -> write(direct, log, "two", 30, Duration.ZERO)),
              threads.submit(() -> write(direct, log, "slow", 10, Duration.ofMillis(40))));
      List<Future<List<String>>> readers =
          List.of(
              threads.submit(() -> readAll(exports, 70)),
              threads.submit(() -> readAll(exports, 70)));
      for (Future<?> writer : writers) {
        writer.get(60, TimeUnit.SECONDS);
      }
      for (Future<List<String>> reader : readers) {
        assertThat(reader.get(60, TimeUnit.SECONDS)).hasSize(70).doesNotHaveDuplicates();
      }
    }
    assertThat(numbers(exports.changes(0, 100)))
        .isEqualTo(IntStream.rangeClosed(1, 70).mapToObj(Long::valueOf).toList());
  }

  private void write(Database direct, ChangeLog log, String who, int times, Duration takes) {
    for (int i = 0; i < times; i++) {
      change(direct, log, who + i, takes);
    }
  }

  /** Subjects as they come, until there were that many. */
  private static List<String> readAll(Exports exports, int count) {
    List<String> seen = new ArrayList<>();
    long place = 0;
    long end = System.nanoTime() + Duration.ofSeconds(50).toNanos();
    while (seen.size() < count && System.nanoTime() < end) {
      for (Numbered<Changes.Entry> each : exports.changes(place, 7)) {
        assertThat(each.number()).isGreaterThan(place);
        place = each.number();
        seen.add(each.entry().subject().id());
      }
    }
    return seen;
  }

  @Test
  void anEntryThatAttemptsAreFoldedIntoIsReadAgainUnderItsId() {
    Store store = open();
    Database direct = direct();
    signIn(direct, Optional.empty(), "nobody@example.com");
    signIn(direct, Optional.empty(), "somebody@example.com");
    List<Numbered<SignIns.Entry>> first = store.exports().signIns(0, 10);
    assertThat(numbers(first)).containsExactly(1L, 2L);
    clock.advance(Duration.ofSeconds(5));
    signIn(direct, Optional.empty(), "nobody@example.com");
    List<Numbered<SignIns.Entry>> again = store.exports().signIns(2, 10);
    assertThat(numbers(again)).containsExactly(3L);
    assertThat(ids(first)).contains(again.getFirst().id());
    assertThat(again.getFirst().entry().attempts()).isEqualTo(2);
    assertThat(numbers(store.exports().signIns(0, 10))).hasSize(2).contains(3L);
  }

  @Test
  void aSessionThatEndedIsOnRecordWithAllThatWasKnown() {
    Store store = open();
    store.joinAsNode("mx1/1");
    add(store, ALICE);
    String alice = store.sessions().userIdOf(ALICE);
    LiveSession live = store.sessionRegistry().begin(session("s1", alice).start());
    LiveSession nothing = store.sessionRegistry().begin(session("s2", alice).start());
    live.routed(BOX);
    live.movedUp(7);
    live.movedDown(9);
    clock.advance(Duration.ofMinutes(3));
    nothing.close();
    live.close("idle");
    live.close("client-closed");
    await()
        .atMost(Duration.ofSeconds(10))
        .untilAsserted(() -> assertThat(store.exports().sessions(0, 10)).isNotEmpty());
    EndedSession ended =
        new EndedSession(
            EndedSessionTable.id(live.start().since(), "s1"),
            "s1",
            alice,
            Optional.of(ALICE),
            "ap_phone",
            Scope.IMAP,
            Optional.of(PHONE_AT),
            "Some Mailer",
            Optional.of(BOX),
            live.start().since(),
            clock.instant(),
            7,
            9,
            "idle");
    assertThat(store.exports().sessions(0, 10))
        .containsExactly(new Numbered<>(1, ended.id(), ended));
    assertThat(store.exports().sessionsOf(alice, Optional.empty(), 10)).containsExactly(ended);
    assertThat(store.exports().sessionsOf(alice, Optional.of(ended.id()), 10)).isEmpty();
  }

  @Test
  void sessionsThatANodeHasAsItStopsAreOnRecordToo() {
    Store store = open();
    Store other = open();
    other.joinAsNode("mx2/2");
    add(store, ALICE);
    var _ = other.sessionRegistry().begin(session("s1", store.sessions().userIdOf(ALICE)).start());
    other.close();
    assertThat(store.exports().sessions(0, 10))
        .extracting(each -> each.entry().end())
        .containsExactly(EndedSession.LOST);
  }

  @Test
  void sessionsOfADeadNodeAreLostUntilItTurnsOutThatItLives() {
    Store store = open();
    add(store, ALICE);
    String alice = store.sessions().userIdOf(ALICE);
    Database direct = direct();
    LiveSession session = session("s1", alice);
    int _ =
        direct.write(handle -> {
          SessionTable.put(handle, "gone", List.of(SessionTable.Sight.of(session)));
          return 0;
        });
    EndedSessionWriter writer = new EndedSessionWriter(direct, DIGEST, clock);
    writer.writeLost();
    assertThat(query("SELECT COUNT(*) FROM sessions")).isZero();
    Numbered<EndedSession> lost = store.exports().sessions(0, 10).getFirst();
    assertThat(lost.entry().end()).isEqualTo(EndedSession.LOST);
    assertThat(lost.entry().mailbox()).contains(BOX);
    assertThat(lost.entry().up()).isEqualTo(7);

    session.movedUp(100);
    writer.add(session, "client-closed");
    writer.write();
    writer.add(session, "lost");
    writer.write();
    assertThat(store.exports().sessions(lost.number(), 10))
        .singleElement()
        .satisfies(each -> {
          assertThat(each.id()).isEqualTo(lost.id());
          assertThat(each.entry().end()).isEqualTo("client-closed");
          assertThat(each.entry().up()).isEqualTo(107);
        });
    assertThat(query("SELECT COUNT(*) FROM ended_sessions")).isOne();
  }

  @Test
  void whatCannotBeWrittenWaitsUpToABound() {
    Database direct = direct();
    EndedSessionWriter writer = new EndedSessionWriter(direct, DIGEST, clock);
    run("ALTER TABLE ended_sessions RENAME TO aside");
    for (int i = 0; i < EndedSessionWriter.MOST_WAITING + 10; i++) {
      writer.add(session("s" + i, "u"), "idle");
    }
    assertThatThrownBy(writer::write).isInstanceOf(StoreException.class);
    run("ALTER TABLE aside RENAME TO ended_sessions");
    writer.write();
    assertThat(query("SELECT COUNT(*) FROM ended_sessions"))
        .isEqualTo(EndedSessionWriter.MOST_WAITING);
  }

  @Test
  void whoIsErasedIsTakenOutAndReadAgainWithoutName() {
    Store store = open();
    add(store, ALICE);
    String alice = store.sessions().userIdOf(ALICE);
    Database direct = direct();
    EndedSessionWriter writer = new EndedSessionWriter(direct, DIGEST, clock);
    writer.add(session("s1", alice), "idle");
    writer.write();
    signIn(direct, Optional.of(alice), ALICE);
    Exports exports = store.exports();
    String session = exports.sessions(0, 10).getFirst().id();
    String attempt = exports.signIns(0, 10).getFirst().id();
    String change = exports.changes(0, 10).getFirst().id();
    String pseudonym = store.personalData().erase(ALICE, TestConfig.ACTOR);
    writer.add(session("s2", alice), "kicked");
    writer.write();

    assertThat(exports.sessions(1, 10))
        .hasSize(2)
        .allSatisfy(each -> {
          assertThat(each.entry().userId()).isEqualTo(pseudonym);
          assertThat(each.entry().user()).isEmpty();
          assertThat(each.entry().credentialId()).isEmpty();
          assertThat(each.entry().peer()).isEmpty();
          assertThat(each.entry().clientName()).isEmpty();
          assertThat(each.entry().mailbox())
              .contains(new Mailbox("mailstore", "mail.internal", Optional.empty()));
        });
    assertThat(ids(exports.sessions(1, 10))).contains(session);
    assertThat(ids(exports.signIns(1, 10))).containsExactly(attempt);
    assertThat(exports.changes(1, 10))
        .filteredOn(each -> each.id().equals(change))
        .extracting(each -> each.entry().subject().userId())
        .containsExactly(Optional.of(pseudonym));
  }

  @Test
  void theOldestSessionsGoWhenTheyAreTooOldOrTooMany() {
    Database direct = direct();
    EndedSessionWriter writer = new EndedSessionWriter(direct, DIGEST, clock);
    Function<Integer, Long> left =
        most -> {
          new EndedSessionBounds(direct, clock, () -> Duration.ofDays(30), most, Runnable::run)
              .run();
          return query("SELECT COUNT(*) FROM ended_sessions");
        };
    Stream.of("a", "b").forEach(id -> writer.add(session(id, "u"), "idle"));
    clock.advance(Duration.ofDays(10));
    Stream.of("c", "d", "e")
        .forEach(id -> {
          clock.advance(Duration.ofMillis(1));
          writer.add(session(id, "u"), "idle");
        });
    writer.write();
    assertThat(left.apply(5)).isEqualTo(5);
    assertThat(left.apply(4)).as("two at the same time").isEqualTo(3);
    assertThat(left.apply(2)).isEqualTo(2);
    clock.advance(Duration.ofDays(31));
    assertThat(left.apply(2)).isZero();
  }

  @Test
  void moreThanABatchIsTrimmedInOneRound() {
    Database direct = direct();
    EndedSessionWriter writer = new EndedSessionWriter(direct, DIGEST, clock);
    for (int i = 0; i < 10_500; i++) {
      writer.add(session("s" + i, "u"), "idle");
    }
    writer.write();
    clock.advance(Duration.ofDays(31));
    new EndedSessionBounds(direct, clock, () -> Duration.ofDays(30), 10, Runnable::run).run();
    assertThat(query("SELECT COUNT(*) FROM ended_sessions")).isZero();
  }
}
