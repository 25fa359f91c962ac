package dev.postern.gateway.smtp;

import dev.postern.gateway.dialogue.ClientAddress;
import dev.postern.gateway.dialogue.FrontDialogue;
import dev.postern.gateway.dialogue.FrontEvent;
import dev.postern.gateway.dialogue.SessionFacts;
import dev.postern.gateway.dialogue.SessionFacts.Tls;
import dev.postern.gateway.dialogue.UpstreamFailure;
import dev.postern.gateway.dialogue.UpstreamSession;
import dev.postern.gateway.login.LoginDialogue;
import dev.postern.gateway.login.LoginProtocol;
import dev.postern.gateway.login.Move;
import dev.postern.gateway.login.Word;
import dev.postern.store.auth.RejectReason;
import dev.postern.store.auth.Secret;
import java.util.Optional;

/**
 * The client's side of a submission session up to the login, RFC 6409, RFC 5321, RFC 4954, RFC
 * 3207. EHLO is not required before AUTH, nor again after STARTTLS: we greet the upstream
 * ourselves.
 */
final class SmtpFront implements LoginProtocol<SmtpCommand, SmtpClient> {
  private final SessionFacts facts;

  private SmtpFront(SessionFacts facts) {
    this.facts = facts;
  }

  static FrontDialogue<SmtpCommand> dialogue(SessionFacts facts) {
    return new LoginDialogue<>(new SmtpFront(facts), facts);
  }

  @Override
  public SmtpClient stranger() {
    return new SmtpClient("", SmtpReplies.signIn(facts.help()));
  }

  @Override
  public String greeting(Tls tls) {
    return SmtpReplies.banner(facts.serverName());
  }

  @Override
  public Move<SmtpClient> open(Tls tls, SmtpClient client, SmtpCommand command) {
    return switch (command) {
      case SmtpCommand.Ehlo(String name) ->
          new Move.Say<>(client.named(name), SmtpReplies.ehlo(facts, tls));
      case SmtpCommand.Helo(String name) ->
          new Move.Say<>(client.named(name), SmtpReplies.helo(facts.serverName()));
      case SmtpCommand.Noop _, SmtpCommand.Rset _ -> new Move.Say<>(client, SmtpReplies.OK);
      case SmtpCommand.Quit _ -> new Move.HangUp<>(SmtpReplies.GOODBYE);
      case SmtpCommand.StartTls(boolean hasArguments) ->
          hasArguments && tls == Tls.REQUIRED
              ? new Move.Complain<>(client, SmtpReplies.TLS_TAKES_NO_ARGUMENTS)
              : new Move.StartTls<>(client);
      case SmtpCommand.Auth(String mechanism, Optional<Secret> initial) ->
          new Move.Authenticate<>(client, mechanism, initial);
      case SmtpCommand.Help _ -> new Move.Say<>(client, unlessClosed(tls, SmtpReplies.HELP));
      case SmtpCommand.Vrfy _ ->
          new Move.Say<>(client, unlessClosed(tls, SmtpReplies.CANNOT_VERIFY));
      case SmtpCommand.NeedsLogin _ -> new Move.Say<>(client, needsLogin(tls, client));
      case SmtpCommand.Bdat _ ->
          new Move.HangUp<>(needsLogin(tls, client) + SmtpReplies.UNASKED_DATA);
      case SmtpCommand.Xclient(Optional<ClientAddress> stated) -> xclient(tls, client, stated);
      case SmtpCommand.Lhlo _ ->
          new Move.Complain<>(client, unlessClosed(tls, SmtpReplies.NOT_LMTP));
      case SmtpCommand.Unknown _ ->
          new Move.Complain<>(client, unlessClosed(tls, SmtpReplies.UNKNOWN_COMMAND));
      case SmtpCommand.Malformed(SmtpCommand.Flaw flaw) -> malformed(tls, client, flaw);
      case SmtpCommand.SaslResponse _ -> new Move.OutOfStep<>();
    };
  }

  /** To anybody else it is a word like any other. All begins anew behind it. */
  private Move<SmtpClient> xclient(Tls tls, SmtpClient client, Optional<ClientAddress> stated) {
    if (!facts.maySpeakForOthers(tls)) {
      return new Move.Complain<>(client, unlessClosed(tls, SmtpReplies.UNKNOWN_COMMAND));
    }
    return stated
        .<Move<SmtpClient>>map(address ->
            new Move.SpeakFor<>(stranger(), address, SmtpReplies.banner(facts.serverName())))
        .orElseGet(() -> new Move.Complain<>(client, SmtpReplies.NO_ADDRESS));
  }

  /** RFC 3207 §4: before TLS, nothing but what leads to TLS or to the end. */
  private static String unlessClosed(Tls tls, String reply) {
    return tls == Tls.REQUIRED ? SmtpReplies.TLS_FIRST : reply;
  }

  private static String needsLogin(Tls tls, SmtpClient client) {
    return unlessClosed(tls, SmtpReplies.needsLogin(client.help()));
  }

  private static Move.InExchange<SmtpClient> malformed(
      Tls tls, SmtpClient client, SmtpCommand.Flaw flaw) {
    return switch (flaw) {
      case CONTROL_CHARACTER -> new Move.Complain<>(client, SmtpReplies.BAD_CHARACTER);
      case NO_MECHANISM -> new Move.Complain<>(client, unlessClosed(tls, SmtpReplies.NO_MECHANISM));
      case LINE_TOO_LONG -> new Move.Complain<>(client, SmtpReplies.LINE_TOO_LONG);
      case RESPONSE_TOO_LONG -> new Move.Complain<>(client, SmtpReplies.RESPONSE_TOO_LONG);
      case ENDLESS_LINE ->
          new Move.HangUp<>(SmtpReplies.LINE_TOO_LONG + SmtpReplies.TOO_MANY_ERRORS);
      case OTHER_PROTOCOL -> new Move.HangUp<>("");
    };
  }

  @Override
  public Move.InExchange<SmtpClient> exchange(Tls tls, SmtpClient client, SmtpCommand command) {
    return switch (command) {
      case SmtpCommand.SaslResponse(Secret line) -> new Move.Respond<>(line);
      case SmtpCommand.Malformed(SmtpCommand.Flaw flaw) -> malformed(tls, client, flaw);
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
          SmtpCommand.Xclient _,
          SmtpCommand.Lhlo _,
          SmtpCommand.Unknown _ ->
          new Move.OutOfStep<>();
    };
  }

  @Override
  public String clientName(SmtpClient client) {
    return client.name();
  }

  @Override
  public Refusal<SmtpClient> rejected(Tls tls, SmtpClient client, RejectReason reason) {
    String help = SmtpReplies.help(reason, facts.help());
    return new Refusal<>(client.refused(help), SmtpReplies.refused(help));
  }

  @Override
  public Refusal<SmtpClient> throttled(SmtpClient client) {
    return unavailable(client, SmtpReplies.helpWhileThrottled(facts.help()));
  }

  @Override
  public Refusal<SmtpClient> unavailable(SmtpClient client) {
    return unavailable(client, SmtpReplies.helpWhileUnavailable(facts));
  }

  @Override
  public Refusal<SmtpClient> upstreamFailed(
      Tls tls, SmtpClient client, UpstreamFailure.Cause cause) {
    return unavailable(client, SmtpReplies.help(cause, facts));
  }

  private static Refusal<SmtpClient> unavailable(SmtpClient client, String help) {
    return new Refusal<>(client.refused(help), SmtpReplies.unavailable(help));
  }

  @Override
  public Refusal<SmtpClient> tooManySessions(Tls tls, SmtpClient client) {
    return unavailable(client, SmtpReplies.tooManySessions(facts.help()));
  }

  @Override
  public String noRoom(FrontEvent.Crowd crowd) {
    return SmtpReplies.noRoom(crowd);
  }

  @Override
  public String loggedIn(SmtpClient client, UpstreamSession session, boolean isNoticeDue) {
    return isNoticeDue ? SmtpReplies.signedInWithNotice(facts.help()) : SmtpReplies.SIGNED_IN;
  }

  @Override
  public String say(Word word, SmtpClient client) {
    return SmtpReplies.of(word);
  }

  @Override
  public String challenge(String base64) {
    return SmtpReplies.challenge(base64);
  }

  @Override
  public String ending(FrontEvent.Reason reason) {
    return SmtpReplies.ending(reason);
  }
}
