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
import java.time.Clock;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.spi.LoggingEventBuilder;

/**
 * One line for each connection's end, refusal, upstream failure and forbidden command, with what
 * belongs to it as fields. A user is named only after a login was accepted: before it, the name is
 * whatever was typed into a name field, and people type passwords there. What is in a refusal is
 * all ours: filters of fail2ban read its line, and no client may have a word in it.
 */
public final class SessionLog implements SessionEvents {
  private static final Logger LOG = LoggerFactory.getLogger("dev.postern.session");

  private final Clock clock;

  public SessionLog(Clock clock) {
    this.clock = clock;
  }

  @Override
  public void decided(Session session, String mechanism, AuthOutcome outcome) {
    switch (outcome) {
      case Accepted _, Delegate _ -> {}
      case Rejected(var reason) ->
          line(LOG.atInfo(), session)
              .with("mechanism", mechanism)
              .with("reason", reason.word())
              .log("login refused");
      case Throttled(var reason, var delay, var isRefused) ->
          line(LOG.atInfo(), session)
              .with("mechanism", mechanism)
              .with("reason", reason.word())
              .with("answer", isRefused ? "later" : "refused")
              .with("ms", delay.toMillis())
              .log("login throttled");
      case Unavailable(var trouble) ->
          line(LOG.atWarn(), session)
              .with("mechanism", mechanism)
              .with("trouble", trouble.word())
              .log("login undecided");
    }
  }

  @Override
  public void crowded(Session session, Grant grant, ConnectionRefusal why) {
    line(LOG.atWarn(), session)
        .with("user", grant.user())
        .with("app-password", grant.credentialId())
        .with("reason", why.word())
        .log("too many sessions");
  }

  @Override
  public void upstreamFailed(Session session, String upstream, UpstreamFailure failure) {
    line(LOG.atWarn(), session)
        .with("upstream", Optional.of(upstream).filter(name -> !name.isEmpty()))
        .with("cause", failure.cause().word())
        .with("detail", failure.detail())
        .log("upstream login failed");
  }

  @Override
  public void forbidden(Session session, Forbidden why) {
    line(LOG.atWarn(), session).with("word", why.word()).log("forbidden after login");
  }

  @Override
  public void closed(Session session, SessionEnd end) {
    if (LOG.isInfoEnabled()) {
      Timeline timeline = end.timeline();
      line(LOG.atInfo(), session)
          .with("user", end.user())
          .with("app-password", end.credentialId())
          .with("upstream", end.upstream())
          .with("upstream-host", end.upstreamHost())
          .with("end", end.reason().word())
          .with("cause", end.tlsFailure())
          .with("refusal", end.refusal())
          .with("up", end.up())
          .with("down", end.down())
          .with("connect", clock.instant().minus(timeline.end()).truncatedTo(ChronoUnit.MILLIS))
          .with("at-tls", timeline.tls().map(Duration::toMillis))
          .with("at-login", timeline.login().map(Duration::toMillis))
          .with("at-verify", timeline.verify().map(Duration::toMillis))
          .with("at-upstream", timeline.upstream().map(Duration::toMillis))
          .with("at-relay", timeline.relay().map(Duration::toMillis))
          .with("at-end", timeline.end().toMillis())
          .log("session ended");
    }
  }

  private static Line line(LoggingEventBuilder event, Session session) {
    return new Line(event)
        .with("session", session.id())
        .with("protocol", session.protocol().word())
        .with("tls", session.tls().word())
        .with("peer", session.peer().getAddress().getHostAddress())
        .with("port", session.peer().getPort());
  }

  /** A line while its fields are added, in their order. */
  private record Line(LoggingEventBuilder event) {
    Line with(String key, Object value) {
      return new Line(event.addKeyValue(key, value));
    }

    /** Nothing, where there is no value. */
    Line with(String key, Optional<?> value) {
      return value.isPresent() ? with(key, value.get()) : this;
    }

    void log(String message) {
      event.log(message);
    }
  }
}
