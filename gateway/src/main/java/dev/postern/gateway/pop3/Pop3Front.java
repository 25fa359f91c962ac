package dev.postern.gateway.pop3;

import dev.postern.gateway.dialogue.Credentials;
import dev.postern.gateway.dialogue.FrontDialogue;
import dev.postern.gateway.dialogue.FrontEvent;
import dev.postern.gateway.dialogue.FrontStep;
import dev.postern.gateway.dialogue.FrontStep.Expect;
import dev.postern.gateway.dialogue.SessionFacts;
import dev.postern.gateway.dialogue.SessionFacts.Tls;
import dev.postern.gateway.sasl.Mechanism;
import dev.postern.gateway.sasl.SaslExchange;
import dev.postern.gateway.sasl.SaslStep;
import dev.postern.store.auth.AuthOutcome;
import dev.postern.store.auth.RejectReason;
import dev.postern.store.auth.Secret;
import java.util.Optional;

/**
 * The client's side of a POP3 session up to the login: the AUTHORIZATION state of RFC 1939 §4, with
 * RFC 2449, RFC 2595 and RFC 5034.
 *
 * <pre>
 *   greet ─► Open ──STLS──► Securing ──TlsStarted──► Open (all but the counts forgotten)
 *             │ ▲
 *        AUTH │ └──── -ERR ─────────┬───────────────┬────────────────┐
 *             ▼                     │               │                │
 *         Exchanging ──Complete──► Deciding ──Accepted──► Connecting ──UpstreamReady──► spliced
 *             Open ──USER, PASS─────┘
 *
 *   any ──QUIT, too much, Ending──► Ended
 * </pre>
 *
 * <p>USER is always taken: whether there is such a user is nobody's business. An input that its
 * state does not wait for ends the session; it can only come from a fault of ours.
 */
public final class Pop3Front implements FrontDialogue<Pop3Command> {

  /** Commands of any kind before login, so that no conversation is endless. */
  static final int COMMAND_LIMIT = 250;

  /** A wrong secret comes two or three times on one connection: clients try each mechanism. */
  static final int FEWEST_REFUSALS = 3;

  /** How USER and PASS are called in logs and metrics. */
  private static final String COMMAND = "command";

  private final SessionFacts facts;
  private State state;

  public Pop3Front(SessionFacts facts) {
    this.facts = facts;
    this.state = new State.Open(Standing.fresh(facts.tls(), Counts.NONE));
  }

  private sealed interface State {
    record Open(Standing standing) implements State {}

    record Securing(Counts counts) implements State {}

    record Exchanging(Standing standing, Mechanism mechanism, SaslExchange exchange)
        implements State {}

    record Deciding(Standing standing) implements State {}

    record Connecting(Standing standing) implements State {}

    record Ended() implements State {}
  }

  /** What is counted on a connection. */
  private record Counts(int commands, int errors, int refusals) {
    static final Counts NONE = new Counts(0, 0, 0);
  }

  /**
   * What is known of the client.
   *
   * @param user what USER said, for one PASS
   */
  private record Standing(Tls tls, Optional<String> user, Counts counts) {

    static Standing fresh(Tls tls, Counts counts) {
      return new Standing(tls, Optional.empty(), counts);
    }

    Standing named(String name) {
      return new Standing(tls, Optional.of(name), counts);
    }

    Standing withCommand() {
      return with(new Counts(counts.commands + 1, counts.errors, counts.refusals));
    }

    Standing withError() {
      return with(new Counts(counts.commands, counts.errors + 1, counts.refusals));
    }

    Standing withRefusal() {
      return with(new Counts(counts.commands, counts.errors, counts.refusals + 1)).nameless();
    }

    Standing nameless() {
      return fresh(tls, counts);
    }

    private Standing with(Counts more) {
      return new Standing(tls, user, more);
    }
  }

  @Override
  public FrontStep greet() {
    return new FrontStep.Say(Pop3Replies.greeting(facts.serverName()), Expect.COMMAND);
  }

  @Override
  public FrontStep command(Pop3Command command) {
    return switch (state) {
      case State.Open(Standing standing) -> open(standing.withCommand(), command);
      case State.Exchanging exchanging -> exchange(exchanging, command);
      case State.Securing _, State.Deciding _, State.Connecting _, State.Ended _ ->
          outOfStep(command);
    };
  }

  @Override
  public FrontStep on(FrontEvent event) {
    return switch (event) {
      case FrontEvent.Ending(FrontEvent.Reason reason) -> hangUp(Pop3Replies.ending(reason));
      case FrontEvent.TlsStarted _ ->
          state instanceof State.Securing(Counts counts)
              ? say(Standing.fresh(Tls.ON, counts), "")
              : outOfStep();
      case FrontEvent.Decided(AuthOutcome outcome) ->
          state instanceof State.Deciding(Standing standing)
              ? decided(standing, outcome)
              : outOfStep();
      case FrontEvent.UpstreamReady _ -> {
        if (state instanceof State.Connecting) {
          state = new State.Ended();
          yield new FrontStep.Splice(Pop3Replies.SIGNED_IN);
        }
        yield outOfStep();
      }
      case FrontEvent.UpstreamFailed(var failure) ->
          state instanceof State.Connecting(Standing standing)
              ? refuse(standing, Pop3Replies.upstreamFailed(failure.cause(), facts))
              : outOfStep();
    };
  }

  private FrontStep open(Standing standing, Pop3Command command) {
    if (standing.counts().commands() > COMMAND_LIMIT) {
      command.discard();
      return hangUp(Pop3Replies.TOO_MANY_COMMANDS);
    }
    return switch (command) {
      case Pop3Command.Capa _ ->
          say(
              standing,
              Pop3Replies.capabilities(Pop3Capabilities.beforeLogin(facts, standing.tls())));
      case Pop3Command.Noop _ -> say(standing, Pop3Replies.OK);
      case Pop3Command.Quit _ -> hangUp(Pop3Replies.GOODBYE);
      case Pop3Command.Stls(boolean hasArguments) -> startTls(standing, hasArguments);
      case Pop3Command.User(String name) -> user(standing, name);
      case Pop3Command.Pass(Secret secret) -> pass(standing, secret);
      case Pop3Command.Mechanisms _ ->
          isClosed(standing)
              ? error(standing, Pop3Replies.TLS_FIRST)
              : say(standing, Pop3Replies.mechanisms());
      case Pop3Command.Auth(String mechanism, Optional<Secret> initial) ->
          auth(standing, mechanism, initial);
      case Pop3Command.Apop _ -> error(standing, unlessClosed(standing, Pop3Replies.NO_APOP));
      case Pop3Command.NeedsLogin _ -> error(standing, Pop3Replies.NEEDS_LOGIN);
      case Pop3Command.Malformed(Pop3Command.Flaw flaw) -> malformed(standing, flaw);
      case Pop3Command.Unknown _ -> error(standing, Pop3Replies.UNKNOWN_COMMAND);
      case Pop3Command.SaslResponse _ -> outOfStep(command);
    };
  }

  /** No secret is taken in clear. */
  private static boolean isClosed(Standing standing) {
    return standing.tls() == Tls.REQUIRED;
  }

  private static String unlessClosed(Standing standing, String reply) {
    return isClosed(standing) ? Pop3Replies.TLS_FIRST : reply;
  }

  private FrontStep startTls(Standing standing, boolean hasArguments) {
    return switch (standing.tls()) {
      case ON -> error(standing, Pop3Replies.TLS_ALREADY);
      case OFF -> error(standing, Pop3Replies.TLS_NOT_HERE);
      case REQUIRED -> {
        if (hasArguments) {
          yield error(standing, Pop3Replies.TLS_TAKES_NO_ARGUMENTS);
        }
        state = new State.Securing(standing.counts());
        yield new FrontStep.StartTls(Pop3Replies.START_TLS);
      }
    };
  }

  private FrontStep user(Standing standing, String name) {
    if (isClosed(standing)) {
      // Kept for a PASS that may be on its way already.
      return error(standing.named(name), Pop3Replies.TLS_FIRST);
    }
    return name.isEmpty()
        ? error(standing.nameless(), Pop3Replies.EMPTY_NAME)
        : say(standing.named(name), Pop3Replies.NAME_TAKEN);
  }

  private FrontStep pass(Standing standing, Secret secret) {
    Optional<String> user = standing.user();
    if (user.isEmpty()) {
      secret.close();
      return error(standing, unlessClosed(standing, Pop3Replies.NO_NAME));
    }
    Credentials credentials = new Credentials(user.get(), secret, COMMAND, "");
    if (isClosed(standing)) {
      return new FrontStep.Exposed(credentials, error(standing.nameless(), Pop3Replies.TLS_FIRST));
    }
    state = new State.Deciding(standing.nameless());
    return new FrontStep.Verify(credentials);
  }

  private FrontStep auth(Standing standing, String name, Optional<Secret> initial) {
    Optional<Mechanism> mechanism = Mechanism.named(name);
    if (isClosed(standing)) {
      FrontStep refusal = error(standing, Pop3Replies.TLS_FIRST);
      return Mechanism.exposed(mechanism, initial, "")
          .<FrontStep>map(credentials -> new FrontStep.Exposed(credentials, refusal))
          .orElse(refusal);
    }
    if (mechanism.isEmpty()) {
      initial.ifPresent(Secret::close);
      return error(standing, Pop3Replies.UNKNOWN_MECHANISM);
    }
    SaslExchange exchange = mechanism.get().newExchange();
    SaslStep first = initial.map(exchange::respond).orElseGet(exchange::begin);
    return exchanged(new State.Exchanging(standing.nameless(), mechanism.get(), exchange), first);
  }

  private FrontStep exchange(State.Exchanging exchanging, Pop3Command command) {
    return switch (command) {
      case Pop3Command.SaslResponse(Secret line) ->
          exchanged(exchanging, exchanging.exchange().respond(line));
      case Pop3Command.Malformed(Pop3Command.Flaw flaw) -> malformed(exchanging.standing(), flaw);
      case Pop3Command.Capa _,
          Pop3Command.Stls _,
          Pop3Command.User _,
          Pop3Command.Pass _,
          Pop3Command.Mechanisms _,
          Pop3Command.Auth _,
          Pop3Command.Apop _,
          Pop3Command.Noop _,
          Pop3Command.Quit _,
          Pop3Command.NeedsLogin _,
          Pop3Command.Unknown _ ->
          outOfStep(command);
    };
  }

  private FrontStep exchanged(State.Exchanging exchanging, SaslStep step) {
    Standing standing = exchanging.standing();
    return switch (step) {
      case SaslStep.Challenge(String base64) -> {
        state = exchanging;
        yield new FrontStep.Say(Pop3Replies.challenge(base64), Expect.SASL_RESPONSE);
      }
      case SaslStep.Complete(String loginName, Secret secret) -> {
        state = new State.Deciding(standing);
        yield new FrontStep.Verify(
            new Credentials(loginName, secret, exchanging.mechanism().word(), ""));
      }
      case SaslStep.Delegation _ -> {
        state = new State.Deciding(standing);
        yield new FrontStep.Reject(RejectReason.DELEGATION, exchanging.mechanism().word());
      }
      case SaslStep.Malformed _ -> error(standing, Pop3Replies.BAD_RESPONSE);
      case SaslStep.Cancelled _ -> say(standing, Pop3Replies.CANCELLED);
    };
  }

  private FrontStep decided(Standing standing, AuthOutcome outcome) {
    return switch (outcome) {
      case AuthOutcome.Accepted(var grant) -> {
        state = new State.Connecting(standing);
        yield new FrontStep.Connect(grant);
      }
      case AuthOutcome.Rejected(RejectReason reason) ->
          refuse(standing, Pop3Replies.refused(reason, facts.help()));
      case AuthOutcome.Unavailable _ -> refuse(standing, Pop3Replies.unavailable(facts));
    };
  }

  private FrontStep refuse(Standing standing, String text) {
    Standing worse = standing.withRefusal();
    if (worse.counts().refusals() >= Math.max(FEWEST_REFUSALS, facts.errorLimit())) {
      state = new State.Ended();
      return new FrontStep.RefuseAndHangUp(text + Pop3Replies.TOO_MANY_REFUSALS);
    }
    state = new State.Open(worse);
    return new FrontStep.Refuse(text);
  }

  private FrontStep malformed(Standing standing, Pop3Command.Flaw flaw) {
    return switch (flaw) {
      case CONTROL_CHARACTER -> error(standing, Pop3Replies.BAD_CHARACTER);
      case NAME_TOO_LONG -> error(standing.nameless(), Pop3Replies.NAME_TOO_LONG);
      case SECRET_TOO_LONG -> error(standing.nameless(), Pop3Replies.SECRET_TOO_LONG);
      case LINE_TOO_LONG, RESPONSE_TOO_LONG -> error(standing, Pop3Replies.LINE_TOO_LONG);
      case ENDLESS_LINE -> hangUp(Pop3Replies.LINE_TOO_LONG + Pop3Replies.TOO_MANY_ERRORS);
      case OTHER_PROTOCOL -> hangUp("");
    };
  }

  private FrontStep error(Standing standing, String text) {
    Standing worse = standing.withError();
    return worse.counts().errors() >= facts.errorLimit()
        ? hangUp(text + Pop3Replies.TOO_MANY_ERRORS)
        : say(worse, text);
  }

  private FrontStep say(Standing standing, String text) {
    state = new State.Open(standing);
    return new FrontStep.Say(text, Expect.COMMAND);
  }

  private FrontStep hangUp(String text) {
    state = new State.Ended();
    return new FrontStep.HangUp(text);
  }

  private FrontStep outOfStep(Pop3Command command) {
    command.discard();
    return outOfStep();
  }

  private FrontStep outOfStep() {
    return hangUp(Pop3Replies.OUT_OF_STEP);
  }
}
