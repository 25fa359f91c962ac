package dev.postern.gateway.net;

import static org.assertj.core.api.Assertions.assertThat;

import dev.postern.gateway.dialogue.UpstreamFailure;
import dev.postern.gateway.dialogue.UpstreamStep;
import dev.postern.gateway.observe.Session;
import dev.postern.gateway.observe.SessionEvents;
import dev.postern.gateway.observe.TraceLine;
import dev.postern.gateway.smtp.Smtp;
import dev.postern.gateway.smtp.SmtpCommand;
import dev.postern.store.auth.AuthOutcome.Rejected;
import dev.postern.store.auth.LoginName;
import dev.postern.store.auth.NameRules;
import dev.postern.store.auth.RejectReason;
import dev.postern.store.auth.Scope;
import dev.postern.store.auth.Secret;
import dev.postern.store.testing.TestClock;
import dev.postern.store.trace.Trace;
import dev.postern.store.trace.TraceBook;
import io.netty.util.concurrent.MockTicker;
import io.netty.util.concurrent.Ticker;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class LoginTraceTest implements SessionEvents {
  private static final SmtpCommand EHLO = new SmtpCommand.Ehlo("scanner");
  private static final SmtpCommand AUTH = new SmtpCommand.Auth("PLAIN", Optional.empty());
  private static final Duration TEN_MINUTES = Duration.ofMinutes(10);

  private final TestClock clock = TestClock.standing();
  private final MockTicker ticker = Ticker.newMockTicker();
  private final List<String> shown = new ArrayList<>();
  private final Queue<Runnable> loop = new ArrayDeque<>();

  /** Of names that may be short for a traced user's. */
  private final CompletableFuture<Optional<String>> owner = new CompletableFuture<>();

  private final List<LoginName> asked = new ArrayList<>();
  private final TraceBook book =
      new TraceBook(
          new NameRules(Optional.of("example.com"), Optional.empty()),
          name -> {
            asked.add(name);
            return owner;
          },
          clock);
  private final SessionTrail trail =
      new SessionTrail(
          new Session(
              "5e55",
              Scope.SUBMISSION,
              Session.Tls.NONE,
              new InetSocketAddress(InetAddress.getLoopbackAddress(), 4),
              new InetSocketAddress(InetAddress.getLoopbackAddress(), 5)),
          this,
          ticker);
  private LoginTraces traces = new LoginTraces(book);
  private LoginTrace<SmtpCommand> trace = traces.of(Smtp.PROTOCOL.trace(), trail, loop::add);

  @Override
  public void traced(Session session, String user, TraceLine line) {
    shown.add(
        session.id()
            + " "
            + user
            + " "
            + line.millis()
            + " "
            + line.way().sign()
            + " "
            + line.text());
  }

  @Test
  void whatCameBeforeTheNameIsShownOnceTheNameIsATracedUsers() {
    traceAlice();
    trace.replied("220 gate.test ESMTP Postern\r\n");
    ticker.advance(7, TimeUnit.MILLISECONDS);
    trace.said(EHLO, 14);
    trace.replied("250-gate.test\r\n250 AUTH PLAIN LOGIN\r\n");
    assertThat(shown).isEmpty();

    trace.named("Alice@EXAMPLE.com");
    ticker.advance(1, TimeUnit.MILLISECONDS);
    trace.decided(new Rejected(RejectReason.WRONG_SHAPE));

    assertThat(shown)
        .containsExactly(
            "5e55 alice@example.com 0 S: 220 gate.test ESMTP Postern",
            "5e55 alice@example.com 7 C: EHLO <name>",
            "5e55 alice@example.com 7 S: 250-gate.test",
            "5e55 alice@example.com 7 S: 250 AUTH PLAIN LOGIN",
            "5e55 alice@example.com 8 S: <login refused: wrong-shape>");
  }

  @Test
  void whatIsSaidToAndByTheUpstreamIsShownByItsKind() {
    traceAlice();
    trace.named("alice@example.com");
    trace.heard("220 hunter2");
    trace.sent(new UpstreamStep.Send("EHLO gate.test\r\n"));
    trace.sent(new UpstreamStep.StartTls());
    trace.sent(
        new UpstreamStep.SendSecret(Secret.ofText("AUTH PLAIN hunter2"), "AUTH PLAIN <response>"));
    trace.sent(new UpstreamStep.Read());
    trace.heard("535 5.7.8 hunter2");
    trace.failed(new UpstreamFailure(UpstreamFailure.Cause.LOGIN_REFUSED, "hunter2"));

    assertThat(shown)
        .containsExactly(
            "5e55 alice@example.com 0 U< 220 <text>",
            "5e55 alice@example.com 0 U> EHLO <name>",
            "5e55 alice@example.com 0 U> <starts TLS>",
            "5e55 alice@example.com 0 U> AUTH PLAIN <response>",
            "5e55 alice@example.com 0 U< 535 5.7.8 <text>",
            "5e55 alice@example.com 0 U< <failed: login-refused>");
  }

  @Test
  void othersAreNotShown() {
    traceAlice();
    trace.said(EHLO, 14);
    trace.named("bob@example.com");
    trace.said(AUTH, 12);
    trace.named("nobody");
    trace.named("hunter2 \u0007");
    trace.end();
    assertThat(shown).isEmpty();
  }

  /** What was kept is still of use if the same client then says the name. */
  @Test
  void anotherNameOnTheSameConnectionIsAnotherLogin() {
    traceAlice();
    trace.named("bob@example.com");
    trace.said(EHLO, 14);
    trace.named("alice@example.com");
    assertThat(shown).containsExactly("5e55 alice@example.com 0 C: EHLO <name>");
    trace.named("bob@example.com");
    trace.said(AUTH, 12);
    assertThat(shown).hasSize(1);
  }

  @Test
  void nothingIsKeptWhileNobodyIsTraced() {
    trace.said(EHLO, 14);
    traceAlice();
    trace.said(AUTH, 12);
    trace.named("alice@example.com");
    assertThat(shown).containsExactly("5e55 alice@example.com 0 C: AUTH PLAIN");
  }

  @Test
  void whatIsKeptIsDroppedWhenTheLastTraceIsOver() {
    traceAlice();
    trace.said(EHLO, 14);
    book.store(List.of());
    trace.said(AUTH, 12);
    traceAlice();
    trace.named("alice@example.com");
    assertThat(shown).isEmpty();
  }

  @Test
  void endsByTime() {
    traceAlice();
    trace.named("alice@example.com");
    clock.advance(TEN_MINUTES.minusMillis(1));
    trace.said(EHLO, 14);
    clock.advance(Duration.ofMillis(1));
    trace.said(AUTH, 12);
    assertThat(shown).containsExactly("5e55 alice@example.com 0 C: EHLO <name>");
  }

  @Test
  void endsWhenItIsStopped() {
    traceAlice();
    trace.named("alice@example.com");
    book.store(List.of());
    trace.said(AUTH, 12);
    assertThat(shown).isEmpty();
  }

  @Test
  void endsAtTheHandOver() {
    traceAlice();
    trace.named("alice@example.com");
    trace.handedOver();
    trace.said(AUTH, 12);
    trace.named("alice@example.com");
    trace.heard("250 2.0.0 queued");
    assertThat(shown)
        .containsExactly("5e55 alice@example.com 0 S: <hands over; the trace ends here>");
  }

  // ---- limits

  @Test
  void ofMoreLinesTheFirstAreLeftOut() {
    traceAlice();
    for (int i = 0; i < LoginTrace.MOST_KEPT + 2; i++) {
      trace.replied("250 " + i + "\r\n");
    }
    trace.named("alice@example.com");
    assertThat(shown).hasSize(LoginTrace.MOST_KEPT + 1);
    assertThat(shown.getFirst()).endsWith("C: <lines left out before: 2>");
    assertThat(shown.get(1)).endsWith("S: 250 2");
    assertThat(shown.getLast()).endsWith("S: 250 65");
  }

  @Test
  void aLongLineIsCut() {
    traceAlice();
    trace.named("alice@example.com");
    trace.replied("250 " + "x".repeat(1000) + "\r\n");
    assertThat(shown).containsExactly("5e55 alice@example.com 0 S: 250 " + "x".repeat(252));
  }

  @Test
  void whatMightEndALineOrMoveACursorIsNoneOfIt() {
    traceAlice();
    trace.named("alice@example.com");
    trace.replied("250 \u001b[2J\u0007\u00fc\u2028\r\n");
    assertThat(shown).containsExactly("5e55 alice@example.com 0 S: 250 ?[2J???");
  }

  @Test
  void connectionsKeepNoMoreTogetherThanThereIsRoomFor() {
    traces = new LoginTraces(book, 3L * (64 + "EHLO <name>".length()));
    traceAlice();
    LoginTrace<SmtpCommand> other = traces.of(Smtp.PROTOCOL.trace(), trail, loop::add);
    trace = traces.of(Smtp.PROTOCOL.trace(), trail, loop::add);
    trace.said(EHLO, 14);
    trace.said(EHLO, 14);
    other.said(EHLO, 14);
    other.said(EHLO, 14);
    other.named("alice@example.com");
    assertThat(shown)
        .containsExactly(
            "5e55 alice@example.com 0 C: <lines left out before: 1>",
            "5e55 alice@example.com 0 C: EHLO <name>");
    shown.clear();

    trace.end();
    trace = traces.of(Smtp.PROTOCOL.trace(), trail, loop::add);
    for (int i = 0; i < 3; i++) {
      trace.said(EHLO, 14);
    }
    trace.named("alice@example.com");
    assertThat(shown).as("what was kept is given back").hasSize(3);
  }

  // ---- whose name it is

  @Test
  void aShortNameIsAskedAboutAndWhatComesMeanwhileIsKept() {
    traceAlice();
    trace.named("alice");
    trace.said(AUTH, 12);
    assertThat(asked).extracting(LoginName::value).containsExactly("alice");
    assertThat(shown).isEmpty();
    owner.complete(Optional.of("id-of-alice"));
    trace.said(EHLO, 14);
    assertThat(shown).as("before it is the connection's turn").isEmpty();
    loop.remove().run();
    assertThat(shown)
        .containsExactly(
            "5e55 alice@example.com 0 C: AUTH PLAIN", "5e55 alice@example.com 0 C: EHLO <name>");
  }

  @Test
  void aShortNameMayBeSomebodyElses() {
    traceAlice();
    trace.said(AUTH, 12);
    trace.named("alice");
    owner.complete(Optional.of("id-of-bob"));
    loop.remove().run();
    assertThat(shown).isEmpty();
  }

  @Test
  void anAnswerAboutANameFromBeforeComesTooLate() {
    traceAlice();
    trace.said(AUTH, 12);
    trace.named("alice");
    trace.named("bob@example.com");
    owner.complete(Optional.of("id-of-alice"));
    loop.remove().run();
    assertThat(shown).isEmpty();
  }

  @Test
  void whoIsNotKnownIsNotTraced() {
    traceAlice();
    trace.named("alice");
    owner.completeExceptionally(new IllegalStateException("no database"));
    loop.remove().run();
    trace.said(AUTH, 12);
    assertThat(shown).isEmpty();
  }

  private void traceAlice() {
    book.store(
        List.of(
            new TraceBook.Entry(
                new Trace(
                    "tr_1",
                    "id-of-alice",
                    "alice@example.com",
                    clock.instant(),
                    "test",
                    clock.instant().plus(TEN_MINUTES)),
                List.of("alice@example.com"))));
  }
}
