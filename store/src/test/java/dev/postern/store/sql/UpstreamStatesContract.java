package dev.postern.store.sql;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;
import static org.awaitility.Awaitility.await;

import dev.postern.store.Store;
import dev.postern.store.auth.Scope;
import dev.postern.store.keys.LiveNode;
import dev.postern.store.session.LiveSession;
import dev.postern.store.session.Mailbox;
import dev.postern.store.session.SessionStart;
import dev.postern.store.upstream.UpstreamState;
import dev.postern.store.upstream.UpstreamState.Failure;
import dev.postern.store.upstream.UpstreamState.Load;
import dev.postern.store.upstream.UpstreamStates.AtNode;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

/** How upstreams do, as all nodes see it. */
abstract class UpstreamStatesContract extends StoreContract {
  /** A heartbeat is five seconds; tests run on machines that have other things to do as well. */
  private static final Duration SOON = Duration.ofSeconds(20);

  private static final Instant NOON = Instant.parse("2026-12-01T12:00:00Z");

  private static UpstreamState sound(String upstream, Scope protocol) {
    return new UpstreamState(
        upstream,
        protocol,
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        new Load(0, 0, 1024));
  }

  private static UpstreamState inTrouble(String upstream, Scope protocol) {
    return new UpstreamState(
        upstream,
        protocol,
        Optional.of(NOON.minusSeconds(60)),
        Optional.of(new Failure(NOON, "connect", "refused, says 'it'")),
        Optional.of(NOON.minusSeconds(61)),
        new Load(7, 3, 16));
  }

  private Store node(String name) {
    Store store = open();
    store.joinAsNode(name);
    return store;
  }

  private static List<UpstreamState> states(Store store) {
    return store.upstreamStates().list().stream().map(AtNode::state).toList();
  }

  @Test
  void showsToAllNodesWhatEachOfThemSays() {
    Store here = node("mx1/1");
    Store there = node("mx2/2");
    Store command = open();

    here.upstreamStates().report(() -> List.of(inTrouble("mailstore", Scope.POP3)));
    there
        .upstreamStates()
        .report(() -> List.of(sound("mailstore", Scope.POP3), sound("Mailstore", Scope.IMAP)));

    await()
        .atMost(SOON)
        .untilAsserted(() ->
            assertThat(command.upstreamStates().list())
                .extracting(AtNode::node, AtNode::state)
                .containsExactly(
                    tuple("mx2/2", sound("Mailstore", Scope.IMAP)),
                    tuple("mx1/1", inTrouble("mailstore", Scope.POP3)),
                    tuple("mx2/2", sound("mailstore", Scope.POP3))));
    assertThat(command.upstreamStates().list())
        .extracting(AtNode::nodeId)
        .hasSameElementsAs(command.keys().nodes().stream().map(LiveNode::id).toList());
  }

  @Test
  void showsWhatIsSoNowAndForgetsWhatIsNotThereAnyMore() {
    Store here = node("mx1/1");
    AtomicReference<List<UpstreamState>> now =
        new AtomicReference<>(
            List.of(inTrouble("mailstore", Scope.IMAP), sound("old", Scope.IMAP)));
    here.upstreamStates().report(now::get);
    await().atMost(SOON).until(() -> states(here).size() == 2);

    now.set(List.of(sound("mailstore", Scope.IMAP)));

    await()
        .atMost(SOON)
        .untilAsserted(
            () -> assertThat(states(here)).containsExactly(sound("mailstore", Scope.IMAP)));
  }

  @Test
  void countsTheSessionsThatRelayThere() {
    Store here = node("mx1/1");
    try (LiveSession first = session(here, "s1");
        LiveSession second = session(here, "s2");
        LiveSession elsewhere = session(here, "s3");
        LiveSession early = session(here, "s4")) {
      for (LiveSession session : List.of(first, second)) {
        session.routed(at("mailstore"));
        session.relaying();
      }
      elsewhere.routed(at("other"));
      elsewhere.relaying();
      early.routed(at("mailstore"));

      here.upstreamStates()
          .report(() -> List.of(sound("mailstore", Scope.IMAP), sound("mailstore", Scope.POP3)));

      await()
          .atMost(SOON)
          .untilAsserted(() ->
              assertThat(here.upstreamStates().list())
                  .extracting(AtNode::sessions)
                  .containsExactly(2, 0));
    }
  }

  @Test
  void whatANodeSaidIsGoneWhenItLeaves() {
    Store stays = node("mx1/1");
    Store leaves = node("mx2/2");
    leaves.upstreamStates().report(() -> List.of(sound("mailstore", Scope.IMAP)));
    await().atMost(SOON).until(() -> !states(stays).isEmpty());

    leaves.close();

    assertThat(states(stays)).isEmpty();
    assertThat(query("SELECT COUNT(*) FROM upstream_states")).isZero();
  }

  @Test
  void whatASilentNodeSaidIsNotShown() {
    Store here = node("mx1/1");
    run(
        "INSERT INTO nodes (id, name, started_at, heartbeat_at, held_keys, active_keys)"
            + " VALUES ('dead', 'mx2/2', 0, 1, '', '')");
    run(
        "INSERT INTO upstream_states (node_id, upstream, protocol, logins_under_way,"
            + " logins_waiting, logins_most, sessions, seen_at)"
            + " VALUES ('dead', 'mailstore', 'imap', 0, 0, 1, 0, 1)");

    assertThat(states(here)).isEmpty();
  }

  @Test
  void whatANodeSaidThatIsGoneIsTakenAwayByTheOthers() {
    Store here = node("mx1/1");
    here.upstreamStates().report(() -> List.of(sound("mailstore", Scope.IMAP)));
    await().atMost(SOON).until(() -> !states(here).isEmpty());
    run(
        "INSERT INTO upstream_states (node_id, upstream, protocol, logins_under_way,"
            + " logins_waiting, logins_most, sessions, seen_at)"
            + " VALUES ('gone', 'mailstore', 'imap', 0, 0, 1, 0, 1)");

    try (Database direct = Database.open(database, false)) {
      direct.write(handle -> {
        UpstreamStateTable.tidy(handle, direct.dialect());
        return true;
      });
    }

    assertThat(query("SELECT COUNT(*) FROM upstream_states WHERE node_id = 'gone'")).isZero();
    assertThat(states(here)).hasSize(1);
  }

  @Test
  void ofACommandNothingIsShown() {
    Store command = open();
    Store here = node("mx1/1");

    command.upstreamStates().report(() -> List.of(sound("mailstore", Scope.POP3)));
    here.upstreamStates().report(() -> List.of(sound("mailstore", Scope.IMAP)));

    await().atMost(SOON).until(() -> !states(here).isEmpty());
    assertThat(states(here)).containsExactly(sound("mailstore", Scope.IMAP));
    assertThat(query("SELECT COUNT(*) FROM upstream_states WHERE protocol = 'pop3'")).isZero();
  }

  @Test
  void aProtocolOfANewerProgramIsPassedOver() {
    Store here = node("mx1/1");
    here.upstreamStates().report(() -> List.of(sound("mailstore", Scope.IMAP)));
    await().atMost(SOON).until(() -> !states(here).isEmpty());

    run(
        "INSERT INTO upstream_states SELECT node_id, upstream, 'jmap', open_since, failed_at,"
            + " failure_cause, failure_detail, last_login_at, logins_under_way, logins_waiting,"
            + " logins_most, sessions, seen_at FROM upstream_states");

    assertThat(states(here)).containsExactly(sound("mailstore", Scope.IMAP));
  }

  private LiveSession session(Store node, String id) {
    return node.sessionRegistry()
        .begin(
            new SessionStart(
                id,
                "u-" + id,
                "ap_phone",
                Scope.IMAP,
                new InetSocketAddress(InetAddress.ofLiteral("192.0.2.7"), 40_000),
                new InetSocketAddress(InetAddress.ofLiteral("2001:db8::1"), 993),
                "Some Mailer",
                clock.instant()));
  }

  private static Mailbox at(String upstream) {
    return new Mailbox(upstream, "mail.internal", Optional.of("alice"));
  }
}
