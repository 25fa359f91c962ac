package dev.postern.store.sql;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.postern.store.RefusedException;
import dev.postern.store.Store;
import dev.postern.store.audit.Changes;
import dev.postern.store.audit.NameDigest;
import dev.postern.store.auth.Scope;
import dev.postern.store.session.LiveSession;
import dev.postern.store.session.Mailbox;
import dev.postern.store.session.SessionFilter;
import dev.postern.store.session.SessionStart;
import dev.postern.store.session.SessionState;
import dev.postern.store.session.Sessions;
import dev.postern.store.testing.TestConfig;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Who is logged in, as all nodes see it, and kicks. */
abstract class SessionsContract extends StoreContract {
  /** A second is promised; tests run on machines that have other things to do as well. */
  private static final Duration SOON = Duration.ofSeconds(10);

  private static final String PHONE = "ap_phone";

  private Store node(String name) {
    Store store = open();
    store.joinAsNode(name);
    return store;
  }

  private LiveSession begin(Store node, String id, String userId, Scope protocol, String peer) {
    return node.sessionRegistry()
        .begin(
            new SessionStart(
                id,
                userId,
                PHONE,
                protocol,
                new InetSocketAddress(InetAddress.ofLiteral(peer), 40_000),
                new InetSocketAddress(InetAddress.ofLiteral("2001:db8::1"), 993),
                "Some Mailer 100%",
                clock.instant()));
  }

  private LiveSession begin(Store node, String id) {
    return begin(node, id, "u-" + id, Scope.IMAP, "192.0.2.7");
  }

  private static List<String> ids(Store store, SessionFilter which) {
    return store.sessions().list(which, Optional.empty(), 100).stream()
        .map(Sessions.Entry::id)
        .toList();
  }

  private static void awaitIds(Store store, String... ids) {
    await()
        .atMost(SOON)
        .untilAsserted(
            () -> assertThat(ids(store, SessionFilter.ALL)).containsExactlyInAnyOrder(ids));
  }

  private static SessionFilter parsed(String text) {
    return SessionFilter.parse(text).orElseThrow();
  }

  @Test
  void showsEverythingOfASessionToOtherNodesUntilItEnds() {
    Store here = node("mx1/1");
    Store there = open();
    add(here, ALICE);
    String alice = here.sessions().userIdOf(ALICE);
    LiveSession session = begin(here, "s1", alice, Scope.SUBMISSION, "192.0.2.7");
    awaitIds(there, "s1");
    assertThat(there.sessions().list(SessionFilter.ALL, Optional.empty(), 1))
        .singleElement()
        .satisfies(entry -> {
          assertThat(entry.user()).contains(ALICE);
          assertThat(entry.state()).isEqualTo(SessionState.CONNECTING);
          assertThat(entry.upstream()).isEmpty();
        });

    session.movedUp(7);
    session.movedDown(9);
    session.routed(new Mailbox("mailstore", "mail.internal", Optional.of("alice")));
    session.relaying();
    await()
        .atMost(SOON)
        .untilAsserted(() ->
            assertThat(there.sessions().list(SessionFilter.ALL, Optional.empty(), 1))
                .singleElement()
                .usingRecursiveComparison()
                .ignoringFields("key")
                .isEqualTo(
                    new Sessions.Entry(
                        "",
                        "s1",
                        "mx1/1",
                        alice,
                        Optional.of(ALICE),
                        PHONE,
                        Scope.SUBMISSION,
                        new InetSocketAddress(InetAddress.ofLiteral("192.0.2.7"), 40_000),
                        new InetSocketAddress(InetAddress.ofLiteral("2001:db8::1"), 993),
                        Optional.of("mailstore"),
                        "Some Mailer 100%",
                        SessionState.RELAYING,
                        clock.instant(),
                        7,
                        9)));
    session.close();
    awaitIds(there);
  }

  @Test
  void oneConnectionMayLogInAgainAsSomebodyElse() {
    Store here = node("mx1/1");
    LiveSession first = begin(here, "s1", "alice", Scope.IMAP, "192.0.2.7");
    awaitIds(here, "s1");
    first.close();
    var _ = begin(here, "s1", "bob", Scope.IMAP, "192.0.2.7");
    first.close();
    await()
        .atMost(SOON)
        .untilAsserted(() ->
            assertThat(here.sessions().list(SessionFilter.ALL, Optional.empty(), 10))
                .singleElement()
                .extracting(Sessions.Entry::userId)
                .isEqualTo("bob"));
  }

  @Test
  void eachFieldNarrowsTheListAndWhatAKickMeansIsTheSame() {
    Store here = node("mx1/1");
    Store there = node("mx2/2");
    LiveSession one = begin(here, "one", "alice", Scope.IMAP, "192.0.2.7");
    one.routed(new Mailbox("mailstore", "mail.internal", Optional.of("alice")));
    LiveSession two = begin(there, "two", "bob", Scope.POP3, "2001:db8::7");
    awaitIds(here, "one", "two");
    await().atMost(SOON).until(() -> ids(here, parsed("upstream=mailstore")).size() == 1);

    for (String text :
        List.of(
            "id=one",
            "user=alice",
            "protocol=imap",
            "address=192.0.2.0%2F24",
            "upstream=mailstore",
            "user=alice&protocol=imap&app-password=ap_phone")) {
      assertThat(ids(here, parsed(text))).as(text).containsExactly("one");
      assertThat(parsed(text).matches(one)).as(text).isTrue();
      assertThat(parsed(text).matches(two)).as(text).isFalse();
    }
    assertThat(ids(here, parsed("node=mx1%2F1"))).containsExactly("one");
    for (String text : List.of("client=MAILER+100%25", "app-password=ap_phone", "all")) {
      assertThat(ids(here, parsed(text))).as(text).containsExactlyInAnyOrder("one", "two");
      assertThat(parsed(text).matches(one)).as(text).isTrue();
    }
    for (String text : List.of("client=Ma_ler", "client=%25", "user=alice&protocol=pop3")) {
      boolean isThere = text.equals("client=%25");
      assertThat(ids(here, parsed(text)).isEmpty()).as(text).isNotEqualTo(isThere);
      assertThat(parsed(text).matches(one)).as(text).isEqualTo(isThere);
    }
  }

  @Test
  void pagesAreTheNewestFirst() {
    Store here = node("mx1/1");
    for (int i = 0; i < 5; i++) {
      var _ = begin(here, "s" + i);
      clock.advance(Duration.ofSeconds(i == 2 ? 0 : 1));
    }
    awaitIds(here, "s0", "s1", "s2", "s3", "s4");
    List<Sessions.Entry> first = here.sessions().list(SessionFilter.ALL, Optional.empty(), 3);
    List<Sessions.Entry> second =
        here.sessions().list(SessionFilter.ALL, Optional.of(first.getLast().key()), 3);
    assertThat(Stream.concat(first.stream(), second.stream()).map(Sessions.Entry::id))
        .containsExactly("s4", "s3", "s2", "s1", "s0");
    for (Sessions.Entry entry : first) {
      assertThat(here.sessions().find(entry.key())).contains(entry);
    }
    assertThat(here.sessions().find("1-none-none")).isEmpty();
    assertRefused(RefusedException.Code.INVALID, () -> here.sessions().find("none"));
    assertRefused(
        RefusedException.Code.INVALID,
        () -> here.sessions().list(SessionFilter.ALL, Optional.of("x"), 3));
    assertRefused(
        RefusedException.Code.INVALID,
        () -> here.sessions().list(SessionFilter.ALL, Optional.empty(), 1001));
  }

  @Test
  void sessionsOfNodesThatAreGoneAreHiddenAndTidiedAway() {
    Store here = node("mx1/1");
    Store silent = node("mx2/2");
    var _ = begin(here, "one");
    var _ = begin(silent, "two");
    awaitIds(here, "one", "two");
    run("UPDATE nodes SET heartbeat_at = heartbeat_at - 31000 WHERE name = 'mx2/2'");
    assertThat(ids(here, SessionFilter.ALL)).containsExactly("one");

    run(
        "INSERT INTO sessions (node_id, id, user_id, credential_id, protocol, peer, peer_port,"
            + " local_address, local_port, upstream, client, state, started_at, bytes_up,"
            + " bytes_down) SELECT 'gone', id, user_id, credential_id, protocol, peer, peer_port,"
            + " local_address, local_port, upstream, client, state, started_at, bytes_up, bytes_down"
            + " FROM sessions");
    try (Database direct = Database.open(database, false)) {
      int _ =
          direct.write(handle -> {
            var _ = SessionTable.takeLost(handle, direct.dialect(), clock.instant());
            return 0;
          });
    }
    assertThat(query("SELECT COUNT(*) FROM sessions WHERE node_id = 'gone'")).isZero();
    assertThat(query("SELECT COUNT(*) FROM sessions")).isEqualTo(2);
    silent.close();
    assertThat(query("SELECT COUNT(*) FROM sessions")).isOne();
  }

  /** Half a minute's rounds in a row: what was lost in the table comes back, bytes are written. */
  @Test
  void aFullRoundBringsTheTableToWhatIsLive() {
    try (Database direct = Database.open(database, true)) {
      SessionWriter writer = writer(direct);
      LiveSession one = writer.begin(start("one"));
      var _ = writer.begin(start("two"));
      writer.round();
      assertThat(query("SELECT COUNT(*) FROM sessions")).isEqualTo(2);

      one.movedUp(5);
      writer.round();
      assertThat(query("SELECT bytes_up FROM sessions WHERE id = 'one'")).isZero();
      run("DELETE FROM sessions WHERE id = 'two'");
      for (int i = 0; i < SessionWriter.ROUNDS_TO_FULL; i++) {
        writer.round();
      }
      assertThat(query("SELECT bytes_up FROM sessions WHERE id = 'one'")).isEqualTo(5);
      assertThat(query("SELECT COUNT(*) FROM sessions")).isEqualTo(2);
    }
  }

  @Test
  void moreChangesThanAreKeptAreFoundByComparing() {
    try (Database direct = Database.open(database, true)) {
      SessionWriter writer = writer(direct);
      int most = SessionWriter.MOST_CHANGED;
      for (int i = 0; i < most; i++) {
        writer.begin(start("s" + i)).close();
      }
      var _ = writer.begin(start("last"));
      writer.round();
      assertThat(query("SELECT COUNT(*) FROM sessions")).isOne();
    }
  }

  private SessionWriter writer(Database direct) {
    return new SessionWriter(
        direct,
        lonelyNode(),
        new FeedListener(),
        new EndedSessionWriter(direct, new NameDigest(List.of(TestConfig.key("s1", 101))), clock));
  }

  /** One whose rounds nobody but the test runs. */
  private OwnNode lonelyNode() {
    run(
        "INSERT INTO nodes (id, name, started_at, heartbeat_at, held_keys, active_keys)"
            + " VALUES ('n', 'n', 0, 0, '', '')");
    return new OwnNode() {
      @Override
      public String id() {
        return "n";
      }

      @Override
      public boolean isNode() {
        return true;
      }

      @Override
      public boolean isCalled(String nameOrId) {
        return nameOrId.equals("n");
      }

      @Override
      public int liveNodes() {
        return 1;
      }
    };
  }

  private SessionStart start(String id) {
    InetSocketAddress here = new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), 1);
    return new SessionStart(id, "u", PHONE, Scope.IMAP, here, here, "", clock.instant());
  }

  @Test
  void aKickReachesEveryNodeItMeansAndIsOnRecord() {
    Store here = node("mx1/1");
    Store there = node("mx2/2");
    add(here, ALICE);
    String alice = here.sessions().userIdOf(ALICE);
    List<SessionFilter> heardHere = new CopyOnWriteArrayList<>();
    List<SessionFilter> heardThere = new CopyOnWriteArrayList<>();
    here.sessionRegistry().onKick(heardHere::add);
    there.sessionRegistry().onKick(heardThere::add);
    LiveSession session = begin(there, "one", alice, Scope.IMAP, "192.0.2.7");
    awaitIds(here, "one");

    SessionFilter ofAlice =
        parsed("user=" + alice + "&client=" + "%F0%9F%93%A7+Mailer&address=192.0.2.0%2F24");
    Sessions.Kick none = here.sessions().kick(ofAlice, "why", TestConfig.ACTOR);
    assertThat(here.sessions().left(none)).isZero();
    Sessions.Kick kick =
        here.sessions().kick(parsed("user=" + alice), "stolen phone", TestConfig.ACTOR);
    assertThat(kick.keys()).hasSize(1);
    assertThat(here.sessions().left(kick)).isOne();
    await()
        .atMost(SOON)
        .untilAsserted(() -> assertThat(heardThere).containsExactly(ofAlice, kick.which()));
    await().atMost(SOON).untilAsserted(() -> assertThat(heardHere).hasSize(2));
    session.close();
    await().atMost(SOON).until(() -> here.sessions().left(kick) == 0);

    var _ = here.sessions().kick(parsed("node=mx2%2F2"), "why", TestConfig.ACTOR);
    await().atMost(SOON).untilAsserted(() -> assertThat(heardThere).hasSize(3));
    var _ = here.sessions().kick(SessionFilter.ALL, "why", TestConfig.ACTOR);
    await().atMost(SOON).untilAsserted(() -> assertThat(heardHere).hasSize(3));
    assertThat(heardHere.getLast()).isEqualTo(SessionFilter.ALL);

    Changes.Entry entry =
        here.changes().list(Changes.Query.ALL.ofUser(ALICE), Optional.empty(), 10).getFirst();
    assertThat(entry.action()).isEqualTo("session.kick");
    assertThat(entry.subject().id()).isEqualTo("user=" + alice);
    assertThat(entry.reason()).contains("stolen phone");
  }

  @Test
  void whoComesAfterAKickDoesNotHideThoseItMeant() {
    Store here = node("mx1/1");
    var _ = begin(here, "one");
    awaitIds(here, "one");
    Sessions.Kick kick = here.sessions().kick(SessionFilter.ALL, "why", TestConfig.ACTOR);
    run(
        "INSERT INTO nodes SELECT 'other', 'mx2/2', started_at, heartbeat_at, held_keys,"
            + " active_keys, NULL FROM nodes");
    run(
        """
        INSERT INTO sessions (node_id, id, user_id, credential_id, protocol, peer, peer_port,
            local_address, local_port, client, state, started_at, bytes_up, bytes_down)
        WITH RECURSIVE number (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM number WHERE i < %d)
        SELECT 'other', 's' || i, user_id, credential_id, protocol, peer, peer_port,
            local_address, local_port, client, state, started_at + 1, 0, 0
        FROM sessions, number WHERE node_id <> 'other'
        """
            .formatted(Sessions.MOST_SEEN));
    assertThat(here.sessions().left(kick)).isOne();
  }

  /** As somebody else may have written it. */
  @Test
  void aSessionFromBeforeTimeBeganIsCounted() {
    Store here = node("mx1/1");
    var _ = begin(here, "one");
    awaitIds(here, "one");
    run("UPDATE sessions SET started_at = -5");
    Sessions.Kick kick = here.sessions().kick(SessionFilter.ALL, "why", TestConfig.ACTOR);
    assertThat(here.sessions().left(kick)).isOne();
  }

  @Test
  void aKickThatIsTooLongIsRefused() {
    Store here = open();
    String wide = "\u20ac".repeat(300);
    assertRefused(
        RefusedException.Code.INVALID,
        () ->
            here.sessions()
                .kick(
                    new SessionFilter(
                        Optional.empty(),
                        Optional.empty(),
                        Optional.empty(),
                        Optional.empty(),
                        Optional.empty(),
                        Optional.of(wide),
                        Optional.empty(),
                        Optional.empty()),
                    "why",
                    TestConfig.ACTOR));
    assertRefused(RefusedException.Code.NOT_FOUND, () -> here.sessions().userIdOf("nobody"));
  }

  @Test
  void whoIsErasedIsInNoSession() {
    Store here = node("mx1/1");
    add(here, ALICE);
    String alice = here.sessions().userIdOf(ALICE);
    var _ = begin(here, "one", alice, Scope.IMAP, "192.0.2.7");
    var _ = begin(here, "two", "bob", Scope.IMAP, "192.0.2.7");
    awaitIds(here, "one", "two");
    var _ = here.sessions().kick(parsed("user=" + alice), "why", TestConfig.ACTOR);
    var _ = here.personalData().erase(ALICE, TestConfig.ACTOR);
    assertThat(query("SELECT COUNT(*) FROM sessions")).isOne();
    assertThat(query("SELECT COUNT(*) FROM admin_changes WHERE subject_id LIKE '%" + alice + "%'"))
        .isZero();
  }

  @Test
  void countsTheNodesThatLive() {
    Store here = node("mx1/1");
    assertThat(here.sessionRegistry().liveNodes()).isOne();
    Store there = node("mx2/2");
    assertThat(there.sessionRegistry().liveNodes()).isEqualTo(2);
    await()
        .atMost(Duration.ofSeconds(20))
        .untilAsserted(() -> assertThat(here.sessionRegistry().liveNodes()).isEqualTo(2));

    there.drain();

    await()
        .atMost(Duration.ofSeconds(20))
        .untilAsserted(() -> assertThat(here.sessionRegistry().liveNodes()).isOne());
    assertThat(there.sessionRegistry().liveNodes()).as("of who leaves: itself too").isEqualTo(2);
  }
}
