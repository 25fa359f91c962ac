package dev.postern.gateway.net;

import dev.postern.gateway.GatewayConfig.Timeouts;
import dev.postern.gateway.dialogue.ClientIdentity;
import dev.postern.gateway.dialogue.MailProtocol;
import dev.postern.gateway.dialogue.UpstreamFailure;
import dev.postern.gateway.dialogue.UpstreamFailure.Cause;
import dev.postern.gateway.dialogue.UpstreamPlan;
import dev.postern.gateway.dialogue.UpstreamPlan.UpstreamCredentials;
import dev.postern.gateway.dialogue.UpstreamSession;
import io.netty.bootstrap.Bootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.EventLoop;
import io.netty.util.concurrent.Future;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * One login at an upstream: its turn among the others, which has a time of its own; then name,
 * address by address, dialogue, all under one deadline. Ends exactly once, and then gives up its
 * place and wipes the password of its plan. Used by one event loop.
 *
 * <pre>
 * Waiting --> Resolving --> Connecting --> Talking --> Over
 *    +------------+-------------+------------+--cancel, deadline, failure--> Over
 * </pre>
 */
final class UpstreamLogin {
  private final EventLoop loop;
  private final UpstreamTarget target;
  private final UpstreamPlan plan;
  private final Optional<ClientIdentity> client;
  private final MailProtocol<?> protocol;
  private final TlsContexts contexts;
  private final Timeouts timeouts;
  private final Bootstrap bootstrap;
  private final UpstreamLogins.Answer answer;
  private Stage stage = new Stage.Waiting();
  private LoginPlaces.@Nullable Turn turn;

  /** Of the wait, then of the login. */
  private @Nullable Future<?> deadline;

  private sealed interface Stage {
    record Waiting() implements Stage {}

    record Resolving() implements Stage {}

    record Connecting(ChannelFuture attempt) implements Stage {}

    record Talking(Channel channel) implements Stage {}

    record Over() implements Stage {}
  }

  UpstreamLogin(
      EventLoop loop,
      UpstreamTarget target,
      UpstreamPlan plan,
      Optional<ClientIdentity> client,
      MailProtocol<?> protocol,
      TlsContexts contexts,
      Timeouts timeouts,
      Bootstrap bootstrap,
      UpstreamLogins.Answer answer) {
    this.loop = loop;
    this.target = target;
    this.plan = plan;
    this.client = client;
    this.protocol = protocol;
    this.contexts = contexts;
    this.timeouts = timeouts;
    this.bootstrap = bootstrap;
    this.answer = answer;
  }

  void start(LoginPlaces places, NameResolver names) {
    turn = places.take(() -> itsTurn(names)).orElse(null);
    if (turn == null) {
      loop.execute(() -> fail(overloaded("too many logins are under way at this upstream")));
    } else if (turn.hasPlace()) {
      begin(names);
    } else {
      Duration limit = timeouts.upstreamConnect();
      endAfter(limit, overloaded("others were under way at this upstream for " + millis(limit)));
    }
  }

  /** On the thread of whoever made place. */
  private void itsTurn(NameResolver names) {
    try {
      loop.execute(() -> {
        if (stage instanceof Stage.Waiting) {
          begin(names);
        }
      });
    } catch (RejectedExecutionException _) {
      // The gateway has stopped, and all that wait with it.
    }
  }

  private void endAfter(Duration limit, UpstreamFailure failure) {
    if (deadline != null) {
      deadline.cancel(false);
    }
    deadline = loop.schedule(() -> fail(failure), limit.toNanos(), TimeUnit.NANOSECONDS);
  }

  private void begin(NameResolver names) {
    stage = new Stage.Resolving();
    Duration limit = timeouts.upstreamLogin();
    endAfter(limit, new UpstreamFailure(Cause.TIMEOUT, "not logged in within " + millis(limit)));
    CompletableFuture<List<InetAddress>> addresses = names.resolve(target.endpoint().host());
    Future<?> impatience =
        loop.schedule(
            () -> addresses.completeExceptionally(new UnknownHostException("no answer")),
            timeouts.upstreamConnect().toNanos(),
            TimeUnit.NANOSECONDS);
    addresses.whenComplete((found, trouble) ->
        loop.execute(() -> {
          impatience.cancel(false);
          resolved(found, trouble);
        }));
  }

  /** Gives up; nobody is told. */
  void cancel() {
    end();
  }

  private void resolved(@Nullable List<InetAddress> found, @Nullable Throwable trouble) {
    if (stage instanceof Stage.Over) {
      return;
    }
    if (found == null || found.isEmpty()) {
      Throwable cause = trouble instanceof CompletionException ? trouble.getCause() : trouble;
      boolean isOurs = cause instanceof RejectedExecutionException;
      fail(
          isOurs
              ? overloaded("too many names wait to be resolved")
              : new UpstreamFailure(
                  Cause.CONNECT, "the name " + target.endpoint().host() + " does not resolve"));
      return;
    }
    connect(found);
  }

  private void connect(List<InetAddress> addresses) {
    InetSocketAddress address =
        new InetSocketAddress(addresses.getFirst(), target.endpoint().port());
    ChannelFuture attempt =
        bootstrap
            .clone(loop)
            .handler(
                new UpstreamPipeline(
                    contexts,
                    target,
                    client,
                    protocol.upstream().apply(plan),
                    timeouts,
                    new Dialogue()))
            .connect(address);
    stage = new Stage.Connecting(attempt);
    attempt.addListener(
        (ChannelFutureListener) done -> connected(done, addresses.subList(1, addresses.size())));
  }

  private void connected(ChannelFuture attempt, List<InetAddress> others) {
    switch (stage) {
      case Stage.Connecting _ -> {
        if (attempt.isSuccess()) {
          stage = new Stage.Talking(attempt.channel());
        } else if (others.isEmpty()) {
          fail(Faults.failure(Cause.CONNECT, attempt.cause()));
        } else {
          connect(others);
        }
      }
      // The dialogue can be ahead of us: the connection is active before this listener is called.
      case Stage.Waiting _, Stage.Resolving _, Stage.Talking _ -> {}
      case Stage.Over _ -> {}
    }
  }

  private final class Dialogue implements UpstreamHandler.Result {
    @Override
    public void loggedIn(UpstreamSession session) {
      Channel channel = channel();
      if (channel != null) {
        finish();
        answer.ready(new UpstreamLink(channel, session));
      }
    }

    @Override
    public void failed(UpstreamFailure failure) {
      fail(failure);
    }
  }

  private @Nullable Channel channel() {
    return switch (stage) {
      case Stage.Waiting(), Stage.Resolving() -> null;
      case Stage.Connecting(var attempt) -> attempt.channel();
      case Stage.Talking(var channel) -> channel;
      case Stage.Over() -> null;
    };
  }

  private void fail(UpstreamFailure failure) {
    if (!(stage instanceof Stage.Over)) {
      end();
      answer.failed(failure);
    }
  }

  private void end() {
    Channel channel = channel();
    finish();
    if (channel != null) {
      channel.close();
    }
  }

  private void finish() {
    if (stage instanceof Stage.Over) {
      return;
    }
    stage = new Stage.Over();
    if (deadline != null) {
      deadline.cancel(false);
    }
    plan.credentials().map(UpstreamCredentials::password).ifPresent(secret -> secret.close());
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
