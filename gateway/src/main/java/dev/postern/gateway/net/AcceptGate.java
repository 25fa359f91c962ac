package dev.postern.gateway.net;

import io.netty.channel.Channel;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Stops accepting while everything is full, so that clients wait in the kernel's queue and are not
 * accepted only to be closed. Safe for use by several threads; its lock is held for a moment.
 */
final class AcceptGate {
  private static final Logger LOG = LoggerFactory.getLogger(AcceptGate.class);

  /** A full node opens and shuts with each who leaves: the log need not say that each time. */
  private static final long PAUSE_NANOS = Duration.ofMinutes(1).toNanos();

  private final BooleanSupplier isOverfull;
  private final BooleanSupplier hasRoom;
  private final LongSupplier nanoTime;
  private final List<Channel> servers = new ArrayList<>();
  private volatile boolean isShut;

  /** In {@code nanoTime}; guarded by the lock. */
  private long sayNotBefore;

  /**
   * @param isOverfull shuts an open gate
   * @param hasRoom opens a shut one; never true while {@code isOverfull} is
   * @param nanoTime a clock that never jumps
   */
  AcceptGate(BooleanSupplier isOverfull, BooleanSupplier hasRoom, LongSupplier nanoTime) {
    this.isOverfull = isOverfull;
    this.hasRoom = hasRoom;
    this.nanoTime = nanoTime;
    this.sayNotBefore = nanoTime.getAsLong();
  }

  /** Accepts through {@code server} as long as the gate is open. */
  synchronized void guard(Channel server) {
    servers.add(server);
    server.closeFuture().addListener(_ -> forget(server));
    server.config().setAutoRead(!isShut);
  }

  /** Somebody came. */
  void cameIn() {
    if (isOverfull.getAsBoolean()) {
      adjust();
    }
  }

  /** Somebody left. */
  void wentOut() {
    if (isShut) {
      adjust();
    }
  }

  /** Whoever leaves after {@code isShut} was written sees it, and whoever left before is seen. */
  private synchronized void adjust() {
    boolean wasShut = isShut;
    if (isOverfull.getAsBoolean()) {
      isShut = true;
    }
    if (isShut && hasRoom.getAsBoolean()) {
      isShut = false;
    }
    if (isShut && !wasShut) {
      say();
    }
    // Again where nothing changed: after a failed accept Netty lets its channel go on by itself.
    servers.forEach(server -> server.config().setAutoRead(!isShut));
  }

  private void say() {
    long now = nanoTime.getAsLong();
    if (now - sayNotBefore >= 0) {
      sayNotBefore = now + PAUSE_NANOS;
      LOG.warn(
          "as many connections as there may be (guard.sessions.total): new ones wait until there is room");
    }
  }

  private synchronized void forget(Channel server) {
    servers.remove(server);
  }
}
