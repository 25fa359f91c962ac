package dev.postern.gateway.net;

import io.netty.util.concurrent.Ticker;
import java.time.Duration;
import java.util.Optional;

/**
 * When the bytes of the command in hand came, for the failure delay and for the login time. Used by
 * one event loop.
 */
final class AttemptTimes {
  private final Ticker ticker;
  private long firstByte;
  private long decoded;
  private Optional<Long> attempt = Optional.empty();

  AttemptTimes(Ticker ticker) {
    this.ticker = ticker;
    this.firstByte = ticker.nanoTime();
    this.decoded = firstByte;
  }

  /** The first byte of a command came. */
  void began() {
    firstByte = ticker.nanoTime();
  }

  /** A command is complete. */
  void decoded() {
    decoded = ticker.nanoTime();
  }

  /** That command carried credentials; when they began to come, by the ticker. */
  long attempted() {
    attempt = Optional.of(firstByte);
    return firstByte;
  }

  /** When that command began to come, by the ticker. */
  long firstByte() {
    return firstByte;
  }

  /** What is left of {@code delay}, counted from the arrival of the last command; not negative. */
  Duration left(Duration delay) {
    Duration gone = Duration.ofNanos(ticker.nanoTime() - decoded);
    return gone.compareTo(delay) < 0 ? delay.minus(gone) : Duration.ZERO;
  }

  /** The time since the first byte of the credentials, once for each attempt. */
  Optional<Duration> answered() {
    Optional<Duration> taken = attempt.map(began -> Duration.ofNanos(ticker.nanoTime() - began));
    attempt = Optional.empty();
    return taken;
  }
}
