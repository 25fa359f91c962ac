package dev.postern.gateway.net;

import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.EventLoop;
import io.netty.util.concurrent.Future;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Connects to one of several addresses, RFC 8305 §5: the next one is tried when those before it
 * failed, or took {@link #HEAD_START}; the first that connects wins, and the others are closed.
 * Ends exactly once, unless it is cancelled. Used by one event loop.
 */
final class ConnectRace {
  static final Duration HEAD_START = Duration.ofMillis(250);

  private final EventLoop loop;
  private final AddressOrder order;
  private final Opening opening;
  private final Finish finish;

  /** Not tried yet; empty when the race is over. */
  private final Deque<InetSocketAddress> ahead = new ArrayDeque<>(1);

  /** In the order of their beginning; empty when the race is over. */
  private final Map<ChannelFuture, InetSocketAddress> underWay = new LinkedHashMap<>(2);

  private @Nullable Future<?> headStart;

  /** Begins to connect to an address. */
  interface Opening {
    ChannelFuture connect(InetSocketAddress address);
  }

  /** Learns how it ended. */
  interface Finish {
    void won(Channel channel);

    /**
     * @param why the last failure
     */
    void lost(Throwable why);
  }

  /**
   * @param order is told which addresses failed
   */
  ConnectRace(EventLoop loop, AddressOrder order, Opening opening, Finish finish) {
    this.loop = loop;
    this.order = order;
    this.opening = opening;
    this.finish = finish;
  }

  /**
   * @param addresses at least one
   */
  void start(List<InetSocketAddress> addresses) {
    ahead.addAll(addresses);
    next();
  }

  private void next() {
    stopTimer();
    InetSocketAddress address = ahead.removeFirst();
    ChannelFuture attempt = opening.connect(address);
    underWay.put(attempt, address);
    if (!ahead.isEmpty()) {
      headStart = loop.schedule(this::next, HEAD_START.toNanos(), TimeUnit.NANOSECONDS);
    }
    attempt.addListener((ChannelFutureListener) this::ended);
  }

  private void ended(ChannelFuture attempt) {
    if (attempt.isSuccess()) {
      won(attempt);
    } else {
      failed(attempt);
    }
  }

  /** An attempt has connected; also for who sees it first. What is not in the race is ignored. */
  void won(ChannelFuture attempt) {
    InetSocketAddress address = underWay.get(attempt);
    if (address == null) {
      return;
    }
    for (Map.Entry<ChannelFuture, InetSocketAddress> other : underWay.entrySet()) {
      if (other.getKey().equals(attempt)) {
        break;
      }
      order.failed(other.getValue());
    }
    order.connected(address);
    underWay.remove(attempt);
    cancel();
    finish.won(attempt.channel());
  }

  private void failed(ChannelFuture attempt) {
    InetSocketAddress address = underWay.remove(attempt);
    if (address == null) {
      return;
    }
    order.failed(address);
    if (!ahead.isEmpty()) {
      next();
    } else if (underWay.isEmpty()) {
      finish.lost(attempt.cause());
    }
  }

  /** Gives up all attempts; nobody is told. */
  void cancel() {
    stopTimer();
    ahead.clear();
    List<ChannelFuture> others = List.copyOf(underWay.keySet());
    underWay.clear();
    others.forEach(other -> other.channel().close());
  }

  private void stopTimer() {
    if (headStart != null) {
      headStart.cancel(false);
      headStart = null;
    }
  }
}
