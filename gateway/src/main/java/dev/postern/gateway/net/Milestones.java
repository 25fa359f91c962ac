package dev.postern.gateway.net;

import dev.postern.gateway.observe.Timeline;
import io.netty.util.concurrent.Ticker;
import java.time.Duration;
import java.util.Optional;

/** When what happened on one connection. Used by its event loop. */
final class Milestones {
  private static final long NEVER = -1;

  private final Ticker ticker;
  private final long openedAt;
  private long tls = NEVER;
  private long login = NEVER;
  private long verify = NEVER;
  private long upstream = NEVER;
  private long relay = NEVER;

  /** The connection is accepted. */
  Milestones(Ticker ticker) {
    this.ticker = ticker;
    this.openedAt = ticker.nanoTime();
  }

  void encrypted() {
    tls = now();
  }

  /**
   * A login begins; what the one before came to counts no more.
   *
   * @param firstByte when its credentials began to come, by the connection's ticker
   */
  void attempted(long firstByte) {
    login = firstByte - openedAt;
    verify = NEVER;
    upstream = NEVER;
  }

  /** The first answer about a login counts. */
  void verified() {
    if (verify == NEVER) {
      verify = now();
    }
  }

  void upstreamReady() {
    upstream = now();
  }

  /** The first byte counts. */
  void relayed() {
    if (relay == NEVER) {
      relay = now();
    }
  }

  /** All of them, and the end now. */
  Timeline ended() {
    return new Timeline(
        at(tls), at(login), at(verify), at(upstream), at(relay), Duration.ofNanos(now()));
  }

  /** So long the connection has been here. */
  Duration sinceOpened() {
    return Duration.ofNanos(now());
  }

  private long now() {
    return ticker.nanoTime() - openedAt;
  }

  private static Optional<Duration> at(long nanos) {
    return nanos == NEVER ? Optional.empty() : Optional.of(Duration.ofNanos(nanos));
  }
}
