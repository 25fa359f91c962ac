package dev.postern.gateway.net;

import dev.postern.gateway.observe.Direction;
import dev.postern.gateway.observe.EndReason;
import dev.postern.gateway.observe.Session;
import dev.postern.gateway.observe.SessionEnd;
import dev.postern.gateway.observe.SessionEvents;
import dev.postern.store.auth.Grant;
import io.netty.util.concurrent.Ticker;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What one connection's last line in the log will say, gathered while it lives. Used by one event
 * loop.
 */
final class SessionTrail {
  private Session session;
  private final SessionEvents events;
  private final Ticker ticker;
  private final long openedAt;
  private @Nullable Grant grant;
  private Roster.@Nullable Place place;
  private @Nullable String upstream;
  private @Nullable EndReason reason;
  private @Nullable TlsFailure tlsFailure;
  private long up;
  private long down;

  SessionTrail(Session session, SessionEvents events, Ticker ticker) {
    this.session = session;
    this.events = events;
    this.ticker = ticker;
    this.openedAt = ticker.nanoTime();
  }

  Session session() {
    return session;
  }

  SessionEvents events() {
    return events;
  }

  /** The client is another one than the one that connected. */
  void speaksFor(InetSocketAddress client) {
    session = session.of(client);
  }

  void accepted(Grant accepted) {
    grant = accepted;
  }

  /** The login has a place among those that are shown. */
  void entered(Roster.Place taken) {
    place = taken;
  }

  /** The login came to nothing; the client may try again. */
  void left() {
    if (place != null) {
      place.close();
      place = null;
    }
  }

  void routed(String name) {
    upstream = name;
    if (place != null) {
      place.routed(name);
    }
  }

  /** The hand-over is done. */
  void spliced() {
    events.spliced(session);
    if (place != null) {
      place.relaying();
    }
  }

  void relayed(Direction direction, int bytes) {
    switch (direction) {
      case UP -> up += bytes;
      case DOWN -> down += bytes;
    }
    if (place != null) {
      place.moved(direction, bytes);
    }
    events.relayed(session.protocol(), direction, bytes);
  }

  /** Notes why the connection is about to end; the first reason counts. */
  void ends(EndReason why) {
    if (reason == null) {
      reason = why;
    }
  }

  /** The connection is about to end because TLS failed. */
  void tlsFailed(TlsFailure why) {
    if (reason == null) {
      reason = EndReason.TLS_FAILED;
      tlsFailure = why;
    }
  }

  /** The connection is closed. */
  void closed() {
    events.closed(
        session,
        new SessionEnd(
            Optional.ofNullable(grant).map(Grant::user),
            Optional.ofNullable(grant).map(Grant::credentialId),
            Optional.ofNullable(upstream),
            reason == null ? EndReason.CLIENT_CLOSED : reason,
            Optional.ofNullable(tlsFailure).map(TlsFailure::word),
            up,
            down,
            Duration.ofNanos(ticker.nanoTime() - openedAt)));
  }
}
