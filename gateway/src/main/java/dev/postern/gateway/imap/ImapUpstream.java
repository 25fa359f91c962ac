package dev.postern.gateway.imap;

import dev.postern.gateway.dialogue.UpstreamDialogue;
import dev.postern.gateway.dialogue.UpstreamFailure.Cause;
import dev.postern.gateway.dialogue.UpstreamPlan;
import dev.postern.gateway.dialogue.UpstreamPlan.Security;
import dev.postern.gateway.dialogue.UpstreamPlan.UpstreamCredentials;
import dev.postern.gateway.dialogue.UpstreamSession;
import dev.postern.gateway.dialogue.UpstreamStep;
import dev.postern.gateway.imap.ImapResponse.Status;
import dev.postern.gateway.sasl.SaslClient;
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
 *                                   [Identifying] ─► LoggingIn ──OK──► Arriving ──► LoggedIn
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

    /** The command that logs in was sent. */
    record LoggingIn(ImapLogin login) implements State {}

    /** The login was accepted. */
    record Arriving(ImapArrival arrival) implements State {}

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
    return ended(
        state instanceof State.Securing
            ? ask(Transport.FINAL)
            : ImapSteps.failed(Cause.PROTOCOL, "TLS started out of step"));
  }

  @Override
  public UpstreamStep line(String line) {
    lines++;
    return ended(
        lines > LINE_LIMIT
            ? ImapSteps.failed(
                Cause.PROTOCOL, "more than " + LINE_LIMIT + " lines before the login")
            : response(believed(ImapResponse.of(line))));
  }

  private UpstreamStep response(ImapResponse response) {
    return switch (state) {
      case State.Greeting _ -> greeting(response);
      case State.Asking asking -> asking(asking, response);
      case State.TlsOffer offer -> tlsOffer(offer, response);
      case State.Identifying identifying -> identifying(identifying, response);
      case State.LoggingIn(ImapLogin login) -> loggingIn(login, response);
      case State.Arriving(ImapArrival arrival) -> arrival.on(response);
      case State.Securing _, State.Over _ ->
          ImapSteps.failed(Cause.PROTOCOL, "a response to nothing");
    };
  }

  /** Before TLS anybody could make a mailbox wait: a mood is passed over. */
  private ImapResponse believed(ImapResponse response) {
    return response instanceof Status status && isBeforeTls() ? status.withoutMood() : response;
  }

  private boolean isBeforeTls() {
    return switch (state) {
      case State.Greeting _ -> transport() == Transport.BEFORE_TLS;
      case State.Asking asking -> asking.transport() == Transport.BEFORE_TLS;
      case State.TlsOffer _, State.Securing _ -> true;
      case State.Identifying _, State.LoggingIn _, State.Arriving _, State.Over _ -> false;
    };
  }

  /** How we are connected when the server greets. */
  private Transport transport() {
    return switch (plan.security()) {
      case STARTTLS -> Transport.BEFORE_TLS;
      case IMPLICIT_TLS, CLEAR -> Transport.FINAL;
    };
  }

  // ---- before the login

  private UpstreamStep greeting(ImapResponse response) {
    if (!(response instanceof Status status) || !status.isUntagged()) {
      return ImapSteps.failed(Cause.PROTOCOL, "no greeting");
    }
    return switch (status.word()) {
      case OK ->
          status
              .capabilities()
              .map(words -> known(transport(), words))
              .orElseGet(() -> ask(transport()));
      case BYE -> failed(status, Cause.NOT_SERVING, "greeting");
      case PREAUTH, NO, BAD -> failed(status, Cause.PROTOCOL, "greeting");
    };
  }

  private UpstreamStep ask(Transport transport) {
    String tag = nextTag();
    state = new State.Asking(tag, transport, List.of());
    return ImapSteps.command(tag, "CAPABILITY");
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
              : failed(status, Cause.PROTOCOL, "CAPABILITY");
      case Status _, ImapResponse.Other _, ImapResponse.Continuation _, ImapResponse.Garbage _ ->
          ImapSteps.unasked(response);
    };
  }

  private UpstreamStep known(Transport transport, List<String> capabilities) {
    return switch (transport) {
      case FINAL ->
          plan.credentials()
              .map(credentials -> identify(credentials, capabilities))
              .orElseGet(() -> new UpstreamStep.LoggedIn(new UpstreamSession(capabilities)));
      case BEFORE_TLS -> {
        if (!ImapCapabilities.has(capabilities, ImapCapabilities.STARTTLS)) {
          yield ImapSteps.failed(Cause.NO_TLS, "STARTTLS is not offered");
        }
        String tag = nextTag();
        state = new State.TlsOffer(tag);
        yield ImapSteps.command(tag, ImapCapabilities.STARTTLS);
      }
    };
  }

  private UpstreamStep tlsOffer(State.TlsOffer offer, ImapResponse response) {
    if (!(response instanceof Status status) || !status.tag().equals(offer.tag())) {
      return ImapSteps.unasked(response);
    }
    if (status.word() != ImapResponse.Word.OK) {
      return failed(status, Cause.NO_TLS, "STARTTLS");
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
    return ImapSteps.command(tag, ImapClientId.command(plan.told().get()));
  }

  private UpstreamStep identifying(State.Identifying now, ImapResponse response) {
    if (!(response instanceof Status status) || !status.tag().equals(now.tag())) {
      return ImapSteps.unasked(response);
    }
    return status.word() == ImapResponse.Word.OK
        ? login(now.credentials(), now.capabilities())
        : failed(status, Cause.PROTOCOL, "ID");
  }

  private UpstreamStep login(UpstreamCredentials credentials, List<String> capabilities) {
    boolean isDisabled = ImapCapabilities.has(capabilities, ImapCapabilities.LOGINDISABLED);
    if (isDisabled && plan.security() == Security.CLEAR) {
      return ImapSteps.failed(Cause.NO_MECHANISM, "LOGINDISABLED in clear");
    }
    List<String> mechanisms = ImapCapabilities.mechanisms(capabilities);
    Optional<SaslClient> chosen = SaslClient.choose(mechanisms, credentials);
    if (chosen.isPresent()) {
      return begin(
          ImapLogin.authenticate(nextTag(), chosen.get()),
          ImapCapabilities.has(capabilities, ImapCapabilities.SASL_IR));
    }
    return SaslClient.plainLogin(credentials)
        .filter(_ -> !isDisabled)
        .map(password -> begin(ImapLogin.login(nextTag(), password), false))
        .orElseGet(() -> ImapSteps.failed(Cause.NO_MECHANISM, "offers " + mechanisms));
  }

  private UpstreamStep begin(ImapLogin login, boolean takesInitialResponse) {
    state = new State.LoggingIn(login);
    return login.begin(takesInitialResponse);
  }

  private UpstreamStep loggingIn(ImapLogin login, ImapResponse response) {
    return switch (login.on(response)) {
      case ImapLogin.Progress.Next(UpstreamStep step) -> step;
      case ImapLogin.Progress.Accepted(List<String> capabilities) -> {
        ImapArrival arrival = new ImapArrival(plan.isMailboxProbed(), this::nextTag);
        state = new State.Arriving(arrival);
        yield arrival.begin(capabilities);
      }
    };
  }

  // ---- steps

  private String nextTag() {
    tags++;
    return "P" + tags;
  }

  private static UpstreamStep failed(Status status, Cause cause, String when) {
    return new UpstreamStep.Failed(status.failure(cause, when));
  }

  /** The step, after which nothing is left over if it is the last. */
  private UpstreamStep ended(UpstreamStep step) {
    return switch (step) {
      case UpstreamStep.LoggedIn _, UpstreamStep.GiveUp _, UpstreamStep.Failed _ -> {
        if (state instanceof State.LoggingIn(ImapLogin login)) {
          login.close();
        }
        state = new State.Over();
        yield step;
      }
      case UpstreamStep.Read _,
          UpstreamStep.Send _,
          UpstreamStep.SendSecret _,
          UpstreamStep.StartTls _ ->
          step;
    };
  }
}
