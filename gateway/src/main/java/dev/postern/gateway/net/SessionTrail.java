package dev.postern.gateway.net;

import dev.postern.gateway.dialogue.UpstreamFailure;
import dev.postern.gateway.observe.ConnectionRefusal;
import dev.postern.gateway.observe.Direction;
import dev.postern.gateway.observe.EndReason;
import dev.postern.gateway.observe.Session;
import dev.postern.gateway.observe.SessionEnd;
import dev.postern.gateway.observe.SessionEvents;
import dev.postern.store.auth.AuthOutcome;
import dev.postern.store.auth.AuthOutcome.Accepted;
import dev.postern.store.auth.AuthOutcome.Delegate;
import dev.postern.store.auth.AuthOutcome.Rejected;
import dev.postern.store.auth.AuthOutcome.Throttled;
import dev.postern.store.auth.AuthOutcome.Unavailable;
import dev.postern.store.auth.Grant;
import io.netty.util.concurrent.Ticker;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What one connection's last line in the log will say, gathered while it lives; what others are to
 * hear of meanwhile they are told. Used by one event loop.
 */
final class SessionTrail {
  private Session session;
  private final SessionEvents events;
  private final Milestones milestones;
  private @Nullable Grant grant;
  private Roster.@Nullable Place place;
  private @Nullable UpstreamTarget upstream;
  private @Nullable String refusal;
  private @Nullable EndReason reason;
  private @Nullable TlsFailure tlsFailure;
  private long up;
  private long down;

  SessionTrail(Session session, SessionEvents events, Ticker ticker) {
    this.session = session;
    this.events = events;
    this.milestones = new Milestones(ticker);
  }

  Session session() {
    return session;
  }

  SessionEvents events() {
    return events;
  }

  /** So long ago the connection was accepted. */
  Duration sinceOpened() {
    return milestones.sinceOpened();
  }

  /** The client is another one than the one that connected. */
  void speaksFor(InetSocketAddress client) {
    session = session.of(client);
  }

  /**
   * A TLS handshake is done.
   *
   * @param version such as {@code TLSv1.3}
   */
  void encrypted(String version, boolean isResumed) {
    milestones.encrypted();
    events.encrypted(session, version, isResumed);
  }

  /**
   * A login begins; nothing is said of the one before.
   *
   * @param firstByte when its credentials began to come, by the event loop's ticker
   */
  void attempted(long firstByte) {
    milestones.attempted(firstByte);
    grant = null;
    upstream = null;
    refusal = null;
  }

  /** A login has its outcome; one that the upstream is to judge has none yet. */
  void decided(String mechanism, AuthOutcome outcome) {
    milestones.verified();
    refusal =
        switch (outcome) {
          case Accepted _, Delegate _ -> null;
          case Rejected(var why) -> why.word();
          case Throttled(var why, _, _) -> why.word();
          case Unavailable(var trouble) -> trouble.word();
        };
    if (!(outcome instanceof Delegate)) {
      events.decided(session, mechanism, outcome);
    }
  }

  /** It is good, but there are too many sessions. */
  void crowded(Grant good, ConnectionRefusal why) {
    refusal = why.word();
    events.crowded(session, good, why);
  }

  /** It is good, and we are logged in at the upstream, after so long. */
  void upstreamReady(UpstreamTarget target, Duration took) {
    milestones.upstreamReady();
    events.upstreamReady(session, target.upstream(), took);
  }

  /**
   * And we are not.
   *
   * @param name empty if no route led to an upstream
   */
  void upstreamFailed(String name, UpstreamFailure failure) {
    refusal = "upstream-" + failure.cause().word();
    events.upstreamFailed(session, name, failure);
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

  /**
   * It is known where the login leads.
   *
   * @param mailbox its name there
   */
  void routed(UpstreamTarget target, String mailbox) {
    upstream = target;
    if (place != null) {
      place.routed(target, mailbox);
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
    milestones.relayed();
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

  /** Why the connection ends: the client has left, unless something else was noted. */
  EndReason reason() {
    return reason == null ? EndReason.CLIENT_CLOSED : reason;
  }

  /** The connection is closed. */
  void closed() {
    EndReason why = reason();
    if (place != null) {
      place.close(why);
    }
    events.closed(
        session,
        new SessionEnd(
            Optional.ofNullable(grant).map(Grant::user),
            Optional.ofNullable(grant).map(Grant::credentialId),
            Optional.ofNullable(upstream).map(UpstreamTarget::upstream),
            Optional.ofNullable(upstream).map(target -> target.endpoint().host()),
            why,
            Optional.ofNullable(refusal),
            Optional.ofNullable(tlsFailure).map(TlsFailure::word),
            up,
            down,
            milestones.ended()));
  }
}
