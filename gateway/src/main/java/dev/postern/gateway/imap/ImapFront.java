package dev.postern.gateway.imap;

import dev.postern.gateway.dialogue.Credentials;
import dev.postern.gateway.dialogue.FrontDialogue;
import dev.postern.gateway.dialogue.FrontEvent;
import dev.postern.gateway.dialogue.FrontStep;
import dev.postern.gateway.dialogue.FrontStep.Expect;
import dev.postern.gateway.dialogue.SessionFacts;
import dev.postern.gateway.dialogue.SessionFacts.Tls;
import dev.postern.gateway.dialogue.UpstreamFailure;
import dev.postern.gateway.dialogue.UpstreamSession;
import dev.postern.gateway.imap.ImapCommand.Flaw;
import dev.postern.gateway.imap.ImapCommand.Purpose;
import dev.postern.gateway.sasl.Mechanism;
import dev.postern.gateway.sasl.SaslExchange;
import dev.postern.gateway.sasl.SaslStep;
import dev.postern.store.auth.AuthOutcome;
import dev.postern.store.auth.RejectReason;
import dev.postern.store.auth.Secret;
import java.util.Optional;

/**
 * The client's side of an IMAP session up to the login, RFC 9051 §3.1, §6.1, §6.2.
 *
 * <pre>
 *   greet ─► Open ──STARTTLS──► Securing ──TlsStarted──► Open (all but the counts forgotten)
 *             │ ▲
 *  AUTHENTICATE │ ◄── BAD, NO ──────┬───────────────┬────────────────┐
 *             ▼                     │               │                │
 *         Exchanging ──Complete──► Deciding ──Accepted──► Connecting ──UpstreamReady──► spliced
 *             Open ──LOGIN──────────┘
 *
 *   any ──LOGOUT, too much, Ending──► Ended
 * </pre>
 *
 * <p>LOGIN, AUTHENTICATE PLAIN and AUTHENTICATE LOGIN meet in Deciding and are one from there on.
 * An input that its state does not wait for ends the session; it can only come from a fault of
 * ours.
 */
public final class ImapFront implements FrontDialogue<ImapCommand> {

  /** Commands of any kind before login, so that no conversation is endless. */
  static final int COMMAND_LIMIT = 250;

  /** A wrong secret comes two or three times on one connection: clients try each mechanism. */
  static final int FEWEST_REFUSALS = 3;

  /** How LOGIN is called in logs and metrics. */
  private static final String COMMAND = "command";

  private final SessionFacts facts;
  private State state;

  public ImapFront(SessionFacts facts) {
    this.facts = facts;
    this.state = new State.Open(ImapStanding.fresh(facts.tls(), ImapStanding.Counts.NONE));
  }

  private sealed interface State {
    record Open(ImapStanding standing) implements State {}

    record Securing(ImapStanding.Counts counts) implements State {}

    record Exchanging(ImapStanding standing, String tag, Mechanism mechanism, SaslExchange exchange)
        implements State {}

    record Deciding(ImapStanding standing, String tag) implements State {}

    record Connecting(ImapStanding standing, String tag) implements State {}

    record Ended() implements State {}
  }

  @Override
  public FrontStep greet() {
    return new FrontStep.Say(
        ImapReplies.greeting(facts.serverName(), ImapCapabilities.beforeLogin(facts, facts.tls())),
        Expect.COMMAND);
  }

  @Override
  public FrontStep command(ImapCommand command) {
    return switch (state) {
      case State.Open(ImapStanding standing) -> open(standing.withCommand(), command);
      case State.Exchanging exchanging -> exchange(exchanging, command);
      case State.Securing _, State.Deciding _, State.Connecting _, State.Ended _ ->
          outOfStep(command);
    };
  }

  @Override
  public FrontStep on(FrontEvent event) {
    return switch (event) {
      case FrontEvent.Ending(FrontEvent.Reason reason) -> hangUp(ImapReplies.ending(reason));
      case FrontEvent.TlsStarted _ ->
          state instanceof State.Securing(ImapStanding.Counts counts)
              ? say(ImapStanding.fresh(Tls.ON, counts), "")
              : outOfStep();
      case FrontEvent.Decided(AuthOutcome outcome) ->
          state instanceof State.Deciding(ImapStanding standing, String tag)
              ? decided(standing, tag, outcome)
              : outOfStep();
      case FrontEvent.UpstreamReady(UpstreamSession session) ->
          state instanceof State.Connecting(ImapStanding standing, String tag)
              ? splice(standing, tag, session)
              : outOfStep();
      case FrontEvent.UpstreamFailed(var failure) ->
          state instanceof State.Connecting(ImapStanding standing, String tag)
              ? upstreamFailed(standing, tag, failure.cause())
              : outOfStep();
    };
  }

  private FrontStep open(ImapStanding standing, ImapCommand command) {
    if (standing.counts().commands() > COMMAND_LIMIT) {
      command.discard();
      return hangUp(ImapReplies.TOO_MANY_COMMANDS);
    }
    return switch (command) {
      case ImapCommand.Capability(String tag) ->
          say(
              standing.asking(),
              ImapReplies.capability(tag, ImapCapabilities.beforeLogin(facts, standing.tls())));
      case ImapCommand.Noop(String tag) -> say(standing, ImapReplies.noop(tag));
      case ImapCommand.Logout(String tag) -> hangUp(ImapReplies.logout(tag));
      case ImapCommand.Id(String tag, String name) ->
          say(standing.named(name), ImapReplies.id(tag));
      case ImapCommand.Enable(String tag) -> say(standing, ImapReplies.enable(tag));
      case ImapCommand.StartTls(String tag) -> startTls(standing, tag);
      case ImapCommand.LiteralWanted(String tag, Purpose purpose) ->
          literal(standing, tag, purpose);
      case ImapCommand.Login(String tag, String loginName, Secret secret) ->
          login(standing, tag, loginName, secret);
      case ImapCommand.Authenticate(String tag, String name, Optional<Secret> initial) ->
          authenticate(standing, tag, name, initial);
      case ImapCommand.OtherState(String tag) -> error(standing, ImapReplies.needsLogin(tag));
      case ImapCommand.Unknown(String tag) -> error(standing, ImapReplies.unknownCommand(tag));
      case ImapCommand.Malformed(Optional<String> tag, Flaw flaw) -> malformed(standing, tag, flaw);
      case ImapCommand.SaslResponse _ -> outOfStep(command);
    };
  }

  private FrontStep startTls(ImapStanding standing, String tag) {
    return switch (standing.tls()) {
      case ON -> error(standing, ImapReplies.tlsAlready(tag));
      case OFF -> error(standing, ImapReplies.tlsNotHere(tag));
      case REQUIRED -> {
        state = new State.Securing(standing.counts());
        yield new FrontStep.StartTls(ImapReplies.startTls(tag));
      }
    };
  }

  /** A client that waits to be invited is not, where its password would come in clear. */
  private FrontStep literal(ImapStanding standing, String tag, Purpose purpose) {
    if (purpose == Purpose.CREDENTIALS && standing.tls() == Tls.REQUIRED) {
      return error(standing, ImapReplies.tlsFirst(tag));
    }
    state = new State.Open(standing);
    return new FrontStep.Say(ImapReplies.INVITATION, Expect.LITERAL);
  }

  private FrontStep login(ImapStanding standing, String tag, String loginName, Secret secret) {
    return standing.tls() == Tls.REQUIRED
        ? new FrontStep.Exposed(
            new Credentials(loginName, secret, COMMAND, standing.clientName()),
            error(standing, ImapReplies.tlsFirst(tag)))
        : verify(standing, tag, COMMAND, loginName, secret);
  }

  private FrontStep authenticate(
      ImapStanding standing, String tag, String name, Optional<Secret> initial) {
    Optional<Mechanism> mechanism = Mechanism.named(name);
    if (standing.tls() == Tls.REQUIRED) {
      FrontStep refusal = error(standing, ImapReplies.tlsFirst(tag));
      return Mechanism.exposed(mechanism, initial, standing.clientName())
          .<FrontStep>map(credentials -> new FrontStep.Exposed(credentials, refusal))
          .orElse(refusal);
    }
    if (mechanism.isEmpty()) {
      initial.ifPresent(Secret::close);
      return error(standing, ImapReplies.unknownMechanism(tag));
    }
    SaslExchange exchange = mechanism.get().newExchange();
    SaslStep first = initial.map(exchange::respond).orElseGet(exchange::begin);
    return exchanged(new State.Exchanging(standing, tag, mechanism.get(), exchange), first);
  }

  private FrontStep exchange(State.Exchanging exchanging, ImapCommand command) {
    return switch (command) {
      case ImapCommand.SaslResponse(Secret line) ->
          exchanged(exchanging, exchanging.exchange().respond(line));
      case ImapCommand.Malformed(var _, Flaw flaw) ->
          malformed(exchanging.standing(), Optional.of(exchanging.tag()), flaw);
      case ImapCommand.Login _,
          ImapCommand.Authenticate _,
          ImapCommand.Capability _,
          ImapCommand.Noop _,
          ImapCommand.Logout _,
          ImapCommand.Id _,
          ImapCommand.Enable _,
          ImapCommand.StartTls _,
          ImapCommand.LiteralWanted _,
          ImapCommand.OtherState _,
          ImapCommand.Unknown _ ->
          outOfStep(command);
    };
  }

  private FrontStep exchanged(State.Exchanging exchanging, SaslStep step) {
    ImapStanding standing = exchanging.standing();
    String tag = exchanging.tag();
    return switch (step) {
      case SaslStep.Challenge(String base64) -> {
        state = exchanging;
        yield new FrontStep.Say(ImapReplies.challenge(base64), Expect.SASL_RESPONSE);
      }
      case SaslStep.Complete(String loginName, Secret secret) ->
          verify(standing, tag, exchanging.mechanism().word(), loginName, secret);
      case SaslStep.Delegation _ -> {
        state = new State.Deciding(standing, tag);
        yield new FrontStep.Reject(RejectReason.DELEGATION, exchanging.mechanism().word());
      }
      case SaslStep.Malformed _ -> error(standing, ImapReplies.badResponse(tag));
      case SaslStep.Cancelled _ -> say(standing, ImapReplies.cancelled(tag));
    };
  }

  private FrontStep verify(
      ImapStanding standing, String tag, String mechanism, String loginName, Secret secret) {
    state = new State.Deciding(standing, tag);
    return new FrontStep.Verify(
        new Credentials(loginName, secret, mechanism, standing.clientName()));
  }

  private FrontStep decided(ImapStanding standing, String tag, AuthOutcome outcome) {
    return switch (outcome) {
      case AuthOutcome.Accepted(var grant) -> {
        state = new State.Connecting(standing, tag);
        yield new FrontStep.Connect(grant);
      }
      case AuthOutcome.Rejected(RejectReason reason) -> rejected(standing, tag, reason);
      case AuthOutcome.Unavailable _ -> refuse(standing, ImapReplies.unavailable(tag, facts));
    };
  }

  private FrontStep splice(ImapStanding standing, String tag, UpstreamSession session) {
    state = new State.Ended();
    return new FrontStep.Splice(
        ImapReplies.loggedIn(tag, ImapCapabilities.afterLogin(session), standing.hasAsked()));
  }

  private FrontStep rejected(ImapStanding standing, String tag, RejectReason reason) {
    String refusal = ImapReplies.refused(tag, reason, facts.help());
    return standing.canAlert(reason)
        ? refuse(
            standing.alerted(reason),
            ImapReplies.alert(ImapReplies.help(reason, facts.help())) + refusal)
        : refuse(standing, refusal);
  }

  private FrontStep upstreamFailed(ImapStanding standing, String tag, UpstreamFailure.Cause cause) {
    return refuse(
        standing, ImapReplies.upstreamFailed(tag, cause, facts, standing.tls() == Tls.ON));
  }

  private FrontStep refuse(ImapStanding standing, String text) {
    ImapStanding worse = standing.withRefusal();
    if (worse.counts().refusals() >= Math.max(FEWEST_REFUSALS, facts.errorLimit())) {
      state = new State.Ended();
      return new FrontStep.RefuseAndHangUp(text + ImapReplies.TOO_MANY_REFUSALS);
    }
    state = new State.Open(worse);
    return new FrontStep.Refuse(text);
  }

  private FrontStep malformed(ImapStanding standing, Optional<String> tag, Flaw flaw) {
    String text = ImapReplies.malformed(tag, flaw);
    return switch (flaw) {
      case TAG, NO_COMMAND, COMMAND_FOR_TAG, ARGUMENTS, LITERAL_TOO_LARGE -> error(standing, text);
      case ENDLESS_LITERAL, TOO_LONG, OTHER_PROTOCOL -> hangUp(text);
    };
  }

  private FrontStep error(ImapStanding standing, String text) {
    ImapStanding worse = standing.withError();
    return worse.counts().errors() >= facts.errorLimit()
        ? hangUp(text + ImapReplies.TOO_MANY_ERRORS)
        : say(worse, text);
  }

  private FrontStep say(ImapStanding standing, String text) {
    state = new State.Open(standing);
    return new FrontStep.Say(text, Expect.COMMAND);
  }

  private FrontStep hangUp(String text) {
    state = new State.Ended();
    return new FrontStep.HangUp(text);
  }

  private FrontStep outOfStep(ImapCommand command) {
    command.discard();
    return outOfStep();
  }

  private FrontStep outOfStep() {
    return hangUp(ImapReplies.OUT_OF_STEP);
  }
}
