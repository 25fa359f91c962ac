package dev.postern.gateway.smtp;

import dev.postern.gateway.dialogue.UpstreamDialogue;
import dev.postern.gateway.dialogue.UpstreamFailure;
import dev.postern.gateway.dialogue.UpstreamFailure.Cause;
import dev.postern.gateway.dialogue.UpstreamPlan;
import dev.postern.gateway.dialogue.UpstreamPlan.UpstreamCredentials;
import dev.postern.gateway.dialogue.UpstreamPlan.UpstreamCredentials.OurWord;
import dev.postern.gateway.dialogue.UpstreamSession;
import dev.postern.gateway.dialogue.UpstreamStep;
import dev.postern.gateway.sasl.SaslClient;
import dev.postern.gateway.sasl.UpstreamAuth;
import dev.postern.gateway.smtp.SmtpReply.Partial;
import dev.postern.gateway.smtp.SmtpReply.Progress;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Our side of a login at a submission server, RFC 6409, RFC 5321, RFC 4954, RFC 3207.
 *
 * <pre>
 *   connected ─► Greeting ──220──┬───────────────────────► Features ──250──► LoggedIn (probe)
 *                                │ STARTTLS                  ▲    │
 *                                ▼                           │    │ AUTH
 *                          FeaturesInClear ──250──► TlsOffer ─220─► Securing
 *                                                                │ │
 *            FeaturesAnew ◄─220, EHLO── Identifying ◄──XCLIENT───┘ │
 *               │     │                                            ▼
 *  LoggedIn ◄───┘     └────────AUTH─────────────────────► Authenticating ──235──► LoggedIn
 * </pre>
 *
 * <p>What a server says before TLS counts for nothing but whether it offers TLS. The server has
 * seen our EHLO when the client takes over, so that MAIL may come next.
 */
public final class SmtpUpstream implements UpstreamDialogue {

  /** RFC 4954 §4 with RFC 5321 §4.5.3.1.4: longer initial responses go on a line of their own. */
  static final int LINE_LIMIT = 512;

  private static final String CRLF = "\r\n";

  private final UpstreamPlan plan;
  private State state = new State.Greeting();
  private Partial partial = Partial.NOTHING;

  public SmtpUpstream(UpstreamPlan plan) {
    this.plan = plan;
  }

  private sealed interface State {
    record Greeting() implements State {}

    /** EHLO was sent in clear, only to learn of STARTTLS. */
    record FeaturesInClear() implements State {}

    record TlsOffer() implements State {}

    record Securing() implements State {}

    /** EHLO was sent, and the server does not know of the client. */
    record Features() implements State {}

    /** XCLIENT was sent. */
    record Identifying() implements State {}

    /** XCLIENT was taken, and EHLO was sent again. */
    record FeaturesAnew() implements State {}

    /** AUTH was sent. */
    record Authenticating(UpstreamAuth auth, List<String> features) implements State {}

    record Over() implements State {}
  }

  @Override
  public UpstreamStep connected() {
    return new UpstreamStep.Read();
  }

  @Override
  public UpstreamStep line(String line) {
    return switch (partial.with(line)) {
      case Progress.More(Partial more) -> {
        partial = more;
        yield new UpstreamStep.Read();
      }
      case Progress.Whole(SmtpReply reply) -> {
        partial = Partial.NOTHING;
        yield reply(reply);
      }
      case Progress.Broken _ -> failed(Cause.PROTOCOL, "not an SMTP reply, or too long");
    };
  }

  @Override
  public UpstreamStep tlsStarted() {
    return state instanceof State.Securing
        ? ehlo(new State.Features())
        : failed(Cause.PROTOCOL, "TLS started out of step");
  }

  private UpstreamStep reply(SmtpReply reply) {
    return switch (state) {
      case State.Greeting _ -> greeting(reply);
      case State.FeaturesInClear _ -> featuresInClear(reply);
      case State.TlsOffer _ -> tlsOffer(reply);
      case State.Features _ -> features(reply);
      case State.Identifying _ -> identified(reply);
      case State.FeaturesAnew _ -> featuresAnew(reply);
      case State.Authenticating authenticating -> authentication(authenticating, reply);
      case State.Securing _, State.Over _ -> failed(Cause.PROTOCOL, "a reply to nothing");
    };
  }

  private UpstreamStep greeting(SmtpReply reply) {
    if (reply.code() == 220) {
      return switch (plan.security()) {
        case IMPLICIT_TLS, CLEAR -> ehlo(new State.Features());
        case STARTTLS -> ehlo(new State.FeaturesInClear());
      };
    }
    return failed(
        reply.code() >= 400 ? notServing(reply) : Cause.PROTOCOL, "greeting: " + reply.summary());
  }

  private UpstreamStep ehlo(State next) {
    state = next;
    return new UpstreamStep.Send("EHLO " + plan.ourName().replaceAll("[^!-~]", "") + CRLF);
  }

  private UpstreamStep featuresInClear(SmtpReply reply) {
    if (reply.code() != 250) {
      return noEhlo(reply);
    }
    if (!SmtpExtensions.offers(lines(reply), SmtpExtensions.STARTTLS)) {
      return failed(Cause.NO_TLS, "STARTTLS is not offered");
    }
    state = new State.TlsOffer();
    return new UpstreamStep.Send(SmtpExtensions.STARTTLS + CRLF);
  }

  private UpstreamStep tlsOffer(SmtpReply reply) {
    if (reply.code() != 220) {
      return failed(Cause.NO_TLS, "STARTTLS: " + reply.summary());
    }
    state = new State.Securing();
    return new UpstreamStep.StartTls();
  }

  private UpstreamStep features(SmtpReply reply) {
    if (reply.code() != 250) {
      return noEhlo(reply);
    }
    List<String> features = lines(reply);
    Set<String> offered = SmtpXclient.offered(features);
    if (word().isPresent()) {
      return withoutXclientLogin(features)
          .map(this::failed)
          .orElseGet(() -> giveWord(word().get(), offered));
    }
    return plan.told()
        .flatMap(client -> SmtpXclient.command(client, offered))
        .map(this::identify)
        .orElseGet(() -> begin(features));
  }

  private UpstreamStep featuresAnew(SmtpReply reply) {
    return reply.code() == 250 ? begin(lines(reply)) : noEhlo(reply);
  }

  /** Whom our word is given for; empty with any other credentials, and for a probe. */
  private Optional<OurWord> word() {
    return plan.credentials()
        .flatMap(whose -> whose instanceof OurWord word ? Optional.of(word) : Optional.empty());
  }

  /**
   * Why nobody can be let in on our word.
   *
   * @param features the server's EHLO lines
   */
  public static Optional<UpstreamFailure> withoutXclientLogin(List<String> features) {
    Set<String> offered = SmtpXclient.offered(features);
    if (SmtpXclient.takesLogin(offered)) {
      return Optional.empty();
    }
    String detail =
        offered.isEmpty()
            ? "XCLIENT is not offered"
            : "XCLIENT offers "
                + offered.stream().sorted().toList()
                + ", LOGIN and ADDR are needed";
    return Optional.of(new UpstreamFailure(Cause.NO_MECHANISM, detail));
  }

  /**
   * Why a server has no say for clients that were told of a floor.
   *
   * @param floor see {@link UpstreamPlan#floor}
   * @param features the server's EHLO lines
   */
  public static Optional<UpstreamFailure> belowFloor(List<String> floor, List<String> features) {
    List<String> missing = SmtpExtensions.missing(floor, features);
    if (missing.isEmpty()) {
      return Optional.empty();
    }
    String detail = "does not offer what the listener announces: " + String.join(", ", missing);
    return Optional.of(new UpstreamFailure(Cause.BELOW_FLOOR, detail, features));
  }

  private UpstreamStep giveWord(OurWord word, Set<String> offered) {
    return SmtpXclient.login(word, plan.told(), offered)
        .map(this::identify)
        .orElseGet(
            () -> failed(Cause.NO_CREDENTIAL, "XCLIENT cannot carry the name of the mailbox"));
  }

  private UpstreamStep identify(String xclient) {
    state = new State.Identifying();
    return new UpstreamStep.Send(xclient + CRLF);
  }

  /** Nothing is left to be said of the client. */
  private UpstreamStep begin(List<String> features) {
    Optional<UpstreamFailure> below = belowFloor(plan.floor(), features);
    if (below.isPresent()) {
      return failed(below.get());
    }
    List<String> broken = new ArrayList<>();
    for (String promise : plan.promised()) {
      if (!SmtpExtensions.offers(features, SmtpExtensions.keyword(promise))) {
        broken.add(SmtpExtensions.keyword(promise));
      }
    }
    if (!broken.isEmpty()) {
      String detail = "does not offer " + String.join(", ", broken);
      return failed(new UpstreamFailure(Cause.BROKEN_PROMISE, detail, features));
    }
    return word().isPresent()
        ? loggedIn(features)
        : plan.credentials()
            .map(credentials -> authenticate(credentials, features))
            .orElseGet(() -> loggedIn(features));
  }

  /** The server begins anew: what it offers now is meant for the client. */
  private UpstreamStep identified(SmtpReply reply) {
    if (reply.code() == 220) {
      return ehlo(new State.FeaturesAnew());
    }
    String detail = SmtpXclient.KEYWORD + ": " + reply.summary();
    if (reply.isTemporary()) {
      return failed(notServing(reply), detail);
    }
    boolean isLoginRefused = word().isPresent() && reply.code() >= 500;
    return failed(isLoginRefused ? Cause.LOGIN_REFUSED : Cause.PROTOCOL, detail);
  }

  private UpstreamStep noEhlo(SmtpReply reply) {
    return failed(
        reply.isTemporary() ? Cause.NOT_SERVING : Cause.PROTOCOL, "EHLO: " + reply.summary());
  }

  /** The lines behind the first, which is the server's name. */
  private static List<String> lines(SmtpReply reply) {
    List<String> lines = new ArrayList<>();
    for (int i = 1; i < reply.texts().size(); i++) {
      lines.add(reply.texts().get(i).strip());
    }
    return lines;
  }

  private UpstreamStep authenticate(UpstreamCredentials credentials, List<String> features) {
    List<String> mechanisms = SmtpExtensions.mechanisms(features);
    Optional<SaslClient> chosen = SaslClient.choose(mechanisms, credentials);
    if (chosen.isEmpty()) {
      return failed(
          Cause.NO_MECHANISM,
          mechanisms.isEmpty() ? "AUTH is not offered" : "AUTH offers " + mechanisms);
    }
    UpstreamAuth auth = new UpstreamAuth(chosen.get());
    state = new State.Authenticating(auth, features);
    return auth.begin(LINE_LIMIT);
  }

  private UpstreamStep authentication(State.Authenticating authenticating, SmtpReply reply) {
    UpstreamAuth auth = authenticating.auth();
    if (reply.code() == 235) {
      return auth.isComplete()
          ? loggedIn(authenticating.features())
          : failed(
              Cause.PROTOCOL,
              "AUTH: accepted " + (auth.isRefused() ? "what it refused" : "before it was whole"));
    }
    if (reply.code() == 334) {
      return auth.respond(reply.texts().getFirst()).orElseGet(() -> asksForMore(auth));
    }
    // Only codes: a server may repeat in its text what we sent.
    return failed(
        reply.isTemporary() ? notServing(reply) : refusal(auth, reply),
        "AUTH: " + reply.codes() + auth.tellingStatus());
  }

  /**
   * RFC 5321 §4.2.1, RFC 4954 §6: 500 to 504 are about the command, and judge no credential, unless
   * the server has said so before.
   */
  private static Cause refusal(UpstreamAuth auth, SmtpReply reply) {
    return reply.code() > 504 || (auth.isRefused() && reply.code() >= 500)
        ? Cause.LOGIN_REFUSED
        : Cause.PROTOCOL;
  }

  private UpstreamStep asksForMore(UpstreamAuth auth) {
    over();
    return auth.asksForMore();
  }

  private static Cause notServing(SmtpReply reply) {
    return reply.isThrottling() ? Cause.THROTTLED : Cause.NOT_SERVING;
  }

  private UpstreamStep loggedIn(List<String> features) {
    over();
    return new UpstreamStep.LoggedIn(new UpstreamSession(features));
  }

  private UpstreamStep failed(Cause cause, String detail) {
    return failed(new UpstreamFailure(cause, detail));
  }

  private UpstreamStep failed(UpstreamFailure failure) {
    over();
    return new UpstreamStep.Failed(failure);
  }

  private void over() {
    if (state instanceof State.Authenticating(UpstreamAuth auth, var _)) {
      auth.close();
    }
    state = new State.Over();
  }
}
