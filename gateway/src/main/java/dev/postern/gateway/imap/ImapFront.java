package dev.postern.gateway.imap;

import dev.postern.gateway.dialogue.ClientAddress;
import dev.postern.gateway.dialogue.Credentials;
import dev.postern.gateway.dialogue.FrontDialogue;
import dev.postern.gateway.dialogue.FrontEvent;
import dev.postern.gateway.dialogue.SessionFacts;
import dev.postern.gateway.dialogue.SessionFacts.Tls;
import dev.postern.gateway.dialogue.UpstreamFailure;
import dev.postern.gateway.dialogue.UpstreamSession;
import dev.postern.gateway.imap.ImapCommand.Flaw;
import dev.postern.gateway.imap.ImapCommand.Purpose;
import dev.postern.gateway.login.LoginDialogue;
import dev.postern.gateway.login.LoginProtocol;
import dev.postern.gateway.login.Move;
import dev.postern.gateway.login.Word;
import dev.postern.store.auth.RejectReason;
import dev.postern.store.auth.Secret;
import java.util.Optional;

/** The client's side of an IMAP session up to the login, RFC 9051 §3.1, §6.1, §6.2. */
final class ImapFront implements LoginProtocol<ImapCommand, ImapClient> {

  /** How LOGIN is called in logs and metrics. */
  private static final String COMMAND = "command";

  private final SessionFacts facts;

  private ImapFront(SessionFacts facts) {
    this.facts = facts;
  }

  static FrontDialogue<ImapCommand> dialogue(SessionFacts facts) {
    return new LoginDialogue<>(new ImapFront(facts), facts);
  }

  @Override
  public ImapClient stranger() {
    return ImapClient.STRANGER;
  }

  @Override
  public String greeting(Tls tls) {
    return ImapReplies.greeting(facts.serverName(), ImapCapabilities.beforeLogin(facts, tls));
  }

  @Override
  public Move<ImapClient> open(Tls tls, ImapClient client, ImapCommand command) {
    return switch (command) {
      case ImapCommand.Capability(String tag) ->
          new Move.Say<>(
              client.asking(),
              ImapReplies.capability(tag, ImapCapabilities.beforeLogin(facts, tls)));
      case ImapCommand.Noop(String tag) -> new Move.Say<>(client, ImapReplies.noop(tag));
      case ImapCommand.Logout(String tag) -> new Move.HangUp<>(ImapReplies.logout(tag));
      case ImapCommand.Id id -> id(tls, client.tagged(id.tag()).named(id.clientName()), id);
      case ImapCommand.Enable(String tag) -> new Move.Say<>(client, ImapReplies.enable(tag));
      case ImapCommand.StartTls(String tag) -> new Move.StartTls<>(client.tagged(tag));
      case ImapCommand.LiteralWanted(String tag, Purpose purpose) ->
          literal(tls, client.tagged(tag), purpose);
      case ImapCommand.Login(String tag, String loginName, Secret secret) ->
          new Move.Verify<>(
              client.tagged(tag), new Credentials(loginName, secret, COMMAND, client.name()));
      case ImapCommand.Authenticate(String tag, String mechanism, Optional<Secret> initial) ->
          new Move.Authenticate<>(client.tagged(tag), mechanism, initial);
      case ImapCommand.OtherState(String tag) ->
          new Move.Complain<>(client, ImapReplies.needsLogin(tag));
      case ImapCommand.Unknown(String tag) ->
          new Move.Complain<>(client, ImapReplies.unknownCommand(tag));
      case ImapCommand.Malformed(Optional<String> tag, Flaw flaw) -> malformed(client, tag, flaw);
      case ImapCommand.SaslResponse _ -> new Move.OutOfStep<>();
    };
  }

  /** What anybody else says of its address is not even looked at. */
  private Move<ImapClient> id(Tls tls, ImapClient client, ImapCommand.Id id) {
    String reply = ImapReplies.id(id.tag());
    if (id.originatingIp().isEmpty() || !facts.maySpeakForOthers(tls)) {
      return new Move.Say<>(client, reply);
    }
    return ClientAddress.parse(id.originatingIp(), id.originatingPort())
        .<Move<ImapClient>>map(stated -> new Move.SpeakFor<>(client, stated, reply))
        .orElseGet(() -> new Move.Complain<>(client, ImapReplies.noAddress(id.tag())));
  }

  /** A client that waits to be invited is not, where its password would come in clear. */
  private Move<ImapClient> literal(Tls tls, ImapClient client, Purpose purpose) {
    return purpose == Purpose.CREDENTIALS && tls == Tls.REQUIRED
        ? new Move.RefuseInClear<>(client, COMMAND)
        : new Move.Invite<>(client, ImapReplies.INVITATION);
  }

  private static Move.InExchange<ImapClient> malformed(
      ImapClient client, Optional<String> tag, Flaw flaw) {
    String text = ImapReplies.malformed(tag, flaw);
    return switch (flaw) {
      case TAG, NO_COMMAND, COMMAND_FOR_TAG, ARGUMENTS, LITERAL_TOO_LARGE ->
          new Move.Complain<>(client, text);
      case ENDLESS_LITERAL, TOO_LONG, OTHER_PROTOCOL -> new Move.HangUp<>(text);
    };
  }

  @Override
  public Move.InExchange<ImapClient> exchange(Tls tls, ImapClient client, ImapCommand command) {
    return switch (command) {
      case ImapCommand.SaslResponse(Secret line) -> new Move.Respond<>(line);
      case ImapCommand.Malformed(var _, Flaw flaw) ->
          malformed(client, Optional.of(client.tag()), flaw);
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
          new Move.OutOfStep<>();
    };
  }

  @Override
  public String clientName(ImapClient client) {
    return client.name();
  }

  @Override
  public Refusal<ImapClient> rejected(Tls tls, ImapClient client, RejectReason reason) {
    String help = ImapReplies.help(reason, facts.help());
    String refusal = ImapReplies.refused(client.tag(), reason, facts.help());
    return ImapReplies.isAlerting(reason)
        ? alerting(tls, client, help, refusal)
        : new Refusal<>(client, refusal);
  }

  /** A refusal that a person must act on, who may know that already. */
  private static Refusal<ImapClient> alerting(
      Tls tls, ImapClient client, String help, String refusal) {
    return client.canAlert(tls, help)
        ? new Refusal<>(client.alerted(help), ImapReplies.alert(help) + refusal)
        : new Refusal<>(client, refusal);
  }

  @Override
  public Refusal<ImapClient> throttled(ImapClient client) {
    return new Refusal<>(client, ImapReplies.throttled(client.tag(), facts.help()));
  }

  @Override
  public Refusal<ImapClient> unavailable(ImapClient client) {
    return new Refusal<>(client, ImapReplies.unavailable(client.tag(), facts));
  }

  @Override
  public Refusal<ImapClient> upstreamFailed(
      Tls tls, ImapClient client, UpstreamFailure.Cause cause) {
    String help = ImapReplies.help(cause, facts);
    String refusal = ImapReplies.upstreamFailed(client.tag(), cause, facts);
    return ImapReplies.isAlerting(cause)
        ? alerting(tls, client, help, refusal)
        : new Refusal<>(client, refusal);
  }

  @Override
  public Refusal<ImapClient> tooManySessions(Tls tls, ImapClient client) {
    String help = ImapReplies.tooManySessions(facts.help());
    return alerting(tls, client, help, ImapReplies.tooManySessions(client.tag(), help));
  }

  @Override
  public String noRoom(FrontEvent.Crowd crowd) {
    return ImapReplies.noRoom(crowd);
  }

  @Override
  public String loggedIn(ImapClient client, UpstreamSession session, boolean isNoticeDue) {
    String loggedIn =
        ImapReplies.loggedIn(client.tag(), ImapCapabilities.afterLogin(session), client.hasAsked());
    return isNoticeDue ? ImapReplies.notice(facts.help()) + loggedIn : loggedIn;
  }

  @Override
  public String say(Word word, ImapClient client) {
    return ImapReplies.of(word, client.tag());
  }

  @Override
  public String challenge(String base64) {
    return ImapReplies.challenge(base64);
  }

  @Override
  public String ending(FrontEvent.Reason reason) {
    return ImapReplies.ending(reason);
  }
}
