package dev.postern.gateway.login;

import static org.assertj.core.api.Assertions.assertThat;

import dev.postern.gateway.dialogue.ClientCommand;
import dev.postern.gateway.dialogue.FrontDialogue;
import dev.postern.gateway.dialogue.FrontEvent;
import dev.postern.gateway.dialogue.FrontStep;
import dev.postern.gateway.dialogue.FrontStep.Expect;
import dev.postern.gateway.dialogue.Marked;
import dev.postern.gateway.dialogue.SessionFacts;
import dev.postern.gateway.dialogue.SessionFacts.Tls;
import dev.postern.gateway.dialogue.UpstreamFailure;
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
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * What no transcript of a protocol can say: what a state does not wait for ends the session, and
 * its secrets; and no conversation is endless.
 *
 * @param <C> the protocol's sealed command type
 */
public abstract class LoginDialogueContract<C extends ClientCommand> {
  private static final int ERROR_LIMIT = 5;

  /** States other than Open. */
  enum Place {
    SECURING,
    EXCHANGING,
    DECIDING,
    CONNECTING,
    ENDED;

    boolean awaits(FrontEvent event) {
      return switch (event) {
        case FrontEvent.TlsStarted _ -> this == SECURING;
        case FrontEvent.Decided _, FrontEvent.TooManySessions _ -> this == DECIDING;
        case FrontEvent.UpstreamReady _, FrontEvent.UpstreamFailed _ -> this == CONNECTING;
        case FrontEvent.NoRoom _, FrontEvent.Ending _ -> true;
      };
    }
  }

  /** All that has nothing to do with SASL responses or malformed input. */
  protected abstract Stream<C> commands();

  protected abstract FrontDialogue<C> dialogue(SessionFacts facts);

  protected abstract C startTls();

  protected abstract C authenticate(String mechanism, Optional<Secret> initial);

  protected abstract C response(Secret line);

  /** Instead of a response, a line that is too long for one. */
  protected abstract C tooLong();

  protected abstract C quit();

  /** Behind which a client would send its secret, once it is answered. */
  protected abstract C beforeTheSecret();

  /** A command that is good and changes nothing. */
  protected abstract C noop();

  protected abstract String outOfStep();

  protected abstract String tooManyCommands();

  private FrontStep end() {
    return new FrontStep.HangUp(outOfStep());
  }

  private FrontDialogue<C> fresh(Tls tls) {
    return dialogue(new SessionFacts("mail.example.com", tls, List.of(), ERROR_LIMIT));
  }

  private FrontDialogue<C> at(Place place) {
    FrontDialogue<C> front = fresh(place == Place.SECURING ? Tls.REQUIRED : Tls.ON);
    switch (place) {
      case SECURING -> front.command(startTls());
      case EXCHANGING -> front.command(authenticate("PLAIN", Optional.empty()));
      case DECIDING -> front.command(login());
      case CONNECTING -> {
        front.command(login());
        front.on(accepted());
      }
      case ENDED -> front.command(quit());
    }
    return front;
  }

  private C login() {
    return authenticate("PLAIN", Optional.of(Secret.ofText("AGEAYg==")));
  }

  private static FrontEvent accepted() {
    return new FrontEvent.Decided(
        new AuthOutcome.Accepted(
            new Grant("00", "alice", "1", Optional.empty(), "alice", Map.of(), Optional.empty())));
  }

  @ParameterizedTest
  @EnumSource
  void noCommandGetsThroughWhileSomethingElseIsAwaited(Place place) {
    Stream.concat(Stream.of(login()), commands())
        .forEach(command -> {
          assertThat(at(place).command(command)).isEqualTo(end());
          Marked.assertWiped(Marked.secretsOf(command));
        });
  }

  @ParameterizedTest
  @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "EXCHANGING")
  void noResponseIsTakenOutsideAnExchange(Place place) {
    Secret line = Secret.ofText("AGEAYg==");
    assertThat(at(place).command(response(line))).isEqualTo(end());
    Marked.assertWiped(List.of(line));
  }

  @Test
  void noResponseIsTakenAsACommand() {
    Secret line = Secret.ofText("AGEAYg==");
    assertThat(fresh(Tls.ON).command(response(line))).isEqualTo(end());
    Marked.assertWiped(List.of(line));
  }

  @ParameterizedTest
  @EnumSource
  void noEventGetsThroughThatWasNotAwaited(Place place) {
    events()
        .filter(event -> !place.awaits(event))
        .forEach(event -> assertThat(at(place).on(event)).isEqualTo(end()));
  }

  @Test
  void noEventIsAwaitedInTheBeginning() {
    events().forEach(event -> assertThat(fresh(Tls.ON).on(event)).isEqualTo(end()));
  }

  private static Stream<FrontEvent> events() {
    return Stream.of(
        new FrontEvent.TlsStarted(),
        accepted(),
        new FrontEvent.Decided(new AuthOutcome.Rejected(RejectReason.REVOKED)),
        new FrontEvent.TooManySessions(),
        new FrontEvent.UpstreamReady(new UpstreamSession(List.of())),
        new FrontEvent.UpstreamFailed(new UpstreamFailure(UpstreamFailure.Cause.CONNECT, "")));
  }

  @ParameterizedTest
  @EnumSource
  void nobodyIsGreetedInTheMiddle(Place place) {
    assertThat(at(place).greet()).isEqualTo(end());
  }

  @Test
  void aRefusalBeforeTlsWipesWhatCameWithIt() {
    Stream.concat(Stream.of(login()), commands())
        .forEach(command -> {
          FrontStep step = fresh(Tls.REQUIRED).command(command);
          assertThat(step).isNotInstanceOf(FrontStep.Verify.class);
          if (step instanceof FrontStep.InClear refused) {
            refused.exposed().ifPresent(sent -> sent.secret().close()); // to be looked at
          }
          Marked.assertWiped(Marked.secretsOf(command));
        });
  }

  @Test
  void noConversationIsEndless() {
    FrontDialogue<C> front = fresh(Tls.ON);
    for (int i = 0; i < LoginDialogue.COMMAND_LIMIT; i++) {
      assertThat(front.command(noop()))
          .isInstanceOfSatisfying(
              FrontStep.Say.class, say -> assertThat(say.next()).isEqualTo(Expect.COMMAND));
    }
    C late = login();
    assertThat(front.command(late)).isEqualTo(new FrontStep.HangUp(tooManyCommands()));
    Marked.assertWiped(Marked.secretsOf(late));
  }

  @Test
  void aMechanismThatNobodyKnowsWipesWhatCameWithIt() {
    Secret initial = Secret.ofText("AGEAYg==");
    assertThat(fresh(Tls.ON).command(authenticate("X-NONE", Optional.of(initial))))
        .isInstanceOf(FrontStep.Say.class);
    Marked.assertWiped(List.of(initial));
  }

  @Test
  void responsesThatAreTooLongEndTheSessionSoonerOrLater() {
    FrontDialogue<C> front = fresh(Tls.ON);
    FrontStep last = front.greet();
    for (int i = 0; i < ERROR_LIMIT; i++) {
      front.command(authenticate("PLAIN", Optional.empty()));
      last = front.command(tooLong());
    }
    assertThat(last).isInstanceOf(FrontStep.HangUp.class);
  }

  @Test
  void secretsInClearAreErrorsThatTlsDoesNotForgive() {
    FrontDialogue<C> front = fresh(Tls.REQUIRED);
    for (int i = 1; i < ERROR_LIMIT; i++) {
      assertThat(front.command(login())).isInstanceOf(FrontStep.InClear.class);
    }
    front.command(startTls());
    front.on(new FrontEvent.TlsStarted());
    assertThat(front.command(startTls())).as("once more").isInstanceOf(FrontStep.HangUp.class);
  }

  @ParameterizedTest
  @CsvSource({"PLAIN, plain", "login, login"})
  void alsoToldIsWhoeverBeginsToLogInInClear(String name, String mechanism) {
    FrontStep step = fresh(Tls.REQUIRED).command(authenticate(name, Optional.empty()));

    assertThat(step)
        .isInstanceOfSatisfying(
            FrontStep.InClear.class,
            refused -> {
              assertThat(refused.mechanism()).isEqualTo(mechanism);
              assertThat(refused.exposed()).isEmpty();
              assertThat(refused.then()).isInstanceOf(FrontStep.Say.class);
            });
    assertThat(fresh(Tls.REQUIRED).command(authenticate("X-NONE", Optional.empty())))
        .isInstanceOf(FrontStep.Say.class);
  }

  @Test
  void soIsWhoeverWouldSendItsSecretNext() {
    assertThat(fresh(Tls.REQUIRED).command(beforeTheSecret()))
        .isInstanceOfSatisfying(
            FrontStep.InClear.class, refused -> assertThat(refused.exposed()).isEmpty());
    assertThat(fresh(Tls.ON).command(beforeTheSecret())).isInstanceOf(FrontStep.Say.class);
  }

  @Test
  void commandsBeforeTlsCountAfterIt() {
    FrontDialogue<C> front = fresh(Tls.REQUIRED);
    for (int i = 1; i < LoginDialogue.COMMAND_LIMIT; i++) {
      front.command(noop());
    }
    front.command(startTls());
    front.on(new FrontEvent.TlsStarted());
    assertThat(front.command(noop())).isEqualTo(new FrontStep.HangUp(tooManyCommands()));
  }
}
