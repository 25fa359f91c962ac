package dev.postern.gateway.imap;

import dev.postern.gateway.dialogue.UpstreamDialogue;
import dev.postern.gateway.dialogue.UpstreamFailure;
import dev.postern.gateway.dialogue.UpstreamFailure.Cause;
import dev.postern.gateway.dialogue.UpstreamPlan;
import dev.postern.gateway.dialogue.UpstreamPlan.Security;
import dev.postern.gateway.dialogue.UpstreamPlan.UpstreamCredentials;
import dev.postern.gateway.dialogue.UpstreamSession;
import dev.postern.gateway.dialogue.UpstreamStep;
import dev.postern.gateway.imap.ImapResponse.Status;
import dev.postern.gateway.sasl.SaslClient;
import dev.postern.gateway.sasl.SecretLine;
import dev.postern.store.auth.Secret;
import java.util.Deque;
import java.util.List;
import java.util.Optional;

/**
 * Our side of a login at an IMAP server, RFC 9051 §6.1, §6.2 and §7.1.
 *
 * <pre>
 *   connected ─► Greeting ──[CAPABILITY …]──────────┬──────────► (probe) LoggedIn
 *                   │                               │
 *                   └──► Asking ──* CAPABILITY …────┤ STARTTLS wanted: TlsOffer ─► Securing ─► Asking
 *                                                   ▼
 *                                   [Identifying] ─► Authenticating / LoggingIn ──OK──┬──► LoggedIn
 *                                                                    └──► AskingAgain ──► LoggedIn
 * </pre>
 *
 * <p>What a server says before TLS counts for nothing but whether it offers TLS. Capabilities after
 * the login come from the tagged OK, an untagged line before it (Gmail), or a question of our own
 * (Exchange Online). Once a secret was sent, failures name known response codes only: a server may
 * repeat in its text what we sent.
 */
public final class ImapUpstream implements UpstreamDialogue {

  /** The most lines read before the login is done. */
  static final int LINE_LIMIT = 100;

  private final UpstreamPlan plan;
  private State state = new State.Greeting();
  private int lines;
  private int tags;

  public ImapUpstream(UpstreamPlan plan) {
    this.plan = plan;
  }

  private sealed interface State {
    record Greeting() implements State {}

    /** CAPABILITY was sent, before the login. */
    record Asking(String tag, Transport transport, List<String> heard) implements State {}

    record TlsOffer(String tag) implements State {}

    record Securing() implements State {}

    /**
     * ID was sent.
     *
     * @param capabilities from before
     */
    record Identifying(String tag, UpstreamCredentials credentials, List<String> capabilities)
        implements State {}

    /**
     * AUTHENTICATE was sent.
     *
     * @param heard capabilities that came untagged since
     */
    record Authenticating(String tag, SaslClient client, List<String> heard) implements State {}

    /**
     * LOGIN was sent.
     *
     * @param rest pieces behind literals, not sent yet
     */
    record LoggingIn(String tag, Deque<Secret> rest, List<String> heard) implements State {}

    /** CAPABILITY was sent, after the login. */
    record AskingAgain(String tag, List<String> heard) implements State {}

    record Over() implements State {}
  }

  /** Whether what is said now is what counts. */
  private enum Transport {
    /** In clear, with TLS still to come. */
    BEFORE_TLS,
    /** As it is going to stay. */
    FINAL
  }

  @Override
  public UpstreamStep connected() {
    return new UpstreamStep.Read();
  }

  /** Untagged responses come at any time, RFC 9051 §7. */
  @Override
  public boolean mayRunAhead(String line) {
    return line.startsWith("* ");
  }

  @Override
  public UpstreamStep tlsStarted() {
    return state instanceof State.Securing
        ? ask(Transport.FINAL)
        : failed(Cause.PROTOCOL, "TLS started out of step");
  }

  @Override
  public UpstreamStep line(String line) {
    lines++;
    if (lines > LINE_LIMIT) {
      return failed(Cause.PROTOCOL, "more than " + LINE_LIMIT + " lines before the login");
    }
    ImapResponse response = ImapResponse.of(line);
    return switch (state) {
      case State.Greeting _ -> greeting(response);
      case State.Asking asking -> asking(asking, response);
      case State.TlsOffer offer -> tlsOffer(offer, response);
      case State.Identifying identifying -> identifying(identifying, response);
      case State.Authenticating authenticating -> authenticating(authenticating, response);
      case State.LoggingIn loggingIn -> loggingIn(loggingIn, response);
      case State.AskingAgain asking -> askingAgain(asking, response);
      case State.Securing _, State.Over _ -> failed(Cause.PROTOCOL, "a response to nothing");
    };
  }

  // ---- before the login

  private UpstreamStep greeting(ImapResponse response) {
    if (!(response instanceof Status status) || !status.isUntagged()) {
      return failed(Cause.PROTOCOL, "no greeting");
    }
    return switch (status.word()) {
      case OK -> {
        Transport transport =
            plan.security() == Security.STARTTLS ? Transport.BEFORE_TLS : Transport.FINAL;
        yield status
            .capabilities()
            .map(words -> known(transport, words))
            .orElseGet(() -> ask(transport));
      }
      case BYE -> failed(Cause.NOT_SERVING, "greeting BYE" + status.tellingCode());
      case PREAUTH, NO, BAD -> failed(Cause.PROTOCOL, "greeting " + status.word());
    };
  }

  private UpstreamStep ask(Transport transport) {
    String tag = nextTag();
    state = new State.Asking(tag, transport, List.of());
    return command(tag, "CAPABILITY");
  }

  private UpstreamStep asking(State.Asking asking, ImapResponse response) {
    return switch (response) {
      case ImapResponse.Capabilities(List<String> words) -> {
        state = new State.Asking(asking.tag(), asking.transport(), words);
        yield new UpstreamStep.Read();
      }
      case Status status when status.tag().equals(asking.tag()) ->
          status.word() == ImapResponse.Word.OK && !asking.heard().isEmpty()
              ? known(asking.transport(), asking.heard())
              : failed(Cause.PROTOCOL, "CAPABILITY: " + status.word() + status.tellingCode());
      case Status _, ImapResponse.Other _, ImapResponse.Continuation _, ImapResponse.Garbage _ ->
          unasked(response);
    };
  }

  private UpstreamStep known(Transport transport, List<String> capabilities) {
    return switch (transport) {
      case FINAL ->
          plan.credentials()
              .map(credentials -> identify(credentials, capabilities))
              .orElseGet(() -> loggedIn(capabilities));
      case BEFORE_TLS -> {
        if (!ImapCapabilities.has(capabilities, ImapCapabilities.STARTTLS)) {
          yield failed(Cause.NO_TLS, "STARTTLS is not offered");
        }
        String tag = nextTag();
        state = new State.TlsOffer(tag);
        yield command(tag, ImapCapabilities.STARTTLS);
      }
    };
  }

  private UpstreamStep tlsOffer(State.TlsOffer offer, ImapResponse response) {
    if (!(response instanceof Status status) || !status.tag().equals(offer.tag())) {
      return unasked(response);
    }
    if (status.word() != ImapResponse.Word.OK) {
      return failed(Cause.NO_TLS, "STARTTLS: " + status.word() + status.tellingCode());
    }
    state = new State.Securing();
    return new UpstreamStep.StartTls();
  }

  // ---- the login

  private UpstreamStep identify(UpstreamCredentials credentials, List<String> capabilities) {
    if (plan.told().isEmpty() || !ImapCapabilities.has(capabilities, ImapCapabilities.ID)) {
      return login(credentials, capabilities);
    }
    String tag = nextTag();
    state = new State.Identifying(tag, credentials, capabilities);
    return command(tag, ImapClientId.command(plan.told().get()));
  }

  private UpstreamStep identifying(State.Identifying now, ImapResponse response) {
    if (!(response instanceof Status status) || !status.tag().equals(now.tag())) {
      return unasked(response);
    }
    return status.word() == ImapResponse.Word.OK
        ? login(now.credentials(), now.capabilities())
        : failed(Cause.PROTOCOL, "ID: " + status.word() + status.tellingCode());
  }

  private UpstreamStep login(UpstreamCredentials credentials, List<String> capabilities) {
    boolean isDisabled = ImapCapabilities.has(capabilities, ImapCapabilities.LOGINDISABLED);
    if (isDisabled && plan.security() == Security.CLEAR) {
      return failed(Cause.NO_MECHANISM, "LOGINDISABLED in clear");
    }
    List<String> mechanisms = ImapCapabilities.mechanisms(capabilities);
    Optional<SaslClient> chosen = SaslClient.choose(mechanisms, credentials);
    if (chosen.isPresent()) {
      return authenticate(
          chosen.get(), ImapCapabilities.has(capabilities, ImapCapabilities.SASL_IR));
    }
    return SaslClient.plainLogin(credentials)
        .filter(_ -> !isDisabled)
        .map(this::loginCommand)
        .orElseGet(() -> failed(Cause.NO_MECHANISM, "offers " + mechanisms));
  }

  private UpstreamStep loginCommand(UpstreamCredentials.Password credentials) {
    String tag = nextTag();
    Deque<Secret> pieces = ImapLoginCommand.pieces(tag, credentials);
    Secret first = pieces.removeFirst();
    state = new State.LoggingIn(tag, pieces, List.of());
    return new UpstreamStep.SendSecret(first);
  }

  private UpstreamStep authenticate(SaslClient client, boolean takesInitialResponse) {
    String tag = nextTag();
    state = new State.Authenticating(tag, client, List.of());
    String command = "AUTHENTICATE " + client.mechanism();
    return (takesInitialResponse ? client.initialResponse() : Optional.<Secret>empty())
        .<UpstreamStep>map(initial ->
            new UpstreamStep.SendSecret(
                SecretLine.of(tag + " " + command + " ", initial, ImapReplies.CRLF)))
        .orElseGet(() -> command(tag, command));
  }

  private UpstreamStep authenticating(State.Authenticating now, ImapResponse response) {
    return switch (response) {
      case ImapResponse.Continuation _ ->
          now.client()
              .respond()
              .<UpstreamStep>map(
                  line -> new UpstreamStep.SendSecret(SecretLine.of("", line, ImapReplies.CRLF)))
              .orElseGet(
                  () -> failed(Cause.PROTOCOL, "AUTHENTICATE: asks for more than there is to say"));
      case ImapResponse.Capabilities(List<String> words) -> {
        state = new State.Authenticating(now.tag(), now.client(), words);
        yield new UpstreamStep.Read();
      }
      case Status status when status.tag().equals(now.tag()) ->
          now.client().isComplete() || status.word() != ImapResponse.Word.OK
              ? decided(status, now.heard())
              : failed(Cause.PROTOCOL, "AUTHENTICATE: OK before it was whole");
      case Status _, ImapResponse.Other _, ImapResponse.Garbage _ -> unasked(response);
    };
  }

  private UpstreamStep loggingIn(State.LoggingIn now, ImapResponse response) {
    return switch (response) {
      case ImapResponse.Continuation _ -> {
        Secret next = now.rest().pollFirst();
        yield next == null
            ? failed(Cause.PROTOCOL, "LOGIN: asks for more than there is to say")
            : new UpstreamStep.SendSecret(next);
      }
      case ImapResponse.Capabilities(List<String> words) -> {
        state = new State.LoggingIn(now.tag(), now.rest(), words);
        yield new UpstreamStep.Read();
      }
      case Status status when status.tag().equals(now.tag()) ->
          now.rest().isEmpty() || status.word() != ImapResponse.Word.OK
              ? decided(status, now.heard())
              : failed(Cause.PROTOCOL, "LOGIN: OK before it was whole");
      case Status _, ImapResponse.Other _, ImapResponse.Garbage _ -> unasked(response);
    };
  }

  private UpstreamStep decided(Status status, List<String> heard) {
    return switch (status.word()) {
      case OK -> {
        List<String> capabilities = status.capabilities().orElse(heard);
        if (!capabilities.isEmpty()) {
          yield loggedIn(capabilities);
        }
        String tag = nextTag();
        state = new State.AskingAgain(tag, List.of());
        yield command(tag, "CAPABILITY");
      }
      case NO -> failed(status.cause(), "login: NO" + status.tellingCode());
      case BAD, BYE, PREAUTH ->
          failed(Cause.PROTOCOL, "login: " + status.word() + status.tellingCode());
    };
  }

  private UpstreamStep askingAgain(State.AskingAgain now, ImapResponse response) {
    return switch (response) {
      case ImapResponse.Capabilities(List<String> words) -> {
        state = new State.AskingAgain(now.tag(), words);
        yield new UpstreamStep.Read();
      }
      case Status status when status.tag().equals(now.tag()) ->
          status.word() == ImapResponse.Word.OK && !now.heard().isEmpty()
              ? loggedIn(now.heard())
              : failed(
                  Cause.PROTOCOL,
                  "CAPABILITY after login: " + status.word() + status.tellingCode());
      case Status _, ImapResponse.Other _, ImapResponse.Continuation _, ImapResponse.Garbage _ ->
          unasked(response);
    };
  }

  /** Something that was not asked for: information is passed over, anything else is a fault. */
  private UpstreamStep unasked(ImapResponse response) {
    return switch (response) {
      case Status status when status.isUntagged() && status.word() != ImapResponse.Word.BYE ->
          new UpstreamStep.Read();
      case ImapResponse.Other _, ImapResponse.Capabilities _ -> new UpstreamStep.Read();
      case Status status ->
          failed(Cause.PROTOCOL, "unexpected " + status.word() + status.tellingCode());
      case ImapResponse.Continuation _ ->
          failed(Cause.PROTOCOL, "a continuation that was not asked for");
      case ImapResponse.Garbage _ -> failed(Cause.PROTOCOL, "not an IMAP response");
    };
  }

  // ---- steps

  private String nextTag() {
    tags++;
    return "P" + tags;
  }

  private static UpstreamStep command(String tag, String command) {
    return new UpstreamStep.Send(tag + " " + command + ImapReplies.CRLF);
  }

  private UpstreamStep loggedIn(List<String> capabilities) {
    over();
    return new UpstreamStep.LoggedIn(new UpstreamSession(capabilities));
  }

  private UpstreamStep failed(Cause cause, String detail) {
    over();
    return new UpstreamStep.Failed(new UpstreamFailure(cause, detail));
  }

  private void over() {
    if (state instanceof State.LoggingIn(var _, Deque<Secret> rest, var _)) {
      rest.forEach(Secret::close);
    }
    state = new State.Over();
  }
}
