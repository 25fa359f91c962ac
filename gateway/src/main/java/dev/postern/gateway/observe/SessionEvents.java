package dev.postern.gateway.observe;

import dev.postern.gateway.dialogue.Forbidden;
import dev.postern.gateway.dialogue.UpstreamFailure;
import dev.postern.store.auth.AuthOutcome;
import dev.postern.store.auth.Grant;
import dev.postern.store.auth.Scope;
import java.net.InetAddress;
import java.time.Duration;

/**
 * What happens to connections, for whoever counts or writes it down. Called on event loops: every
 * method returns at once and throws nothing. Each does nothing unless overridden.
 */
public interface SessionEvents {

  /**
   * A connection was turned away before it was one of ours; it is no session.
   *
   * @param peer who connected, perhaps a proxy
   */
  default void refused(ConnectionRefusal why, InetAddress peer) {}

  /** A login is good, but there are as many sessions as there may be. */
  default void crowded(Session session, Grant grant, ConnectionRefusal why) {}

  /** A client connected. */
  default void opened(Session session) {}

  /**
   * A TLS handshake with a client is done.
   *
   * @param version such as {@code TLSv1.3}
   */
  default void encrypted(Session session, String version, boolean isResumed) {}

  /**
   * A login attempt has its outcome; the client has no answer yet. One that the upstream is to
   * judge has none before it has done so.
   */
  default void decided(Session session, String mechanism, AuthOutcome outcome) {}

  /** A login attempt was answered, so long after the first byte of its credentials. */
  default void answered(Session session, Duration sinceCredentials) {}

  /**
   * Something was said in a login that is traced.
   *
   * @param user the traced user's name
   */
  default void traced(Session session, String user, TraceLine line) {}

  /** We are logged in at an upstream. */
  default void upstreamReady(Session session, String upstream, Duration took) {}

  /**
   * We are not; neither for a client nor for a probe.
   *
   * @param upstream empty if no route led to one
   */
  default void upstreamFailed(Session session, String upstream, UpstreamFailure failure) {}

  /** Relaying begins. */
  default void spliced(Session session) {}

  /** Bytes were taken from one side for the other. */
  default void relayed(Scope protocol, Direction direction, int bytes) {}

  /** A watched session is about to be ended, and {@code why}. */
  default void forbidden(Session session, Forbidden why) {}

  /** Relaying ended; follows each {@link #spliced}. */
  default void unspliced(Session session) {}

  /**
   * A session was ended because its app password, or its user, changed.
   *
   * @param sinceChange from the end of the change's transaction, or from the date of the expiry;
   *     negative if the clock of the node that changed it is ahead of ours
   */
  default void revoked(Session session, Duration sinceChange) {}

  /** The connection is closed; nothing of this session follows. */
  default void closed(Session session, SessionEnd end) {}
}
