package dev.postern.gateway.net;

import static org.assertj.core.api.Assertions.assertThat;

import dev.postern.gateway.GatewayConfig.Endpoint;
import dev.postern.gateway.dialogue.UpstreamFailure;
import dev.postern.gateway.dialogue.UpstreamFailure.Cause;
import dev.postern.gateway.dialogue.UpstreamPlan.Security;
import dev.postern.store.auth.Scope;
import dev.postern.store.upstream.UpstreamState.Failure;
import java.time.Instant;
import java.time.InstantSource;
import java.util.EnumSet;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class UpstreamMarksTest {
  private static final Instant NOON = Instant.parse("2026-12-01T12:00:00Z");

  private final UpstreamMarks marks = new UpstreamMarks(InstantSource.fixed(NOON));
  private final UpstreamTarget imap = target(Scope.IMAP);
  private final UpstreamTarget pop3 = target(Scope.POP3);

  @Test
  void knowsNothingAtFirst() {
    assertThat(marks.lastLogin(imap)).isEmpty();
    assertThat(marks.lastFailure(imap)).isEmpty();
  }

  @Test
  void notesEachEndpointForItself() {
    marks.loggedIn(imap);
    marks.failed(pop3, new UpstreamFailure(Cause.CONNECT, "Connection refused"));

    assertThat(marks.lastLogin(imap)).contains(NOON);
    assertThat(marks.lastLogin(pop3)).isEmpty();
    assertThat(marks.lastFailure(imap)).isEmpty();
    assertThat(marks.lastFailure(pop3))
        .contains(new Failure(NOON, "connect", "Connection refused"));
  }

  /** An administrator hears of a server that lets nobody in, and not of one person's mailbox. */
  @Test
  void whatConcernsOneMailboxIsNotTheUpstreams() {
    EnumSet<Cause> noted = EnumSet.noneOf(Cause.class);
    for (Cause cause : Cause.values()) {
      UpstreamMarks own = new UpstreamMarks(InstantSource.fixed(NOON));
      own.failed(imap, new UpstreamFailure(cause, "x"));
      own.lastFailure(imap).ifPresent(_ -> noted.add(cause));
    }

    assertThat(EnumSet.complementOf(noted))
        .containsExactlyInAnyOrder(
            Cause.IN_USE,
            Cause.NO_CREDENTIAL,
            Cause.NO_TOKEN,
            Cause.NEEDS_CONSENT,
            Cause.NO_ROUTE,
            Cause.UNREACHABLE);
  }

  @Test
  void whatAServerSaysOfALoginIsNotRepeated() {
    marks.failed(imap, new UpstreamFailure(Cause.LOGIN_REFUSED, "no mailbox of alice"));

    assertThat(marks.lastFailure(imap)).contains(new Failure(NOON, "login-refused", ""));
  }

  @Test
  void anotherReadingOfTheConfigurationKnowsWhatWasKnown() {
    marks.loggedIn(imap);
    marks.failed(pop3, new UpstreamFailure(Cause.TLS, "expired"));
    UpstreamMarks next = new UpstreamMarks(InstantSource.system());

    next.learnFrom(marks, imap);
    next.learnFrom(marks, pop3);

    assertThat(next.lastLogin(imap)).contains(NOON);
    assertThat(next.lastFailure(pop3)).contains(new Failure(NOON, "tls", "expired"));
    assertThat(next.lastFailure(imap)).isEmpty();
  }

  private static UpstreamTarget target(Scope protocol) {
    return new UpstreamTarget(
        "mailstore",
        protocol,
        new Endpoint("mail.example.com", 993, Security.IMPLICIT_TLS),
        Optional.empty());
  }
}
