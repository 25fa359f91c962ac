package dev.postern.gateway.net;

import static org.assertj.core.api.Assertions.assertThat;

import dev.postern.gateway.observe.Direction;
import dev.postern.gateway.observe.Session;
import dev.postern.gateway.observe.SessionEvents;
import dev.postern.store.auth.Scope;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelOutboundBuffer;
import io.netty.channel.ChannelPromise;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.channel.socket.DuplexChannel;
import io.netty.util.concurrent.Ticker;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * What has ended leaves no timer: it would keep the channels and what they hold until it runs out,
 * under a flood thousands of them.
 */
@ExtendWith(LeakCheck.class)
class EndedConnectionsTest {
  /** As {@link EmbeddedChannel#runScheduledPendingTasks} says it. */
  private static final long NO_TIMER = -1;

  private static final InetSocketAddress SOMEWHERE =
      new InetSocketAddress(InetAddress.getLoopbackAddress(), 4);

  private final EmbeddedChannel front = new EmbeddedChannel();
  private final EmbeddedChannel upstream = new EmbeddedChannel();

  @AfterEach
  void close() {
    front.finishAndReleaseAll();
    upstream.finishAndReleaseAll();
  }

  @Test
  void aSessionThatItsClientEnds() {
    splice();
    assertThat(front.runScheduledPendingTasks()).as("while it is open").isPositive();

    front.pipeline().fireUserEventTriggered(ChannelInputShutdownEvent.INSTANCE);
    upstream.runPendingTasks();
    front.runPendingTasks();

    assertIsOver(front);
    assertIsOver(upstream);
  }

  @Test
  void aSessionWhoseServerIsLost() {
    splice();

    end(upstream);
    upstream.runPendingTasks();
    front.runPendingTasks();

    assertIsOver(front);
    assertIsOver(upstream);
  }

  @Test
  void aSessionWhoseServerEndsLeavesItsClientForAWhile() {
    WithHalves halves = new WithHalves();
    splice(halves);

    upstream.pipeline().fireUserEventTriggered(ChannelInputShutdownEvent.INSTANCE);
    upstream.runPendingTasks();
    assertIsOver(upstream);
    assertThat(halves.isOutputShutdown()).isTrue();
    assertThat(halves.isOpen()).isTrue();

    halves.pipeline().fireUserEventTriggered(ChannelInputShutdownEvent.INSTANCE);
    halves.runPendingTasks();
    assertIsOver(halves);
  }

  @Test
  void aSessionWhoseServerEndsBeforeAClientThatTakesNothing() {
    WithHalves halves = new WithHalves();
    halves.freezeTime();
    halves.isStuck = true;
    splice(halves);
    upstream.pipeline().fireChannelRead(Unpooled.copiedBuffer("221", StandardCharsets.US_ASCII));
    upstream.pipeline().fireChannelReadComplete();

    upstream.pipeline().fireUserEventTriggered(ChannelInputShutdownEvent.INSTANCE);
    halves.advanceTimeBy(1_999, TimeUnit.MILLISECONDS);
    halves.runScheduledPendingTasks();
    assertThat(upstream.isOpen()).isTrue();
    halves.advanceTimeBy(1, TimeUnit.MILLISECONDS);
    halves.runScheduledPendingTasks();
    upstream.runPendingTasks();
    assertIsOver(upstream);
    assertThat(halves.isOpen()).isTrue();

    halves.advanceTimeBy(30, TimeUnit.SECONDS);
    halves.runScheduledPendingTasks();
    halves.runPendingTasks();
    assertIsOver(halves);
  }

  @Test
  void aFarewell() {
    EmbeddedChannel channel = new WithHalves();
    channel.pipeline().addLast(new Farewell());
    assertThat(channel.runScheduledPendingTasks()).as("while it lasts").isPositive();

    end(channel);

    assertIsOver(channel);
  }

  @Test
  void oneThatFoundNoRoom() {
    front.pipeline().addLast(new NoRoom("* BYE later", true));
    assertThat(front.runScheduledPendingTasks()).as("while it lasts").isPositive();

    end(front);

    assertIsOver(front);
  }

  private void splice() {
    splice(front);
  }

  private void splice(EmbeddedChannel front) {
    Ticker ticker = front.eventLoop().ticker();
    RelaySession session =
        new RelaySession(
            front,
            upstream,
            new SessionTrail(
                new Session("id", Scope.IMAP, Session.Tls.NONE, SOMEWHERE, SOMEWHERE),
                new SessionEvents() {},
                ticker),
            new RelayLimits(RelayLimits.LONGEST_IDLE, Duration.ofSeconds(30)));
    front.pipeline().addLast(new Relay(Direction.UP, front, upstream, session));
    upstream.pipeline().addLast(new Relay(Direction.DOWN, upstream, front, session));
    session.start();
  }

  /** As handlers do it: the channel's own close would cancel whatever timers there are. */
  private static void end(EmbeddedChannel channel) {
    channel.pipeline().close();
  }

  private static void assertIsOver(EmbeddedChannel channel) {
    assertThat(channel.isOpen()).isFalse();
    assertThat(channel.runScheduledPendingTasks()).isEqualTo(NO_TIMER);
  }

  /** One whose output can end alone. */
  private static final class WithHalves extends EmbeddedChannel implements DuplexChannel {
    private boolean isEnded;
    private boolean isStuck;

    @Override
    protected void doWrite(ChannelOutboundBuffer in) throws Exception {
      if (!isStuck) {
        super.doWrite(in);
      }
    }

    @Override
    public boolean isInputShutdown() {
      return false;
    }

    @Override
    public ChannelFuture shutdownInput() {
      return shutdownInput(newPromise());
    }

    @Override
    public ChannelFuture shutdownInput(ChannelPromise promise) {
      return promise.setFailure(new UnsupportedOperationException());
    }

    @Override
    public boolean isOutputShutdown() {
      return isEnded;
    }

    @Override
    public ChannelFuture shutdownOutput() {
      return shutdownOutput(newPromise());
    }

    @Override
    public ChannelFuture shutdownOutput(ChannelPromise promise) {
      isEnded = true;
      return promise.setSuccess();
    }

    @Override
    public boolean isShutdown() {
      return false;
    }

    @Override
    public ChannelFuture shutdown() {
      return shutdown(newPromise());
    }

    @Override
    public ChannelFuture shutdown(ChannelPromise promise) {
      return promise.setFailure(new UnsupportedOperationException());
    }
  }
}
