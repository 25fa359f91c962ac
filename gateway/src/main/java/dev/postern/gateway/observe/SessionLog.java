package dev.postern.gateway.observe;

import dev.postern.gateway.dialogue.Forbidden;
import dev.postern.gateway.dialogue.UpstreamFailure;
import dev.postern.store.auth.AuthOutcome;
import dev.postern.store.auth.AuthOutcome.Accepted;
import dev.postern.store.auth.AuthOutcome.Delegate;
import dev.postern.store.auth.AuthOutcome.Rejected;
import dev.postern.store.auth.AuthOutcome.Throttled;
import dev.postern.store.auth.AuthOutcome.Unavailable;
import dev.postern.store.auth.Grant;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One line for each connection's end, refusal, upstream failure and forbidden command, as {@code
 * key=value} words. A user is named only after a login was accepted: before it, the name is
 * whatever was typed into a name field, and people type passwords there.
 */
public final class SessionLog implements SessionEvents {
  private static final Logger LOG = LoggerFactory.getLogger("dev.postern.session");

  @Override
  public void decided(Session session, String mechanism, AuthOutcome outcome) {
    switch (outcome) {
      case Accepted _, Delegate _ -> {}
      case Rejected(var reason) ->
          LOG.info(
              "login refused {} mechanism={} reason={}", who(session), mechanism, reason.word());
      case Throttled(var reason, var delay, var isRefused) ->
          LOG.info(
              "login throttled {} mechanism={} reason={} answer={} ms={}",
              who(session),
              mechanism,
              reason.word(),
              isRefused ? "later" : "refused",
              delay.toMillis());
      case Unavailable(var trouble) ->
          LOG.warn(
              "login undecided {} mechanism={} trouble={}",
              who(session),
              mechanism,
              trouble.word());
    }
  }

  @Override
  public void crowded(Session session, Grant grant, ConnectionRefusal why) {
    LOG.warn(
        "too many sessions {} user={} app-password={} reason={}",
        who(session),
        grant.user(),
        grant.credentialId(),
        why.word());
  }

  @Override
  public void upstreamFailed(Session session, String upstream, UpstreamFailure failure) {
    LOG.warn(
        "upstream login failed {} upstream={} cause={} detail=\"{}\"",
        who(session),
        upstream.isEmpty() ? "-" : upstream,
        failure.cause().word(),
        failure.detail());
  }

  @Override
  public void forbidden(Session session, Forbidden why) {
    LOG.warn("forbidden after login {} word={}", who(session), why.word());
  }

  @Override
  public void closed(Session session, SessionEnd end) {
    LOG.info(
        "session ended {} user={} app-password={} upstream={} end={}{} up={} down={} ms={}",
        who(session),
        word(end.user()),
        word(end.credentialId()),
        word(end.upstream()),
        end.reason().word(),
        end.tlsFailure().map(why -> " cause=" + why).orElse(""),
        end.up(),
        end.down(),
        end.duration().toMillis());
  }

  private static String who(Session session) {
    return "session="
        + session.id()
        + " protocol="
        + session.protocol().word()
        + " tls="
        + session.tls().word()
        + " peer="
        + session.peer().getAddress().getHostAddress()
        + " port="
        + session.peer().getPort();
  }

  private static String word(Optional<String> value) {
    return value.orElse("-");
  }
}
