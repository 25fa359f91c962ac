package dev.postern.gateway.net;

import static org.assertj.core.api.Assertions.assertThat;

import dev.postern.gateway.CredentialBudget;
import dev.postern.gateway.observe.Direction;
import dev.postern.gateway.observe.Session;
import dev.postern.gateway.observe.SessionEvents;
import dev.postern.store.auth.Grant;
import dev.postern.store.auth.Scope;
import dev.postern.store.session.LiveSession;
import dev.postern.store.session.SessionFilter;
import dev.postern.store.session.SessionRegistry;
import dev.postern.store.session.SessionStart;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.util.concurrent.MockTicker;
import io.netty.util.concurrent.Ticker;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

class RosterTest implements SessionRegistry {
  private static final Session SESSION =
      new Session(
          "id",
          Scope.SUBMISSION,
          Session.Tls.NONE,
          new InetSocketAddress(InetAddress.getLoopbackAddress(), 4),
          new InetSocketAddress(InetAddress.getLoopbackAddress(), 5));

  private final MockTicker ticker = Ticker.newMockTicker();
  private final List<String> suspended = new ArrayList<>();
  private final EmbeddedChannel front = new EmbeddedChannel();
  private final Roster roster =
      new Roster(
          this,
          new CredentialBudget(OptionalInt.empty(), OptionalLong.of(10), OptionalLong.empty()),
          (id, _) -> suspended.add(id),
          Runnable::run,
          Clock.systemUTC(),
          ticker);
  private boolean isFaulty;

  private Roster.Place enter() {
    Grant grant =
        new Grant("u1", "anna", "c1", Optional.empty(), "anna", Map.of(), Optional.empty());
    SessionTrail trail = new SessionTrail(SESSION, new SessionEvents() {}, ticker);
    return roster.enter(grant, trail, "", front);
  }

  @Test
  void whoHasLeftIsForgottenAfterADay() {
    Roster.Place _ = enter();
    ticker.advance(25, TimeUnit.HOURS);
    roster.sumUp();
    assertThat(roster.counted()).isOne();
    var _ = front.close();
    roster.sumUp();
    assertThat(roster.counted()).isZero();
  }

  @Test
  void aFaultIsNotTheEndOfSummingUp() {
    enter().moved(Direction.UP, 11);
    isFaulty = true;
    roster.sumUp();
    assertThat(suspended).isEmpty();
    isFaulty = false;
    roster.sumUp();
    assertThat(suspended).containsExactly("c1");
  }

  @Override
  public LiveSession begin(SessionStart start) {
    return new LiveSession(start, _ -> {}, _ -> {});
  }

  @Override
  public void onKick(Consumer<SessionFilter> listener) {}

  @Override
  public int liveNodes() {
    if (isFaulty) {
      throw new IllegalStateException("a fault");
    }
    return 1;
  }
}
