package dev.postern.gateway.smtp;

import dev.postern.gateway.dialogue.ClientName;
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
 * The client's side of a submission session up to the login, RFC 6409, RFC 5321, RFC 4954, RFC
 * 3207.
 *
 * <pre>
 *   greet ─► Open ──STARTTLS──► Securing ──TlsStarted──► Open (all but the counts forgotten)
 *             │ ▲
 *        AUTH │ └── 501, 535, 454 ──┬───────────────┬────────────────┐
 *             ▼                     │               │                │
 *         Exchanging ──Complete──► Deciding ──Accepted──► Connecting ──UpstreamReady──► spliced
 *
 *   any ──QUIT, too much, Ending──► Ended
 * </pre>
 *
 * <p>EHLO is not required before AUTH, nor again after STARTTLS: we greet the upstream ourselves.
 * An input that its state does not wait for ends the session; it can only come from a fault of
 * ours. The file is as long as it is so that every arrow of the chart is in one place.
 */
public final class SmtpFront implements FrontDialogue<SmtpCommand> {

  /** Commands of any kind before login, so that no conversation is endless. */
  static final int COMMAND_LIMIT = 250;

  /** RFC 4954 §9: a connection survives at least so many refusals. */
  static final int FEWEST_REFUSALS = 3;

  private final SessionFacts facts;
  private State state;

  public SmtpFront(SessionFacts facts) {
    this.facts = facts;
    this.state = new State.Open(fresh(facts.tls(), Counts.NONE));
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
   * @param help for a person whose client goes on without login
   */
  private record Standing(Tls tls, String clientName, String help, Counts counts) {

    Standing named(String name) {
      return new Standing(tls, ClientName.clean(name), help, counts);
    }

    Standing withCommand() {
      return with(new Counts(counts.commands + 1, counts.errors, counts.refusals));
    }

    Standing withError() {
      return with(new Counts(counts.commands, counts.errors + 1, counts.refusals));
    }

    Standing withRefusal(String why) {
      Counts more = new Counts(counts.commands, counts.errors, counts.refusals + 1);
      return new Standing(tls, clientName, why, more);
    }

    private Standing with(Counts more) {
      return new Standing(tls, clientName, help, more);
    }
  }

  private Standing fresh(Tls tls, Counts counts) {
    return new Standing(tls, "", SmtpReplies.signIn(facts.help()), counts);
  }

  @Override
  public FrontStep greet() {
    return new FrontStep.Say(SmtpReplies.banner(facts.serverName()), Expect.COMMAND);
  }

  @Override
  public FrontStep command(SmtpCommand command) {
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
      case FrontEvent.Ending(FrontEvent.Reason reason) -> hangUp(SmtpReplies.ending(reason));
      case FrontEvent.TlsStarted _ ->
          state instanceof State.Securing(Counts counts)
              ? say(fresh(Tls.ON, counts), "")
              : outOfStep();
      case FrontEvent.Decided(AuthOutcome outcome) ->
          state instanceof State.Deciding(Standing standing)
              ? decided(standing, outcome)
              : outOfStep();
      case FrontEvent.UpstreamReady _ -> {
        if (state instanceof State.Connecting) {
          state = new State.Ended();
          yield new FrontStep.Splice(SmtpReplies.SIGNED_IN);
        }
        yield outOfStep();
      }
      case FrontEvent.UpstreamFailed(var failure) ->
          state instanceof State.Connecting(Standing standing)
              ? unavailable(standing, SmtpReplies.help(failure.cause(), facts))
              : outOfStep();
    };
  }

  private FrontStep open(Standing standing, SmtpCommand command) {
    if (standing.counts().commands() > COMMAND_LIMIT) {
      command.discard();
      return hangUp(SmtpReplies.TOO_MANY_COMMANDS);
    }
    return switch (command) {
      case SmtpCommand.Ehlo(String name) ->
          say(standing.named(name), SmtpReplies.ehlo(facts, standing.tls()));
      case SmtpCommand.Helo(String name) ->
          say(standing.named(name), SmtpReplies.helo(facts.serverName()));
      case SmtpCommand.Noop _, SmtpCommand.Rset _ -> say(standing, SmtpReplies.OK);
      case SmtpCommand.Quit _ -> hangUp(SmtpReplies.GOODBYE);
      case SmtpCommand.StartTls(boolean hasArguments) -> startTls(standing, hasArguments);
      case SmtpCommand.Malformed(SmtpCommand.Flaw flaw) -> malformed(standing, flaw);
      case SmtpCommand.Auth(String mechanism, Optional<Secret> initial) ->
          auth(standing, mechanism, initial);
      case SmtpCommand.Help _ -> say(standing, unlessClosed(standing, SmtpReplies.HELP));
      case SmtpCommand.Vrfy _ -> say(standing, unlessClosed(standing, SmtpReplies.CANNOT_VERIFY));
      case SmtpCommand.NeedsLogin _ -> say(standing, needsLogin(standing));
      case SmtpCommand.Bdat _ -> hangUp(needsLogin(standing) + SmtpReplies.UNASKED_DATA);
      case SmtpCommand.Lhlo _ -> error(standing, unlessClosed(standing, SmtpReplies.NOT_LMTP));
      case SmtpCommand.Unknown _ ->
          error(standing, unlessClosed(standing, SmtpReplies.UNKNOWN_COMMAND));
      case SmtpCommand.SaslResponse _ -> outOfStep(command);
    };
  }

  /** RFC 3207 §4: before TLS, nothing but what leads to TLS or to the end. */
  private static boolean isClosed(Standing standing) {
    return standing.tls() == Tls.REQUIRED;
  }

  private static String unlessClosed(Standing standing, String reply) {
    return isClosed(standing) ? SmtpReplies.TLS_FIRST : reply;
  }

  private static String needsLogin(Standing standing) {
    return unlessClosed(standing, SmtpReplies.needsLogin(standing.help()));
  }

  private FrontStep startTls(Standing standing, boolean hasArguments) {
    return switch (standing.tls()) {
      case ON -> error(standing, SmtpReplies.TLS_ALREADY);
      case OFF -> error(standing, SmtpReplies.TLS_NOT_HERE);
      case REQUIRED -> {
        if (hasArguments) {
          yield error(standing, SmtpReplies.TLS_TAKES_NO_ARGUMENTS);
        }
        state = new State.Securing(standing.counts());
        yield new FrontStep.StartTls(SmtpReplies.START_TLS);
      }
    };
  }

  private FrontStep malformed(Standing standing, SmtpCommand.Flaw flaw) {
    return switch (flaw) {
      case CONTROL_CHARACTER -> error(standing, SmtpReplies.BAD_CHARACTER);
      case NO_MECHANISM -> error(standing, unlessClosed(standing, SmtpReplies.NO_MECHANISM));
      case LINE_TOO_LONG -> error(standing, SmtpReplies.LINE_TOO_LONG);
      case RESPONSE_TOO_LONG -> error(standing, SmtpReplies.RESPONSE_TOO_LONG);
      case ENDLESS_LINE -> hangUp(SmtpReplies.LINE_TOO_LONG + SmtpReplies.TOO_MANY_ERRORS);
      case OTHER_PROTOCOL -> hangUp("");
    };
  }

  private FrontStep auth(Standing standing, String name, Optional<Secret> initial) {
    Optional<Mechanism> mechanism = Mechanism.named(name);
    if (isClosed(standing)) {
      FrontStep refusal = error(standing, SmtpReplies.TLS_FIRST);
      return Mechanism.exposed(mechanism, initial, standing.clientName())
          .<FrontStep>map(credentials -> new FrontStep.Exposed(credentials, refusal))
          .orElse(refusal);
    }
    if (mechanism.isEmpty()) {
      initial.ifPresent(Secret::close);
      return error(standing, SmtpReplies.UNKNOWN_MECHANISM);
    }
    SaslExchange exchange = mechanism.get().newExchange();
    SaslStep first = initial.map(exchange::respond).orElseGet(exchange::begin);
    return exchanged(new State.Exchanging(standing, mechanism.get(), exchange), first);
  }

  private FrontStep exchange(State.Exchanging exchanging, SmtpCommand command) {
    return switch (command) {
      case SmtpCommand.SaslResponse(Secret line) ->
          exchanged(exchanging, exchanging.exchange().respond(line));
      case SmtpCommand.Malformed(SmtpCommand.Flaw flaw) -> malformed(exchanging.standing(), flaw);
      case SmtpCommand.Ehlo _,
          SmtpCommand.Helo _,
          SmtpCommand.Noop _,
          SmtpCommand.Rset _,
          SmtpCommand.Quit _,
          SmtpCommand.StartTls _,
          SmtpCommand.Auth _,
          SmtpCommand.Help _,
          SmtpCommand.Vrfy _,
          SmtpCommand.NeedsLogin _,
          SmtpCommand.Bdat _,
          SmtpCommand.Lhlo _,
          SmtpCommand.Unknown _ ->
          outOfStep(command);
    };
  }

  private FrontStep exchanged(State.Exchanging exchanging, SaslStep step) {
    Standing standing = exchanging.standing();
    return switch (step) {
      case SaslStep.Challenge(String base64) -> {
        state = exchanging;
        yield new FrontStep.Say(SmtpReplies.challenge(base64), Expect.SASL_RESPONSE);
      }
      case SaslStep.Complete(String loginName, var secret) -> {
        state = new State.Deciding(standing);
        yield new FrontStep.Verify(
            new Credentials(
                loginName, secret, exchanging.mechanism().word(), standing.clientName()));
      }
      case SaslStep.Delegation _ -> {
        state = new State.Deciding(standing);
        yield new FrontStep.Reject(RejectReason.DELEGATION, exchanging.mechanism().word());
      }
      case SaslStep.Malformed _ -> error(standing, SmtpReplies.BAD_RESPONSE);
      case SaslStep.Cancelled _ -> say(standing, SmtpReplies.CANCELLED);
    };
  }

  private FrontStep decided(Standing standing, AuthOutcome outcome) {
    return switch (outcome) {
      case AuthOutcome.Accepted(var grant) -> {
        state = new State.Connecting(standing);
        yield new FrontStep.Connect(grant);
      }
      case AuthOutcome.Rejected(var reason) ->
          refused(standing, SmtpReplies.help(reason, facts.help()));
      case AuthOutcome.Unavailable _ ->
          unavailable(standing, SmtpReplies.helpWhileUnavailable(facts));
    };
  }

  private FrontStep refused(Standing standing, String help) {
    return refuse(standing.withRefusal(help), SmtpReplies.refused(help));
  }

  private FrontStep unavailable(Standing standing, String help) {
    return refuse(standing.withRefusal(help), SmtpReplies.unavailable(help));
  }

  private FrontStep refuse(Standing standing, String text) {
    if (standing.counts().refusals() >= Math.max(FEWEST_REFUSALS, facts.errorLimit())) {
      state = new State.Ended();
      return new FrontStep.RefuseAndHangUp(text + SmtpReplies.TOO_MANY_ERRORS);
    }
    state = new State.Open(standing);
    return new FrontStep.Refuse(text);
  }

  private FrontStep error(Standing standing, String text) {
    Standing worse = standing.withError();
    return worse.counts().errors() >= facts.errorLimit()
        ? hangUp(text + SmtpReplies.TOO_MANY_ERRORS)
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

  private FrontStep outOfStep(SmtpCommand command) {
    command.discard();
    return outOfStep();
  }

  private FrontStep outOfStep() {
    return hangUp(SmtpReplies.OUT_OF_STEP);
  }
}
