package dev.postern.gateway.observe;

import dev.postern.gateway.dialogue.Forbidden;
import dev.postern.gateway.dialogue.UpstreamFailure;
import dev.postern.store.auth.AuthOutcome;
import dev.postern.store.auth.Grant;
import dev.postern.store.auth.Scope;
import java.net.InetAddress;
import java.time.Duration;
import java.util.List;

/** Tells several listeners, in their order. */
public record SessionEventsFanOut(List<SessionEvents> listeners) implements SessionEvents {

  public SessionEventsFanOut {
    listeners = List.copyOf(listeners);
  }

  @Override
  public void refused(ConnectionRefusal why, InetAddress peer) {
    listeners.forEach(listener -> listener.refused(why, peer));
  }

  @Override
  public void crowded(Session session, Grant grant, ConnectionRefusal why) {
    listeners.forEach(listener -> listener.crowded(session, grant, why));
  }

  @Override
  public void opened(Session session) {
    listeners.forEach(listener -> listener.opened(session));
  }

  @Override
  public void encrypted(Session session, String version, boolean isResumed) {
    listeners.forEach(listener -> listener.encrypted(session, version, isResumed));
  }

  @Override
  public void decided(Session session, String mechanism, AuthOutcome outcome) {
    listeners.forEach(listener -> listener.decided(session, mechanism, outcome));
  }

  @Override
  public void answered(Session session, Duration sinceCredentials) {
    listeners.forEach(listener -> listener.answered(session, sinceCredentials));
  }

  @Override
  public void traced(Session session, String user, TraceLine line) {
    listeners.forEach(listener -> listener.traced(session, user, line));
  }

  @Override
  public void upstreamReady(Session session, String upstream, Duration took) {
    listeners.forEach(listener -> listener.upstreamReady(session, upstream, took));
  }

  @Override
  public void upstreamFailed(Session session, String upstream, UpstreamFailure failure) {
    listeners.forEach(listener -> listener.upstreamFailed(session, upstream, failure));
  }

  @Override
  public void spliced(Session session) {
    listeners.forEach(listener -> listener.spliced(session));
  }

  @Override
  public void relayed(Scope protocol, Direction direction, int bytes) {
    for (SessionEvents listener : listeners) {
      listener.relayed(protocol, direction, bytes);
    }
  }

  @Override
  public void forbidden(Session session, Forbidden why) {
    listeners.forEach(listener -> listener.forbidden(session, why));
  }

  @Override
  public void unspliced(Session session) {
    listeners.forEach(listener -> listener.unspliced(session));
  }

  @Override
  public void revoked(Session session, Duration sinceChange) {
    listeners.forEach(listener -> listener.revoked(session, sinceChange));
  }

  @Override
  public void closed(Session session, SessionEnd end) {
    listeners.forEach(listener -> listener.closed(session, end));
  }
}
