package dev.postern.gateway.login;

import dev.postern.gateway.dialogue.ClientAddress;
import dev.postern.gateway.dialogue.ClientCommand;
import dev.postern.gateway.dialogue.Credentials;
import dev.postern.gateway.dialogue.FrontDialogue;
import dev.postern.gateway.dialogue.FrontEvent;
import dev.postern.gateway.dialogue.FrontStep;
import dev.postern.gateway.dialogue.FrontStep.Expect;
import dev.postern.gateway.dialogue.SessionFacts;
import dev.postern.gateway.dialogue.SessionFacts.Tls;
import dev.postern.gateway.dialogue.UpstreamSession;
import dev.postern.gateway.login.LoginProtocol.Refusal;
import dev.postern.gateway.sasl.Mechanism;
import dev.postern.gateway.sasl.SaslExchange;
import dev.postern.gateway.sasl.SaslStep;
import dev.postern.store.auth.AuthOutcome;
import dev.postern.store.auth.RejectReason;
import dev.postern.store.auth.Secret;
import java.time.Duration;
import java.util.Optional;

/**
 * The client's side of a session up to the login, whatever the protocol.
 *
 * <pre>
 *   greet ─► Open ──StartTls──► Securing ──TlsStarted──► Open (all but the counts forgotten)
 *             │ ▲
 * Authenticate │ └──── refused ─────┬───────────────┬────────────────┐
 *             ▼                     │               │                │
 *         Exchanging ──Complete──► Deciding ──Accepted,─► Connecting ──UpstreamReady──► spliced
 *             Open ──Verify─────────┘                Delegate
 *
 *   any ──HangUp, too much, Ending──► Ended
 * </pre>
 *
 * <p>An input that its state does not wait for ends the session; it can only come from a fault of
 * ours.
 *
 * @param <C> the protocol's sealed command type
 * @param <K> what the protocol knows of its client
 */
public final class LoginDialogue<C extends ClientCommand, K> implements FrontDialogue<C> {

  /** Commands of any kind before login, so that no conversation is endless. */
  public static final int COMMAND_LIMIT = 250;

  /**
   * A connection survives at least so many refusals, RFC 4954 §9: a wrong secret comes two or three
   * times on one connection, since clients try each mechanism.
   */
  public static final int FEWEST_REFUSALS = 3;

  private final LoginProtocol<C, K> protocol;
  private final int errorLimit;
  private State<K> state;

  public LoginDialogue(LoginProtocol<C, K> protocol, SessionFacts facts) {
    this.protocol = protocol;
    this.errorLimit = facts.errorLimit();
    this.state = new State.Open<>(fresh(facts.tls(), Standing.Counts.NONE));
  }

  private sealed interface State<K> {
    record Open<K>(Standing<K> standing) implements State<K> {}

    record Securing<K>(Standing.Counts counts) implements State<K> {}

    record Exchanging<K>(Standing<K> standing, Mechanism mechanism, SaslExchange exchange)
        implements State<K> {}

    record Deciding<K>(Standing<K> standing) implements State<K> {}

    /**
     * @param isJudging whether the upstream is to say whether the secret is right
     */
    record Connecting<K>(Standing<K> standing, boolean isJudging) implements State<K> {}

    record Ended<K>() implements State<K> {}
  }

  private Standing<K> fresh(Tls tls, Standing.Counts counts) {
    return new Standing<>(tls, protocol.stranger(), counts);
  }

  @Override
  public FrontStep greet() {
    return state instanceof State.Open<K>(Standing<K> standing)
        ? say(standing, protocol.greeting(standing.tls()))
        : outOfStep();
  }

  @Override
  public FrontStep command(C command) {
    return switch (state) {
      case State.Open<K>(Standing<K> standing) -> open(standing.withCommand(), command);
      case State.Exchanging<K> exchanging -> exchange(exchanging, command);
      case State.Securing<K> _, State.Deciding<K> _, State.Connecting<K> _, State.Ended<K> _ ->
          outOfStep(command);
    };
  }

  @Override
  public FrontStep on(FrontEvent event) {
    return switch (event) {
      case FrontEvent.Ending(FrontEvent.Reason reason) -> hangUp(protocol.ending(reason));
      case FrontEvent.TlsStarted _ ->
          state instanceof State.Securing<K>(Standing.Counts counts)
              ? say(fresh(Tls.ON, counts), "")
              : outOfStep();
      case FrontEvent.Decided(AuthOutcome outcome) -> decided(outcome);
      case FrontEvent.TooManySessions _ -> tooManySessions();
      case FrontEvent.NoRoom(FrontEvent.Crowd crowd) -> hangUp(protocol.noRoom(crowd));
      case FrontEvent.UpstreamReady(UpstreamSession session, boolean isNoticeDue) ->
          state instanceof State.Connecting<K>(Standing<K> standing, boolean _)
              ? splice(standing.client(), session, isNoticeDue)
              : outOfStep();
      case FrontEvent.UpstreamFailed(var failure) ->
          state instanceof State.Connecting<K>(Standing<K> standing, boolean _)
              ? refuse(
                  standing.withTrouble(),
                  protocol.upstreamFailed(standing.tls(), standing.client(), failure.cause()))
              : outOfStep();
    };
  }

  private FrontStep open(Standing<K> standing, C command) {
    if (standing.counts().commands() > COMMAND_LIMIT) {
      command.discard();
      return hangUp(protocol.say(Word.TOO_MANY_COMMANDS, standing.client()));
    }
    return switch (protocol.open(standing.tls(), standing.client(), command)) {
      case Move.Authenticate<K>(K client, String mechanism, Optional<Secret> initial) ->
          authenticate(standing.knowing(client), mechanism, initial);
      case Move.Verify<K>(K client, Credentials credentials) ->
          verify(standing.knowing(client), credentials);
      case Move.RefuseInClear<K>(K client, String mechanism) ->
          inClear(standing.knowing(client), mechanism, Optional.empty());
      case Move.SpeakFor<K>(K client, ClientAddress stated, String text) ->
          speakFor(standing.knowing(client), stated, text);
      case Move.StartTls<K>(K client) -> startTls(standing.knowing(client));
      case Move.Say<K>(K client, String text) -> say(standing.knowing(client), text);
      case Move.Complain<K>(K client, String text) -> complain(standing.knowing(client), text);
      case Move.Invite<K>(K client, String text) -> {
        state = new State.Open<>(standing.knowing(client));
        yield new FrontStep.Say(text, Expect.LITERAL);
      }
      case Move.HangUp<K>(String text) -> hangUp(text);
      case Move.Respond<K> _, Move.OutOfStep<K> _ -> outOfStep(command);
    };
  }

  private FrontStep speakFor(Standing<K> standing, ClientAddress stated, String text) {
    return standing.counts().statements() > 0
        ? complain(standing, protocol.say(Word.ADDRESS_ALREADY, standing.client()))
        : new FrontStep.SpeaksFor(stated, say(standing.withStatement(), text));
  }

  private FrontStep startTls(Standing<K> standing) {
    return switch (standing.tls()) {
      case ON -> complain(standing, protocol.say(Word.TLS_ALREADY, standing.client()));
      case OFF -> complain(standing, protocol.say(Word.TLS_NOT_HERE, standing.client()));
      case REQUIRED -> {
        state = new State.Securing<>(standing.counts());
        yield new FrontStep.StartTls(protocol.say(Word.START_TLS, standing.client()));
      }
    };
  }

  private FrontStep verify(Standing<K> standing, Credentials credentials) {
    if (standing.isClosed()) {
      return inClear(standing, credentials.mechanism(), Optional.of(credentials));
    }
    state = new State.Deciding<>(standing);
    return new FrontStep.Verify(credentials);
  }

  private FrontStep authenticate(Standing<K> standing, String name, Optional<Secret> initial) {
    K client = standing.client();
    Optional<Mechanism> mechanism = Mechanism.named(name);
    if (standing.isClosed()) {
      Optional<Credentials> exposed =
          Mechanism.exposed(mechanism, initial, protocol.clientName(client));
      return mechanism
          .map(known -> inClear(standing, known.word(), exposed))
          .orElseGet(() -> tlsFirst(standing));
    }
    if (mechanism.isEmpty()) {
      initial.ifPresent(Secret::close);
      return complain(standing, protocol.say(Word.UNKNOWN_MECHANISM, client));
    }
    SaslExchange exchange = mechanism.get().newExchange();
    SaslStep first = initial.map(exchange::respond).orElseGet(exchange::begin);
    return exchanged(new State.Exchanging<>(standing, mechanism.get(), exchange), first);
  }

  private FrontStep inClear(Standing<K> standing, String mechanism, Optional<Credentials> exposed) {
    return new FrontStep.InClear(mechanism, exposed, tlsFirst(standing));
  }

  private FrontStep tlsFirst(Standing<K> standing) {
    return complain(standing, protocol.say(Word.TLS_FIRST, standing.client()));
  }

  private FrontStep exchange(State.Exchanging<K> exchanging, C command) {
    Standing<K> standing = exchanging.standing();
    return switch (protocol.exchange(standing.tls(), standing.client(), command)) {
      case Move.Respond<K>(Secret line) ->
          exchanged(exchanging, exchanging.exchange().respond(line));
      case Move.Complain<K>(K client, String text) -> complain(standing.knowing(client), text);
      case Move.HangUp<K>(String text) -> hangUp(text);
      case Move.OutOfStep<K> _ -> outOfStep(command);
    };
  }

  private FrontStep exchanged(State.Exchanging<K> exchanging, SaslStep step) {
    Standing<K> standing = exchanging.standing();
    K client = standing.client();
    String mechanism = exchanging.mechanism().word();
    return switch (step) {
      case SaslStep.Challenge(String base64) -> {
        state = exchanging;
        yield new FrontStep.Say(protocol.challenge(base64), Expect.SASL_RESPONSE);
      }
      case SaslStep.Complete(String loginName, Secret secret) ->
          verify(
              standing, new Credentials(loginName, secret, mechanism, protocol.clientName(client)));
      case SaslStep.Delegation _ -> {
        state = new State.Deciding<>(standing);
        yield new FrontStep.Reject(RejectReason.DELEGATION, mechanism);
      }
      case SaslStep.Malformed _ -> complain(standing, protocol.say(Word.BAD_RESPONSE, client));
      case SaslStep.Cancelled _ -> say(standing, protocol.say(Word.CANCELLED, client));
    };
  }

  private FrontStep tooManySessions() {
    return switch (state) {
      case State.Deciding<K>(Standing<K> standing) -> tooManySessions(standing);
      case State.Connecting<K>(Standing<K> standing, boolean isJudging) ->
          isJudging ? tooManySessions(standing) : outOfStep();
      case State.Open<K> _, State.Securing<K> _, State.Exchanging<K> _, State.Ended<K> _ ->
          outOfStep();
    };
  }

  private FrontStep tooManySessions(Standing<K> standing) {
    return refuse(
        standing.withTrouble(), protocol.tooManySessions(standing.tls(), standing.client()));
  }

  private FrontStep decided(AuthOutcome outcome) {
    return switch (state) {
      case State.Deciding<K>(Standing<K> standing) -> decided(standing, outcome);
      case State.Connecting<K>(Standing<K> standing, boolean isJudging) ->
          isJudging ? judged(standing, outcome) : outOfStep();
      case State.Open<K> _, State.Securing<K> _, State.Exchanging<K> _, State.Ended<K> _ ->
          outOfStep();
    };
  }

  /** What the upstream is asked about once, it is not asked about again. */
  private FrontStep judged(Standing<K> standing, AuthOutcome outcome) {
    return switch (outcome) {
      case AuthOutcome.Rejected _, AuthOutcome.Throttled _, AuthOutcome.Unavailable _ ->
          decided(standing, outcome);
      case AuthOutcome.Accepted _, AuthOutcome.Delegate _ -> outOfStep();
    };
  }

  private FrontStep decided(Standing<K> standing, AuthOutcome outcome) {
    K client = standing.client();
    return switch (outcome) {
      case AuthOutcome.Accepted(var grant) -> {
        state = new State.Connecting<>(standing, false);
        yield new FrontStep.Connect(grant);
      }
      case AuthOutcome.Delegate(var delegation) -> {
        state = new State.Connecting<>(standing, true);
        yield new FrontStep.Connect(delegation.grant());
      }
      case AuthOutcome.Rejected(RejectReason reason) ->
          refuse(standing.withRefusal(), protocol.rejected(standing.tls(), client, reason));
      case AuthOutcome.Throttled(RejectReason reason, Duration _, boolean isRefused) ->
          isRefused
              ? refuseForGood(protocol.throttled(client), Word.TOO_MANY_GUESSES)
              : refuse(standing.withRefusal(), protocol.rejected(standing.tls(), client, reason));
      case AuthOutcome.Unavailable _ ->
          refuse(standing.withTrouble(), protocol.unavailable(client));
    };
  }

  private FrontStep splice(K client, UpstreamSession session, boolean isNoticeDue) {
    state = new State.Ended<>();
    return new FrontStep.Splice(protocol.loggedIn(client, session, isNoticeDue));
  }

  private FrontStep refuse(Standing<K> worse, Refusal<K> refusal) {
    if (worse.counts().failures() >= Math.max(FEWEST_REFUSALS, errorLimit)) {
      return refuseForGood(
          refusal, worse.counts().refusals() > 0 ? Word.TOO_MANY_REFUSALS : Word.TOO_MANY_TROUBLES);
    }
    state = new State.Open<>(worse.knowing(refusal.client()));
    return new FrontStep.Refuse(refusal.text());
  }

  private FrontStep refuseForGood(Refusal<K> refusal, Word last) {
    state = new State.Ended<>();
    return new FrontStep.RefuseAndHangUp(refusal.text() + protocol.say(last, refusal.client()));
  }

  private FrontStep complain(Standing<K> standing, String text) {
    Standing<K> worse = standing.withError();
    return worse.counts().errors() >= errorLimit
        ? hangUp(text + protocol.say(Word.TOO_MANY_ERRORS, standing.client()))
        : say(worse, text);
  }

  private FrontStep say(Standing<K> standing, String text) {
    state = new State.Open<>(standing);
    return new FrontStep.Say(text, Expect.COMMAND);
  }

  private FrontStep hangUp(String text) {
    state = new State.Ended<>();
    return new FrontStep.HangUp(text);
  }

  private FrontStep outOfStep(C command) {
    command.discard();
    return outOfStep();
  }

  private FrontStep outOfStep() {
    return hangUp(protocol.say(Word.OUT_OF_STEP, protocol.stranger()));
  }
}
