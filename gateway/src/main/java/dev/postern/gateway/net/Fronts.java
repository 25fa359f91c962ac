package dev.postern.gateway.net;

import dev.postern.gateway.observe.EndReason;
import io.netty.channel.Channel;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.group.ChannelGroup;
import io.netty.channel.group.DefaultChannelGroup;
import io.netty.util.concurrent.EventExecutor;
import io.netty.util.concurrent.GlobalEventExecutor;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;

/** Every connection that came in through the listeners. Safe for use by several threads. */
final class Fronts {
  private final ChannelGroup channels = new DefaultChannelGroup(GlobalEventExecutor.INSTANCE, true);
  private final EventLoopGroup loops;

  Fronts(EventLoopGroup loops) {
    this.loops = loops;
  }

  void add(Channel front) {
    channels.add(front);
  }

  /** Puts an event into each of their pipelines. */
  void tell(Object event) {
    channels.forEach(
        front -> front.eventLoop().execute(() -> front.pipeline().fireUserEventTriggered(event)));
  }

  /** Waits until those that were accepted before a listener closed are here. */
  void settle() {
    for (EventExecutor loop : loops) {
      loop.submit(() -> {}).awaitUninterruptibly();
    }
  }

  int all() {
    return channels.size();
  }

  int loggedIn() {
    return (int)
        channels.stream().filter(front -> front.pipeline().get(HandlerNames.RELAY) != null).count();
  }

  /**
   * Waits until all are closed.
   *
   * @param hurry ends the wait
   * @return whether they are
   */
  boolean awaitClosed(long millis, CompletionStage<?> hurry) {
    CompletableFuture<Void> closed = new CompletableFuture<>();
    channels.newCloseFuture().addListener(_ -> closed.complete(null));
    CompletableFuture.anyOf(closed, hurry.toCompletableFuture())
        .completeOnTimeout(null, Math.max(0, millis), TimeUnit.MILLISECONDS)
        .join();
    return channels.isEmpty();
  }

  /** Says goodbye to those that are not logged in, and ends all within that time. */
  void close(long millis) {
    tell(EndReason.SHUTDOWN);
    if (!channels.newCloseFuture().awaitUninterruptibly(millis, TimeUnit.MILLISECONDS)) {
      channels.close();
    }
  }
}
