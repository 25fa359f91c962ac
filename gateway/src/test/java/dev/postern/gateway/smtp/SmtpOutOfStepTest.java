package dev.postern.gateway.smtp;

import static org.assertj.core.api.Assertions.assertThat;

import dev.postern.gateway.dialogue.FrontEvent;
import dev.postern.gateway.dialogue.FrontStep;
import dev.postern.gateway.dialogue.Marked;
import dev.postern.gateway.dialogue.SessionFacts;
import dev.postern.gateway.dialogue.SessionFacts.Tls;
import dev.postern.gateway.dialogue.UpstreamSession;
import dev.postern.store.auth.AuthOutcome;
import dev.postern.store.auth.Grant;
import dev.postern.store.auth.RejectReason;
import dev.postern.store.auth.Secret;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** What a state does not wait for ends the session, and its secrets. */
class SmtpOutOfStepTest {
  private static final FrontStep END = new FrontStep.HangUp(SmtpReplies.OUT_OF_STEP);

  /** States other than Open, and the way there. */
  enum Place {
    SECURING,
    EXCHANGING,
    DECIDING,
    CONNECTING,
    ENDED;

    SmtpFront front() {
      Tls tls = this == SECURING ? Tls.REQUIRED : Tls.ON;
      SmtpFront front = new SmtpFront(new SessionFacts("mail.example.com", tls, List.of(), 5));
      switch (this) {
        case SECURING -> front.command(new SmtpCommand.StartTls(false));
        case EXCHANGING -> front.command(new SmtpCommand.Auth("PLAIN", Optional.empty()));
        case DECIDING -> front.command(auth());
        case CONNECTING -> {
          front.command(auth());
          front.on(accepted());
        }
        case ENDED -> front.command(new SmtpCommand.Quit());
      }
      return front;
    }

    boolean awaits(FrontEvent event) {
      return switch (event) {
        case FrontEvent.TlsStarted _ -> this == SECURING;
        case FrontEvent.Decided _ -> this == DECIDING;
        case FrontEvent.UpstreamReady _, FrontEvent.UpstreamFailed _ -> this == CONNECTING;
        case FrontEvent.Ending _ -> true;
      };
    }
  }

  private static Stream<SmtpCommand> commands() {
    return Stream.of(
        auth(),
        new SmtpCommand.Ehlo("x"),
        new SmtpCommand.Helo("x"),
        new SmtpCommand.StartTls(false),
        new SmtpCommand.Noop(),
        new SmtpCommand.Rset(),
        new SmtpCommand.Quit(),
        new SmtpCommand.Help(),
        new SmtpCommand.Vrfy(),
        new SmtpCommand.NeedsLogin(),
        new SmtpCommand.Bdat(),
        new SmtpCommand.Lhlo(),
        new SmtpCommand.Unknown());
  }

  @ParameterizedTest
  @EnumSource
  void noCommandGetsThroughWhileSomethingElseIsAwaited(Place place) {
    commands()
        .forEach(command -> {
          assertThat(place.front().command(command)).isEqualTo(END);
          Marked.assertWiped(Marked.secretsOf(command));
        });
  }

  @ParameterizedTest
  @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "EXCHANGING")
  void noResponseIsTakenOutsideAnExchange(Place place) {
    Secret line = Secret.ofText("AGEAYg==");
    assertThat(place.front().command(new SmtpCommand.SaslResponse(line))).isEqualTo(END);
    Marked.assertWiped(List.of(line));
  }

  @Test
  void noResponseIsTakenAsACommand() {
    Secret line = Secret.ofText("AGEAYg==");
    SmtpFront open = new SmtpFront(new SessionFacts("x", Tls.ON, List.of(), 5));
    assertThat(open.command(new SmtpCommand.SaslResponse(line))).isEqualTo(END);
    Marked.assertWiped(List.of(line));
  }

  @ParameterizedTest
  @EnumSource
  void noEventGetsThroughThatWasNotAwaited(Place place) {
    Stream.of(
            new FrontEvent.TlsStarted(),
            accepted(),
            new FrontEvent.Decided(new AuthOutcome.Rejected(RejectReason.REVOKED)),
            new FrontEvent.UpstreamReady(new UpstreamSession(List.of())))
        .filter(event -> !place.awaits(event))
        .forEach(event -> assertThat(place.front().on(event)).isEqualTo(END));
  }

  @ParameterizedTest
  @MethodSource("commands")
  void aRefusalBeforeTlsWipesWhatCameWithIt(SmtpCommand command) {
    SmtpFront front = new SmtpFront(new SessionFacts("x", Tls.REQUIRED, List.of(), 5));
    assertThat(front.command(command)).isNotInstanceOf(FrontStep.Verify.class);
    Marked.assertWiped(Marked.secretsOf(command));
  }

  private static SmtpCommand auth() {
    return new SmtpCommand.Auth("PLAIN", Optional.of(Secret.ofText("AGEAYg==")));
  }

  private static FrontEvent accepted() {
    return new FrontEvent.Decided(
        new AuthOutcome.Accepted(
            new Grant("00", "alice", "1", Optional.empty(), "alice", Map.of(), Optional.empty())));
  }
}
