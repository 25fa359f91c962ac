package dev.postern.gateway.net;

import io.netty.channel.Channel;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BooleanSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Stops accepting while everything is full, so that clients wait in the kernel's queue and are not
 * accepted only to be closed. Safe for use by several threads; its lock is held for a moment.
 */
final class AcceptGate {
  private static final Logger LOG = LoggerFactory.getLogger(AcceptGate.class);

  private final BooleanSupplier isOverfull;
  private final BooleanSupplier hasRoom;
  private final List<Channel> servers = new ArrayList<>();
  private volatile boolean isShut;

  /**
   * @param isOverfull shuts an open gate
   * @param hasRoom opens a shut one; never true while {@code isOverfull} is
   */
  AcceptGate(BooleanSupplier isOverfull, BooleanSupplier hasRoom) {
    this.isOverfull = isOverfull;
    this.hasRoom = hasRoom;
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
      LOG.warn(
          "as many connections as there may be (guard.sessions.total): new ones wait until there is room");
    }
    // Again where nothing changed: after a failed accept Netty lets its channel go on by itself.
    servers.forEach(server -> server.config().setAutoRead(!isShut));
  }

  private synchronized void forget(Channel server) {
    servers.remove(server);
  }
}
