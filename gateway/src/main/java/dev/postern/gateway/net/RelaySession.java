package dev.postern.gateway.net;

import dev.postern.gateway.dialogue.Forbidden;
import dev.postern.gateway.observe.Direction;
import dev.postern.gateway.observe.EndReason;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.util.concurrent.Future;
import java.time.Duration;
import java.util.EnumSet;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * What the two relays of a session share: the limit on silence, and the end. When one side ends its
 * stream the other is told. The client's end leaves the upstream free to go on until it ends too,
 * or is silent for {@link RelayLimits#halfClosed}. The upstream's end is the end of its connection,
 * once the client has what it sent: at the server it may still count as a session. The client's
 * connection stays as long as after its own end, and what comes on it is dropped. When one side is
 * lost the other gets what was read before, and is closed. Used by one event loop.
 */
final class RelaySession {

  /** How long a client may take to be sent the last of an upstream, while that is kept. */
  static final Duration LAST_WORDS = Duration.ofSeconds(2);

  private final Channel front;
  private final Channel upstream;
  private final SessionTrail trail;
  private final RelayLimits limits;
  private final Set<Direction> ended = EnumSet.noneOf(Direction.class);
  private long movedAt;
  private @Nullable Future<?> timer;

  RelaySession(Channel front, Channel upstream, SessionTrail trail, RelayLimits limits) {
    this.front = front;
    this.upstream = upstream;
    this.trail = trail;
    this.limits = limits;
    this.movedAt = now();
  }

  /** Starts to watch for silence. */
  void start() {
    checkAfter(limits.idle());
    trail.spliced();
    front.closeFuture().addListener(_ -> trail.events().unspliced(trail.session()));
    front.closeFuture().addListener(_ -> stopIfClosed());
    upstream.closeFuture().addListener(_ -> stopIfClosed());
  }

  private void stopIfClosed() {
    if (!isOpen()) {
      stopTimer();
    }
  }

  private boolean isOpen() {
    return front.isOpen() || upstream.isOpen();
  }

  void moved(Direction direction, int bytes) {
    movedAt = now();
    trail.relayed(direction, bytes);
  }

  /**
   * Reads the side that {@code direction} comes from while the other side takes what it says. A
   * stream that has ended is left alone: the transport would fail.
   */
  void pace(Direction direction) {
    if (!ended.contains(direction)) {
      switch (direction) {
        case UP -> front.config().setAutoRead(takes(upstream));
        case DOWN -> upstream.config().setAutoRead(takes(front));
      }
    }
  }

  /** Whether more may be read for {@code sink}; if it is closed, to be dropped. */
  static boolean takes(Channel sink) {
    return sink.isWritable() || !sink.isOpen();
  }

  /**
   * The side that {@code direction} comes from has ended its stream; {@code sink}, the other one,
   * is told.
   */
  void ended(Direction direction, Channel sink) {
    trail.ends(
        switch (direction) {
          case UP -> EndReason.CLIENT_CLOSED;
          case DOWN -> EndReason.UPSTREAM_CLOSED;
        });
    ended.add(direction);
    if (ended.size() == Direction.values().length) {
      HalfClose.closeAfterWrites(front);
      HalfClose.closeAfterWrites(upstream);
    } else {
      ChannelFuture told = HalfClose.endOutput(sink);
      if (direction == Direction.DOWN && upstream.isActive()) {
        leaveUpstream(told);
      }
    }
    movedAt = now();
    checkAfter(limits.halfClosed());
  }

  /**
   * Closes the upstream's connection.
   *
   * @param heard done when the client was sent all that came from there
   */
  private void leaveUpstream(ChannelFuture heard) {
    upstream.closeFuture().addListener(_ -> drop());
    Future<?> impatience =
        front
            .eventLoop()
            .schedule(() -> upstream.close(), LAST_WORDS.toNanos(), TimeUnit.NANOSECONDS);
    upstream.closeFuture().addListener(_ -> impatience.cancel(false));
    heard.addListener(_ -> HalfClose.closeAfterWrites(upstream));
  }

  /** What the client sends has nowhere to go; its end is still to be read. */
  private void drop() {
    if (front.isOpen()) {
      pace(Direction.UP);
    }
  }

  /**
   * The side that {@code direction} comes from is closed: it can send and take nothing more. Not
   * told of an upstream that had ended its stream before.
   */
  void lost(Direction direction) {
    switch (direction) {
      case UP -> HalfClose.closeAfterWrites(upstream);
      case DOWN -> HalfClose.closeAfterWrites(front);
    }
  }

  /** Ends both sides at once; nothing is said, for it could land inside a literal. */
  void cut(EndReason reason) {
    trail.ends(reason);
    front.config().setAutoRead(false);
    front.close();
    upstream.close();
  }

  /** A tap has seen what may not pass. */
  void forbid(Forbidden why) {
    trail.events().forbidden(trail.session(), why);
    cut(why.isCommand() ? EndReason.FORBIDDEN_COMMAND : EndReason.SMUGGLING);
  }

  private void checkAfter(Duration wait) {
    stopTimer();
    // A timer would keep both channels of a session that is over as long as it runs.
    if (isOpen()) {
      timer = front.eventLoop().schedule(this::check, wait.toNanos(), TimeUnit.NANOSECONDS);
    }
  }

  private void stopTimer() {
    if (timer != null) {
      timer.cancel(false);
    }
  }

  private void check() {
    Duration limit = ended.isEmpty() ? limits.idle() : limits.halfClosed();
    Duration left = limit.minusNanos(now() - movedAt);
    if (left.isPositive()) {
      checkAfter(left);
    } else {
      cut(EndReason.IDLE);
    }
  }

  private long now() {
    return front.eventLoop().ticker().nanoTime();
  }
}
