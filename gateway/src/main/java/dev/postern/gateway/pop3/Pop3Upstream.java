package dev.postern.gateway.pop3;

import dev.postern.gateway.dialogue.TraceWords;
import dev.postern.gateway.dialogue.UpstreamDialogue;
import dev.postern.gateway.dialogue.UpstreamFailure;
import dev.postern.gateway.dialogue.UpstreamFailure.Cause;
import dev.postern.gateway.dialogue.UpstreamPlan;
import dev.postern.gateway.dialogue.UpstreamPlan.Security;
import dev.postern.gateway.dialogue.UpstreamPlan.UpstreamCredentials;
import dev.postern.gateway.dialogue.UpstreamPlan.UpstreamCredentials.Bearer;
import dev.postern.gateway.dialogue.UpstreamPlan.UpstreamCredentials.OurWord;
import dev.postern.gateway.dialogue.UpstreamPlan.UpstreamCredentials.Password;
import dev.postern.gateway.dialogue.UpstreamSession;
import dev.postern.gateway.dialogue.UpstreamStep;
import dev.postern.gateway.sasl.SaslClient;
import dev.postern.gateway.sasl.SecretLine;
import dev.postern.gateway.sasl.UpstreamAuth;
import dev.postern.store.auth.Secret;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Our side of a login at a POP3 server, RFC 1939 §7, RFC 2449, RFC 2595 and RFC 5034.
 *
 * <pre>
 *   connected ─► Greeting ──+OK──┬─► [Identifying] ─► Asking ──.──► Listed ─┬─► LoggedIn (probe)
 *               STARTTLS wanted  │       ▲              └──-ERR─────────────┤
 *                                ▼       │                                  ▼
 *                            TlsOffer ─► Securing         Authenticating / NameSent, SecretSent
 *                                                                           │ +OK
 *                                                                           ▼
 *                                                                       LoggedIn
 * </pre>
 *
 * <p>A server without CAPA is old, and taken to know USER and PASS. Once a secret was sent,
 * failures name known response codes only: a server may repeat in its text what we sent.
 */
public final class Pop3Upstream implements UpstreamDialogue {

  /** RFC 2449 §4, line end included: longer initial responses go on a line of their own. */
  static final int LINE_LIMIT = 255;

  /** The most lines taken in answer to CAPA. */
  static final int CAPABILITY_LIMIT = 128;

  private final UpstreamPlan plan;
  private State state = new State.Greeting();

  public Pop3Upstream(UpstreamPlan plan) {
    this.plan = plan;
  }

  private sealed interface State {
    record Greeting() implements State {}

    /**
     * STLS was sent.
     *
     * @param takesXclient whether the greeting said so
     */
    record TlsOffer(boolean takesXclient) implements State {}

    record Securing(boolean takesXclient) implements State {}

    /** XCLIENT was sent. */
    record Identifying() implements State {}

    /** CAPA was sent. */
    record Asking() implements State {}

    /** CAPA is being answered. */
    record Listening(List<String> heard) implements State {}

    /** AUTH was sent. */
    record Authenticating(UpstreamAuth auth, List<String> features) implements State {}

    /** USER was sent. */
    record NameSent(Password credentials, List<String> features) implements State {}

    /** PASS was sent. */
    record SecretSent(List<String> features) implements State {}

    record Over() implements State {}
  }

  @Override
  public UpstreamStep connected() {
    return new UpstreamStep.Read();
  }

  @Override
  public UpstreamStep tlsStarted() {
    return state instanceof State.Securing securing
        ? identify(securing.takesXclient())
        : failed(Cause.PROTOCOL, "TLS started out of step");
  }

  @Override
  public UpstreamStep line(String line) {
    if (state instanceof State.Listening(List<String> heard)) {
      return listed(heard, line);
    }
    return switch (Pop3Response.of(line)) {
      case Pop3Response.Status status -> status(status);
      case Pop3Response.Continuation(String challenge) -> continuation(challenge);
      case Pop3Response.Garbage _ -> failed(Cause.PROTOCOL, "not a POP3 response");
    };
  }

  private UpstreamStep status(Pop3Response.Status status) {
    return switch (state) {
      case State.Greeting _ -> greeting(status);
      case State.TlsOffer offer -> tlsOffer(offer, status);
      case State.Identifying _ -> identified(status);
      case State.Asking _ -> asked(status);
      case State.Authenticating authenticating -> authenticated(authenticating, status);
      case State.NameSent sent -> nameTaken(sent, status);
      case State.SecretSent sent -> secretTaken(sent, status);
      case State.Securing _, State.Listening _, State.Over _ ->
          failed(Cause.PROTOCOL, "a response to nothing");
    };
  }

  private UpstreamStep continuation(String challenge) {
    return state instanceof State.Authenticating(UpstreamAuth auth, var _)
        ? auth.respond(challenge).orElseGet(() -> asksForMore(auth))
        : failed(Cause.PROTOCOL, "a continuation that was not asked for");
  }

  private UpstreamStep greeting(Pop3Response.Status status) {
    return switch (status) {
      case Pop3Response.Ok(Optional<String> code) -> {
        boolean takesXclient = code.filter(Pop3Xclient.CODE::equals).isPresent();
        yield switch (plan.security()) {
          case IMPLICIT_TLS, CLEAR -> identify(takesXclient);
          case STARTTLS -> {
            state = new State.TlsOffer(takesXclient);
            yield new UpstreamStep.Send(Pop3Capabilities.STLS + Pop3Replies.CRLF);
          }
        };
      }
      case Pop3Response.Err err -> failed(Cause.NOT_SERVING, "greeting: " + err.telling());
    };
  }

  private UpstreamStep identify(boolean takesXclient) {
    if (plan.told().isEmpty() || !takesXclient) {
      return ask();
    }
    state = new State.Identifying();
    return new UpstreamStep.Send(Pop3Xclient.command(plan.told().get()) + Pop3Replies.CRLF);
  }

  private UpstreamStep identified(Pop3Response.Status status) {
    return switch (status) {
      case Pop3Response.Ok _ -> ask();
      case Pop3Response.Err err -> failed(Cause.PROTOCOL, "XCLIENT: " + err.telling());
    };
  }

  private UpstreamStep tlsOffer(State.TlsOffer offer, Pop3Response.Status status) {
    return switch (status) {
      case Pop3Response.Ok _ -> {
        state = new State.Securing(offer.takesXclient());
        yield new UpstreamStep.StartTls();
      }
      case Pop3Response.Err err -> failed(Cause.NO_TLS, "STLS: " + err.telling());
    };
  }

  private UpstreamStep ask() {
    state = new State.Asking();
    return new UpstreamStep.Send("CAPA" + Pop3Replies.CRLF);
  }

  private UpstreamStep asked(Pop3Response.Status status) {
    return switch (status) {
      case Pop3Response.Ok _ -> {
        state = new State.Listening(List.of());
        yield new UpstreamStep.Read();
      }
      case Pop3Response.Err _ -> known(List.of("USER"));
    };
  }

  private UpstreamStep listed(List<String> heard, String line) {
    if (line.equals(".")) {
      return known(heard);
    }
    if (heard.size() >= CAPABILITY_LIMIT) {
      return failed(Cause.PROTOCOL, "CAPA: more than " + CAPABILITY_LIMIT + " lines");
    }
    List<String> more = new ArrayList<>(heard);
    more.add(line.startsWith(".") ? line.substring(1) : line);
    state = new State.Listening(List.copyOf(more));
    return new UpstreamStep.Read();
  }

  private UpstreamStep known(List<String> features) {
    return plan.credentials()
        .map(credentials -> login(credentials, features))
        .orElseGet(() -> loggedIn(features));
  }

  private UpstreamStep login(UpstreamCredentials credentials, List<String> features) {
    List<String> mechanisms = Pop3Capabilities.mechanisms(features);
    Optional<SaslClient> chosen = SaslClient.choose(mechanisms, credentials);
    if (chosen.isPresent()) {
      UpstreamAuth auth = new UpstreamAuth(chosen.get());
      state = new State.Authenticating(auth, features);
      return auth.begin(lineLimit(credentials));
    }
    return SaslClient.plainLogin(credentials)
        .filter(Pop3Upstream::isOneLine)
        .map(password -> name(password, features))
        .orElseGet(() -> failed(Cause.NO_MECHANISM, "offers SASL " + mechanisms));
  }

  /** Microsoft documents XOAUTH2 with a line of its own for the token, however short. */
  private static int lineLimit(UpstreamCredentials credentials) {
    return switch (credentials) {
      case Bearer _ -> 0;
      case Password _, OurWord _ -> LINE_LIMIT;
    };
  }

  private UpstreamStep name(Password credentials, List<String> features) {
    if (!Pop3Capabilities.offers(features, "USER") && plan.security() == Security.CLEAR) {
      return failed(Cause.NO_MECHANISM, "USER is not offered in clear");
    }
    state = new State.NameSent(credentials, features);
    return new UpstreamStep.SendSecret(
        SecretLine.of("USER ", Secret.ofText(credentials.loginName()), Pop3Replies.CRLF),
        "USER " + TraceWords.NAME);
  }

  /** USER and PASS have no quoting: what holds a line end cannot be said with them. */
  private static boolean isOneLine(Password credentials) {
    return credentials.loginName().chars().noneMatch(Pop3Upstream::isLineEnd)
        && credentials.password().expose(Pop3Upstream::holdsNoLineEnd);
  }

  private static boolean holdsNoLineEnd(byte[] bytes) {
    for (byte b : bytes) {
      if (isLineEnd(b)) {
        return false;
      }
    }
    return true;
  }

  private static boolean isLineEnd(int character) {
    return character == '\r' || character == '\n';
  }

  private UpstreamStep authenticated(
      State.Authenticating authenticating, Pop3Response.Status status) {
    UpstreamAuth auth = authenticating.auth();
    return switch (status) {
      case Pop3Response.Ok _ when auth.isComplete() -> loggedIn(authenticating.features());
      case Pop3Response.Ok _ ->
          failed(
              Cause.PROTOCOL,
              "AUTH: accepted " + (auth.isRefused() ? "what it refused" : "before it was whole"));
      case Pop3Response.Err err ->
          failed(err.cause(), "AUTH: " + err.telling() + auth.tellingStatus());
    };
  }

  private UpstreamStep asksForMore(UpstreamAuth auth) {
    over();
    return auth.asksForMore();
  }

  private UpstreamStep nameTaken(State.NameSent sent, Pop3Response.Status status) {
    return switch (status) {
      case Pop3Response.Ok _ -> {
        state = new State.SecretSent(sent.features());
        yield new UpstreamStep.SendSecret(
            SecretLine.of("PASS ", sent.credentials().password().copy(), Pop3Replies.CRLF),
            "PASS " + TraceWords.SECRET);
      }
      case Pop3Response.Err err -> refused("USER", err);
    };
  }

  private UpstreamStep secretTaken(State.SecretSent sent, Pop3Response.Status status) {
    return switch (status) {
      case Pop3Response.Ok _ -> loggedIn(sent.features());
      case Pop3Response.Err err -> refused("PASS", err);
    };
  }

  private UpstreamStep refused(String command, Pop3Response.Err err) {
    return failed(err.cause(), command + ": " + err.telling());
  }

  private UpstreamStep loggedIn(List<String> features) {
    over();
    return new UpstreamStep.LoggedIn(new UpstreamSession(features));
  }

  private UpstreamStep failed(Cause cause, String detail) {
    over();
    return new UpstreamStep.Failed(new UpstreamFailure(cause, detail));
  }

  private void over() {
    if (state instanceof State.Authenticating(UpstreamAuth auth, var _)) {
      auth.close();
    }
    state = new State.Over();
  }
}
