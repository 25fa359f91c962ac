package dev.postern.gateway.net;

import static org.assertj.core.api.Assertions.assertThat;

import dev.postern.gateway.observe.EndReason;
import dev.postern.gateway.observe.Session;
import dev.postern.store.UserChange;
import dev.postern.store.auth.Attempt;
import dev.postern.store.auth.AuthOutcome;
import dev.postern.store.auth.Grant;
import dev.postern.store.auth.RejectReason;
import dev.postern.store.auth.Scope;
import dev.postern.store.auth.Standing;
import dev.postern.store.auth.Verifier;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.embedded.EmbeddedChannel;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class LiveSessionsTest implements Verifier {
  private static final Instant NOW = Instant.parse("2026-11-24T12:00:00Z");

  private static final Standing HOLDS = new Standing.Holds(Set.of(Scope.IMAP), List.of());
  private static final Session SESSION =
      new Session(
          "s",
          Scope.IMAP,
          Session.Tls.IMPLICIT,
          new InetSocketAddress(InetAddress.getLoopbackAddress(), 1));

  private final List<String> asked = new ArrayList<>();
  private final List<Object> events = new ArrayList<>();
  private final LiveSessions live = new LiveSessions(this, Clock.fixed(NOW, ZoneOffset.UTC));
  private CompletionStage<Standing> answer =
      CompletableFuture.completedFuture(new Standing.Ended(RejectReason.REVOKED));

  @Test
  void aChangeOfTheUserIsAskedAboutAndEndsTheSession() {
    EmbeddedChannel front = front();
    live.register(grant("alice"), SESSION, live.changes(), front);

    live.changed(new UserChange.OfUser("alice", NOW));
    front.runPendingTasks();

    assertThat(events).containsExactly(EndReason.REVOKED);
  }

  @Test
  void aChangeOfAnotherUserIsNotAskedAbout() {
    live.register(grant("alice"), SESSION, live.changes(), front());

    live.changed(new UserChange.OfUser("bob", NOW));

    assertThat(asked).isEmpty();
  }

  @Test
  void aChangeOfEverybodyIsAskedAboutForEverybody() {
    live.register(grant("alice"), SESSION, live.changes(), front());
    live.register(grant("bob"), SESSION, live.changes(), front());

    live.changed(new UserChange.OfAnybody());

    assertThat(asked).containsExactlyInAnyOrder("alice", "bob");
  }

  @Test
  void aChangeBeforeTheRegistrationIsAskedAboutAtOnce() {
    EmbeddedChannel front = front();
    long before = live.changes();
    live.changed(new UserChange.OfUser("alice", NOW));

    live.register(grant("alice"), SESSION, before, front);
    front.runPendingTasks();

    assertThat(events).containsExactly(EndReason.REVOKED);
  }

  @Test
  void withoutAChangeNobodyIsAsked() {
    live.changed(new UserChange.OfUser("alice", NOW));

    live.register(grant("alice"), SESSION, live.changes(), front());

    assertThat(asked).isEmpty();
  }

  @Test
  void aSessionThatStillHoldsGoesOn() {
    answer = CompletableFuture.completedFuture(HOLDS);
    EmbeddedChannel front = front();
    live.register(grant("alice"), SESSION, live.changes(), front);

    live.changed(new UserChange.OfUser("alice", NOW));
    front.runPendingTasks();

    assertThat(asked).hasSize(1);
    assertThat(events).isEmpty();
  }

  @Test
  void aSessionThatCannotBeCheckedGoesOn() {
    answer = CompletableFuture.failedFuture(new IllegalStateException("of a test"));
    EmbeddedChannel front = front();
    live.register(grant("alice"), SESSION, live.changes(), front);

    live.changed(new UserChange.OfUser("alice", NOW));
    front.runPendingTasks();

    assertThat(events).isEmpty();
  }

  @Test
  void aClosedSessionIsForgotten() {
    EmbeddedChannel front = front();
    live.register(grant("alice"), SESSION, live.changes(), front);
    front.close();
    front.runPendingTasks();

    live.changed(new UserChange.OfUser("alice", NOW));

    assertThat(asked).isEmpty();
  }

  @Test
  void oneOfTwoSessionsIsForgottenAlone() {
    EmbeddedChannel first = front();
    live.register(grant("alice"), SESSION, live.changes(), first);
    live.register(grant("alice"), SESSION, live.changes(), front());
    first.close();
    first.runPendingTasks();

    live.changed(new UserChange.OfUser("alice", NOW));

    assertThat(asked).hasSize(1);
  }

  @Test
  void theDateOfTheAppPasswordIsAskedAboutWhenItComes() {
    EmbeddedChannel front = front();
    live.register(ending("alice", NOW.plusSeconds(60)), SESSION, live.changes(), front);

    front.advanceTimeBy(59_000, TimeUnit.MILLISECONDS);
    front.runPendingTasks();
    assertThat(asked).isEmpty();
    front.advanceTimeBy(1_100, TimeUnit.MILLISECONDS);
    front.runPendingTasks(); // the question
    front.runPendingTasks(); // its answer

    assertThat(events).containsExactly(EndReason.REVOKED);
  }

  @Test
  void aDateThatWasPutOffIsAskedAboutAgain() {
    answer = CompletableFuture.completedFuture(HOLDS);
    EmbeddedChannel front = front();
    live.register(ending("alice", NOW.plusSeconds(1)), SESSION, live.changes(), front);

    for (int i = 0; i < 2; i++) {
      front.advanceTimeBy(Duration.ofSeconds(31).toMillis(), TimeUnit.MILLISECONDS);
      front.runPendingTasks();
    }

    assertThat(asked).hasSize(2);
    assertThat(events).isEmpty();
  }

  @Override
  public CompletionStage<AuthOutcome> verify(Attempt attempt) {
    throw new UnsupportedOperationException();
  }

  @Override
  public CompletionStage<Standing> recheck(Grant grant) {
    asked.add(grant.userId());
    return answer;
  }

  private EmbeddedChannel front() {
    EmbeddedChannel channel =
        new EmbeddedChannel(
            new ChannelInboundHandlerAdapter() {
              @Override
              public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
                events.add(event);
              }
            });
    channel.freezeTime();
    return channel;
  }

  private static Grant grant(String id) {
    return new Grant(id, id, "c", Optional.empty(), id, Map.of(), Optional.empty());
  }

  private static Grant ending(String id, Instant when) {
    return new Grant(id, id, "c", Optional.empty(), id, Map.of(), Optional.of(when));
  }
}
