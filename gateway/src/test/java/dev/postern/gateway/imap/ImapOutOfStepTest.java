package dev.postern.gateway.imap;

import static org.assertj.core.api.Assertions.assertThat;

import dev.postern.gateway.dialogue.FrontEvent;
import dev.postern.gateway.dialogue.FrontStep;
import dev.postern.gateway.dialogue.Marked;
import dev.postern.gateway.dialogue.SessionFacts;
import dev.postern.gateway.dialogue.SessionFacts.Tls;
import dev.postern.gateway.dialogue.UpstreamPlan;
import dev.postern.gateway.dialogue.UpstreamPlan.Security;
import dev.postern.gateway.dialogue.UpstreamSession;
import dev.postern.gateway.dialogue.UpstreamStep;
import dev.postern.gateway.imap.ImapCommand.Purpose;
import dev.postern.store.auth.AuthOutcome;
import dev.postern.store.auth.Grant;
import dev.postern.store.auth.RejectReason;
import dev.postern.store.auth.Secret;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What a state does not wait for ends the session, and its secrets. */
class ImapOutOfStepTest {
  private static final FrontStep END = new FrontStep.HangUp(ImapReplies.OUT_OF_STEP);

  /** States other than Open, and the way there. */
  enum Place {
    SECURING,
    EXCHANGING,
    DECIDING,
    CONNECTING,
    ENDED;

    ImapFront front() {
      Tls tls = this == SECURING ? Tls.REQUIRED : Tls.ON;
      ImapFront front = new ImapFront(new SessionFacts("mail.example.com", tls, List.of(), 5));
      switch (this) {
        case SECURING -> front.command(new ImapCommand.StartTls("a"));
        case EXCHANGING ->
            front.command(new ImapCommand.Authenticate("a", "PLAIN", Optional.empty()));
        case DECIDING -> front.command(login());
        case CONNECTING -> {
          front.command(login());
          front.on(accepted());
        }
        case ENDED -> front.command(new ImapCommand.Logout("a"));
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

  private static Stream<ImapCommand> commands() {
    return Stream.of(
        login(),
        new ImapCommand.Authenticate("b", "PLAIN", Optional.of(Secret.ofText("AGEAYg=="))),
        new ImapCommand.Capability("b"),
        new ImapCommand.Noop("b"),
        new ImapCommand.Logout("b"),
        new ImapCommand.Id("b", "x"),
        new ImapCommand.Enable("b"),
        new ImapCommand.StartTls("b"),
        new ImapCommand.LiteralWanted("b", Purpose.CREDENTIALS),
        new ImapCommand.OtherState("b"),
        new ImapCommand.Unknown("b"));
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
    assertThat(place.front().command(new ImapCommand.SaslResponse(line))).isEqualTo(END);
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
  void aRefusalBeforeTlsWipesWhatCameWithIt(ImapCommand command) {
    ImapFront front = new ImapFront(new SessionFacts("x", Tls.REQUIRED, List.of(), 5));
    FrontStep step = front.command(command);
    assertThat(step).isNotInstanceOf(FrontStep.Verify.class);
    if (step instanceof FrontStep.Exposed exposed) {
      exposed.credentials().secret().close(); // handed on, to be looked at
    }
    Marked.assertWiped(Marked.secretsOf(command));
  }

  @ParameterizedTest
  @ValueSource(strings = {"* OK hi", "P1 OK done", "+ go on", "* CAPABILITY X", "junk"})
  void aServerThatSpeaksWhenNothingWasAskedLosesTheLogin(String line) {
    ImapUpstream securing = upstream(Security.STARTTLS);
    securing.connected();
    securing.line("* OK [CAPABILITY STARTTLS] hi");
    assertThat(securing.line("P1 OK")).isInstanceOf(UpstreamStep.StartTls.class);
    assertThat(securing.line(line)).isInstanceOf(UpstreamStep.Failed.class);
    assertThat(securing.line(line)).as("over").isInstanceOf(UpstreamStep.Failed.class);
    assertThat(securing.tlsStarted()).isInstanceOf(UpstreamStep.Failed.class);
  }

  @ParameterizedTest
  @ValueSource(strings = {"+ go on", "* BYE", "P9 OK", "P1 BAD"})
  void aServerThatAnswersSomethingElseLosesTheLogin(String line) {
    ImapUpstream asking = upstream(Security.IMPLICIT_TLS);
    asking.connected();
    asking.line("* OK hi");
    assertThat(asking.line(line)).isInstanceOf(UpstreamStep.Failed.class);
  }

  @ParameterizedTest
  @ValueSource(strings = {"* OK hi", "* 3 EXISTS", "* NO not now"})
  void whatIsForEverybodyMayComeAnyTime(String line) {
    ImapUpstream asking = upstream(Security.IMPLICIT_TLS);
    assertThat(asking.mayRunAhead(line)).isTrue();
    assertThat(asking.mayRunAhead("P1 OK")).isFalse();
    assertThat(asking.mayRunAhead("+ ")).isFalse();
    asking.connected();
    asking.line("* OK hi");
    assertThat(asking.line(line)).isEqualTo(new UpstreamStep.Read());
  }

  private static ImapUpstream upstream(Security security) {
    return new ImapUpstream(
        new UpstreamPlan(security, "mail.example.com", Optional.empty(), List.of()));
  }

  private static ImapCommand login() {
    return new ImapCommand.Login("b", "alice", Secret.ofText("secret"));
  }

  private static FrontEvent accepted() {
    return new FrontEvent.Decided(
        new AuthOutcome.Accepted(
            new Grant("00", "alice", "1", Optional.empty(), "alice", Map.of(), Optional.empty())));
  }
}
