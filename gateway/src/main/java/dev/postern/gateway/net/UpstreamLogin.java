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
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * One login at an upstream under way: name, address by address, dialogue, all under one deadline.
 * Ends exactly once, and then wipes the password of its plan. Used by one event loop.
 *
 * <pre>
 * Resolving --> Connecting --> Talking --> Over
 *     +-------------+------------+--cancel, deadline, failure--> Over
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
  private final Answer answer;
  private Stage stage = new Stage.Resolving();
  private @Nullable Future<?> deadline;

  /** Learns how it went; one of the two, once, on the event loop; neither after a cancel. */
  interface Answer {
    void ready(UpstreamLink link);

    void failed(UpstreamFailure failure);

    /** Called first in every case, also on cancel. */
    void over();
  }

  private sealed interface Stage {
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
      Answer answer) {
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

  void start(NameResolver names) {
    deadline =
        loop.schedule(
            () -> fail(new UpstreamFailure(Cause.TIMEOUT, "not logged in within " + limit())),
            timeouts.upstreamLogin().toNanos(),
            TimeUnit.NANOSECONDS);
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

  /** Gives up; nobody is told but {@link Answer#over}. */
  void cancel() {
    end();
  }

  private void resolved(@Nullable List<InetAddress> found, @Nullable Throwable trouble) {
    if (stage instanceof Stage.Over) {
      return;
    }
    if (found == null || found.isEmpty()) {
      boolean isOurs = trouble instanceof RejectedExecutionException;
      fail(
          isOurs
              ? new UpstreamFailure(Cause.OVERLOADED, "too many names wait to be resolved")
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
      case Stage.Resolving _, Stage.Talking _ -> {}
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
      case Stage.Resolving() -> null;
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
    answer.over();
  }

  private String limit() {
    return timeouts.upstreamLogin().toMillis() + " ms";
  }
}
