package dev.postern.gateway.net;

import dev.postern.gateway.dialogue.ClientIdentity;
import dev.postern.gateway.dialogue.MailProtocol;
import dev.postern.gateway.dialogue.UpstreamFailure;
import dev.postern.gateway.dialogue.UpstreamFailure.Cause;
import dev.postern.gateway.dialogue.UpstreamPlan;
import dev.postern.gateway.dialogue.UpstreamPlan.UpstreamCredentials;
import dev.postern.gateway.dialogue.UpstreamSession;
import dev.postern.gateway.dialogue.UpstreamStep;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.EventLoop;
import io.netty.util.concurrent.ScheduledFuture;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * One login at an upstream: its turn among the others, then connection and dialogue, all under a
 * deadline that may have run before. Nothing is ever repeated that was begun on a connection. Ends
 * exactly once, and then gives up its place and wipes the password of its plan. Used by one event
 * loop.
 *
 * <pre>
 * Waiting --> Connecting --> Talking --> Greeted --> Over
 *    +------------+------------+-----------+--cancel, deadline, failure--> Over
 * </pre>
 */
final class UpstreamLogin {

  private final EventLoop loop;
  private final Deadline deadline;
  private final UpstreamTarget target;
  private final UpstreamPlan plan;
  private final Optional<ClientIdentity> client;
  private final MailProtocol<?> protocol;
  private final LoginMeans means;
  private final CircuitUse circuit;
  private final UpstreamTalk talk;
  private final UpstreamLogins.Answer answer;
  private Stage stage = new Stage.Waiting();
  private LoginPlaces.@Nullable Turn turn;

  /** Of the wait, then of the login. */
  private @Nullable ScheduledFuture<?> timer;

  private sealed interface Stage {
    record Waiting() implements Stage {}

    record Connecting(ConnectPhase connection) implements Stage {}

    record Talking(Channel channel) implements Stage {}

    /** The server has let us begin. */
    record Greeted(Channel channel) implements Stage {}

    record Over() implements Stage {}
  }

  UpstreamLogin(
      EventLoop loop,
      Deadline deadline,
      UpstreamTarget target,
      UpstreamPlan plan,
      Optional<ClientIdentity> client,
      MailProtocol<?> protocol,
      LoginMeans means,
      CircuitUse circuit,
      UpstreamTalk talk,
      UpstreamLogins.Answer answer) {
    this.loop = loop;
    this.deadline = deadline;
    this.target = target;
    this.plan = plan;
    this.client = client;
    this.protocol = protocol;
    this.means = means;
    this.circuit = circuit;
    this.talk = talk;
    this.answer = answer;
  }

  void start(LoginPlaces places) {
    Optional<UpstreamFailure> refusal = circuit.refusal();
    if (refusal.isPresent()) {
      loop.execute(() -> fail(refusal.get()));
      return;
    }
    turn = places.take(this::itsTurn).orElse(null);
    if (turn == null) {
      loop.execute(() -> fail(overloaded("too many logins are under way at this upstream")));
    } else if (turn.hasPlace()) {
      begin();
    } else {
      Duration most = means.timeouts().upstreamConnect();
      Duration left = deadline.left();
      Duration limit = left.compareTo(most) < 0 ? left : most;
      UpstreamFailure failure =
          overloaded("others were under way at this upstream for " + millis(limit));
      endAfter(limit, () -> fail(failure));
    }
  }

  /** On the thread of whoever made place. */
  private void itsTurn() {
    try {
      loop.execute(() -> {
        if (stage instanceof Stage.Waiting) {
          begin();
        }
      });
    } catch (RejectedExecutionException _) {
      // The gateway has stopped, and all that wait with it.
    }
  }

  private void endAfter(Duration limit, Runnable end) {
    if (timer != null) {
      timer.cancel(false);
    }
    timer = loop.schedule(end, limit.toNanos(), TimeUnit.NANOSECONDS);
  }

  private void begin() {
    Optional<UpstreamFailure> refusal = circuit.enter();
    if (refusal.isPresent()) {
      loop.execute(() -> fail(refusal.get()));
      return;
    }
    Duration left = deadline.left();
    endAfter(left, () -> late(left));
    ConnectPhase connection =
        new ConnectPhase(loop, means, target.endpoint(), this::open, new Connection());
    stage = new Stage.Connecting(connection);
    connection.start();
  }

  /** What little was left by what came before says nothing of the server. */
  private void late(Duration had) {
    UpstreamFailure failure =
        new UpstreamFailure(Cause.TIMEOUT, "not logged in within " + millis(deadline.limit()));
    if (had.multipliedBy(2).compareTo(deadline.limit()) < 0) {
      tell(failure);
    } else {
      fail(failure);
    }
  }

  /** Gives up; nobody is told. */
  void cancel() {
    end();
  }

  private ChannelFuture open(InetSocketAddress address) {
    Dialogue dialogue = new Dialogue();
    ChannelFuture attempt =
        means
            .bootstrap()
            .clone(loop)
            .handler(
                new UpstreamPipeline(
                    means.contexts(),
                    target,
                    client,
                    protocol.upstream().apply(plan),
                    means.timeouts(),
                    dialogue))
            .connect(address);
    dialogue.attempt = attempt;
    return attempt;
  }

  private final class Connection implements ConnectPhase.Finish {
    @Override
    public void connected(Channel channel) {
      stage = new Stage.Talking(channel);
    }

    @Override
    public boolean unconnected(UpstreamFailure failure) {
      return circuit.isWorthAnother(failure)
          && timer != null
          && 2 * timer.getDelay(TimeUnit.NANOSECONDS) >= means.timeouts().upstreamLogin().toNanos();
    }

    @Override
    public void failed(UpstreamFailure failure) {
      tell(failure);
    }
  }

  /** Of one attempt; what is said of those that did not win counts for nothing. */
  private final class Dialogue implements UpstreamHandler.Result {
    private @Nullable ChannelFuture attempt;

    @Override
    public void greeted() {
      if (isWinner() && stage instanceof Stage.Talking(Channel channel)) {
        stage = new Stage.Greeted(channel);
        circuit.reached();
      }
    }

    @Override
    public void sent(UpstreamStep step) {
      if (isWinner()) {
        talk.sent(step);
      }
    }

    @Override
    public void heard(String line) {
      if (isWinner()) {
        talk.heard(line);
      }
    }

    @Override
    public void loggedIn(UpstreamSession session) {
      if (isWinner()) {
        in(session);
      }
    }

    @Override
    public void failed(UpstreamFailure failure) {
      if (isWinner()) {
        fail(failure);
      }
    }

    /** The dialogue can be ahead of the race: a connection may speak before its future does. */
    private boolean isWinner() {
      if (attempt == null || !attempt.isSuccess()) {
        return false;
      }
      if (stage instanceof Stage.Connecting(ConnectPhase connection)) {
        connection.won(attempt);
      }
      return attempt.channel().equals(channel());
    }
  }

  private void in(UpstreamSession session) {
    Channel channel = channel();
    if (channel != null) {
      if (!(stage instanceof Stage.Greeted)) {
        circuit.reached();
      }
      finish();
      answer.ready(new UpstreamLink(channel, session));
    }
  }

  private @Nullable Channel channel() {
    return switch (stage) {
      case Stage.Waiting(), Stage.Connecting(_) -> null;
      case Stage.Talking(Channel channel) -> channel;
      case Stage.Greeted(Channel channel) -> channel;
      case Stage.Over() -> null;
    };
  }

  private void fail(UpstreamFailure failure) {
    if (!(stage instanceof Stage.Over)) {
      circuit.ended(failure, stage instanceof Stage.Greeted);
      tell(failure);
    }
  }

  private void tell(UpstreamFailure failure) {
    end();
    answer.failed(failure);
  }

  private void end() {
    Stage left = stage;
    finish();
    switch (left) {
      case Stage.Waiting(), Stage.Over() -> {}
      case Stage.Connecting(ConnectPhase connection) -> connection.cancel();
      case Stage.Talking(Channel channel) -> channel.close();
      case Stage.Greeted(Channel channel) -> channel.close();
    }
  }

  private void finish() {
    if (stage instanceof Stage.Over) {
      return;
    }
    stage = new Stage.Over();
    if (timer != null) {
      timer.cancel(false);
    }
    plan.credentials().ifPresent(UpstreamCredentials::close);
    circuit.leave();
    if (turn != null) {
      turn.leave();
    }
  }

  private static UpstreamFailure overloaded(String why) {
    return new UpstreamFailure(Cause.OVERLOADED, why);
  }

  private static String millis(Duration limit) {
    return limit.toMillis() + " ms";
  }
}
