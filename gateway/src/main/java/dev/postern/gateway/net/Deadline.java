package dev.postern.gateway.net;

import io.netty.channel.EventLoop;
import io.netty.util.concurrent.Ticker;
import java.time.Duration;

/**
 * When one login at an upstream must have come to its end, whatever it has to wait for until then:
 * a place, a turn, a token, and each connection share what there is. Immutable.
 *
 * @param limit how long that is from the beginning
 * @param end in nanoseconds of {@code ticker}
 */
record Deadline(Ticker ticker, Duration limit, long end) {

  /** From now on, by the clock of {@code loop}. */
  static Deadline after(Duration limit, EventLoop loop) {
    Ticker ticker = loop.ticker();
    return new Deadline(ticker, limit, ticker.nanoTime() + limit.toNanos());
  }

  /** What is left of it; not negative. */
  Duration left() {
    return Duration.ofNanos(Math.max(0, end - ticker.nanoTime()));
  }
}
