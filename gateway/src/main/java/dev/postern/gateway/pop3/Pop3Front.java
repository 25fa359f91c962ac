package dev.postern.gateway.pop3;

import dev.postern.gateway.dialogue.ClientAddress;
import dev.postern.gateway.dialogue.Credentials;
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
 * The client's side of a POP3 session up to the login: the AUTHORIZATION state of RFC 1939 §4, with
 * RFC 2449, RFC 2595 and RFC 5034. USER is always taken: whether there is such a user is nobody's
 * business.
 */
final class Pop3Front implements LoginProtocol<Pop3Command, Pop3Client> {

  /** How USER and PASS are called in logs and metrics. */
  private static final String COMMAND = "command";

  private final SessionFacts facts;

  private Pop3Front(SessionFacts facts) {
    this.facts = facts;
  }

  static FrontDialogue<Pop3Command> dialogue(SessionFacts facts) {
    return new LoginDialogue<>(new Pop3Front(facts), facts);
  }

  @Override
  public Pop3Client stranger() {
    return Pop3Client.NAMELESS;
  }

  @Override
  public String greeting(Tls tls) {
    return Pop3Replies.greeting(facts.serverName());
  }

  @Override
  public Move<Pop3Client> open(Tls tls, Pop3Client client, Pop3Command command) {
    return switch (command) {
      case Pop3Command.Capa _ ->
          new Move.Say<>(
              client, Pop3Replies.capabilities(Pop3Capabilities.beforeLogin(facts, tls)));
      case Pop3Command.Noop _ -> new Move.Say<>(client, Pop3Replies.OK);
      case Pop3Command.Quit _ -> new Move.HangUp<>(Pop3Replies.GOODBYE);
      case Pop3Command.Stls(boolean hasArguments) ->
          hasArguments && tls == Tls.REQUIRED
              ? new Move.Complain<>(client, Pop3Replies.TLS_TAKES_NO_ARGUMENTS)
              : new Move.StartTls<>(client);
      case Pop3Command.User(String name) -> user(tls, name);
      case Pop3Command.Pass(Secret secret) -> pass(tls, client, secret);
      case Pop3Command.Mechanisms _ ->
          tls == Tls.REQUIRED
              ? new Move.Complain<>(client, Pop3Replies.TLS_FIRST)
              : new Move.Say<>(client, Pop3Replies.mechanisms());
      case Pop3Command.Auth(String mechanism, Optional<Secret> initial) ->
          new Move.Authenticate<>(Pop3Client.NAMELESS, mechanism, initial);
      case Pop3Command.Apop _ ->
          new Move.Complain<>(client, unlessClosed(tls, Pop3Replies.NO_APOP));
      case Pop3Command.Xclient(Optional<ClientAddress> stated) -> xclient(tls, client, stated);
      case Pop3Command.NeedsLogin _ -> new Move.Complain<>(client, Pop3Replies.NEEDS_LOGIN);
      case Pop3Command.Unknown _ -> new Move.Complain<>(client, Pop3Replies.UNKNOWN_COMMAND);
      case Pop3Command.Malformed(Pop3Command.Flaw flaw) -> malformed(client, flaw);
      case Pop3Command.SaslResponse _ -> new Move.OutOfStep<>();
    };
  }

  /** To anybody else it is a word like any other. */
  private Move<Pop3Client> xclient(Tls tls, Pop3Client client, Optional<ClientAddress> stated) {
    if (!facts.maySpeakForOthers(tls)) {
      return new Move.Complain<>(client, Pop3Replies.UNKNOWN_COMMAND);
    }
    return stated
        .<Move<Pop3Client>>map(
            address -> new Move.SpeakFor<>(Pop3Client.NAMELESS, address, Pop3Replies.ADDRESS_TAKEN))
        .orElseGet(() -> new Move.Complain<>(client, Pop3Replies.NO_ADDRESS));
  }

  private static String unlessClosed(Tls tls, String reply) {
    return tls == Tls.REQUIRED ? Pop3Replies.TLS_FIRST : reply;
  }

  private static Move<Pop3Client> user(Tls tls, String name) {
    if (tls == Tls.REQUIRED) {
      // Kept for a PASS that may be on its way already.
      return new Move.RefuseInClear<>(Pop3Client.named(name), COMMAND);
    }
    return name.isEmpty()
        ? new Move.Complain<>(Pop3Client.NAMELESS, Pop3Replies.EMPTY_NAME)
        : new Move.Say<>(Pop3Client.named(name), Pop3Replies.NAME_TAKEN);
  }

  private static Move<Pop3Client> pass(Tls tls, Pop3Client client, Secret secret) {
    Optional<String> user = client.user();
    if (user.isEmpty()) {
      secret.close();
      return new Move.Complain<>(client, unlessClosed(tls, Pop3Replies.NO_NAME));
    }
    return new Move.Verify<>(Pop3Client.NAMELESS, new Credentials(user.get(), secret, COMMAND, ""));
  }

  private static Move.InExchange<Pop3Client> malformed(Pop3Client client, Pop3Command.Flaw flaw) {
    return switch (flaw) {
      case CONTROL_CHARACTER -> new Move.Complain<>(client, Pop3Replies.BAD_CHARACTER);
      case NAME_TOO_LONG -> new Move.Complain<>(Pop3Client.NAMELESS, Pop3Replies.NAME_TOO_LONG);
      case SECRET_TOO_LONG -> new Move.Complain<>(Pop3Client.NAMELESS, Pop3Replies.SECRET_TOO_LONG);
      case LINE_TOO_LONG, RESPONSE_TOO_LONG ->
          new Move.Complain<>(client, Pop3Replies.LINE_TOO_LONG);
      case ENDLESS_LINE ->
          new Move.HangUp<>(Pop3Replies.LINE_TOO_LONG + Pop3Replies.TOO_MANY_ERRORS);
      case OTHER_PROTOCOL -> new Move.HangUp<>("");
    };
  }

  @Override
  public Move.InExchange<Pop3Client> exchange(Tls tls, Pop3Client client, Pop3Command command) {
    return switch (command) {
      case Pop3Command.SaslResponse(Secret line) -> new Move.Respond<>(line);
      case Pop3Command.Malformed(Pop3Command.Flaw flaw) -> malformed(client, flaw);
      case Pop3Command.Capa _,
          Pop3Command.Stls _,
          Pop3Command.User _,
          Pop3Command.Pass _,
          Pop3Command.Mechanisms _,
          Pop3Command.Auth _,
          Pop3Command.Apop _,
          Pop3Command.Xclient _,
          Pop3Command.Noop _,
          Pop3Command.Quit _,
          Pop3Command.NeedsLogin _,
          Pop3Command.Unknown _ ->
          new Move.OutOfStep<>();
    };
  }

  /** POP3 has no word for it. */
  @Override
  public String clientName(Pop3Client client) {
    return "";
  }

  @Override
  public Refusal<Pop3Client> rejected(Tls tls, Pop3Client client, RejectReason reason) {
    return new Refusal<>(client, Pop3Replies.refused(reason, facts.help()));
  }

  @Override
  public Refusal<Pop3Client> throttled(Pop3Client client) {
    return new Refusal<>(client, Pop3Replies.throttled(facts.help()));
  }

  @Override
  public Refusal<Pop3Client> unavailable(Pop3Client client) {
    return new Refusal<>(client, Pop3Replies.unavailable(facts));
  }

  @Override
  public Refusal<Pop3Client> upstreamFailed(
      Tls tls, Pop3Client client, UpstreamFailure.Cause cause) {
    return new Refusal<>(client, Pop3Replies.upstreamFailed(cause, facts));
  }

  @Override
  public Refusal<Pop3Client> tooManySessions(Tls tls, Pop3Client client) {
    return new Refusal<>(client, Pop3Replies.tooManySessions(facts.help()));
  }

  @Override
  public String noRoom(FrontEvent.Crowd crowd) {
    return Pop3Replies.noRoom(crowd);
  }

  @Override
  public String loggedIn(Pop3Client client, UpstreamSession session, boolean isNoticeDue) {
    return isNoticeDue ? Pop3Replies.signedInWithNotice(facts.help()) : Pop3Replies.SIGNED_IN;
  }

  @Override
  public String say(Word word, Pop3Client client) {
    return Pop3Replies.of(word);
  }

  @Override
  public String challenge(String base64) {
    return Pop3Replies.challenge(base64);
  }

  @Override
  public String ending(FrontEvent.Reason reason) {
    return Pop3Replies.ending(reason);
  }
}
