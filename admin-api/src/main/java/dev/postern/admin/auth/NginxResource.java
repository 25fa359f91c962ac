package dev.postern.admin.auth;

import dev.postern.admin.api.ProblemType;
import dev.postern.admin.api.Refusal;
import dev.postern.admin.api.SingleHeader;
import dev.postern.store.Store;
import dev.postern.store.audit.Compared;
import dev.postern.store.audit.SignIn;
import dev.postern.store.auth.Grant;
import dev.postern.store.auth.Protection;
import dev.postern.store.auth.Scope;
import dev.postern.store.auth.Secret;
import io.javalin.http.Context;
import java.net.InetAddress;
import java.time.Clock;
import java.util.Map;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * {@code /auth/nginx}: the protocol of nginx's {@code auth_http}. Whoever is let in is logged in at
 * the upstream by nginx itself, in clear and by a password, which is given to it: whoever has the
 * token and an app password learns that password.
 */
final class NginxResource {
  private static final Logger LOG = LoggerFactory.getLogger(NginxResource.class);

  private static final Map<String, Scope> PROTOCOLS =
      Map.of("imap", Scope.IMAP, "pop3", Scope.POP3, "smtp", Scope.SUBMISSION);

  private final Gate gate;
  private final Verification verification;
  private final AuthDesk desk;
  private final Clock clock;
  private final UnfitMethod unfit = new UnfitMethod(System::nanoTime);

  NginxResource(Gate gate, Verification verification, AuthDesk desk, Clock clock) {
    this.gate = gate;
    this.verification = verification;
    this.desk = desk;
    this.clock = clock;
  }

  void get(Context request) {
    long began = System.nanoTime();
    Gate.Entry entry = gate.entry(request);
    Scope protocol =
        Optional.ofNullable(PROTOCOLS.get(field(request, "Auth-Protocol")))
            .orElseThrow(() -> wrong("Auth-Protocol must be imap, pop3 or smtp."));
    answer(request, entry, protocol, began).forEach(request::header);
    request.status(200);
  }

  private Map<String, String> answer(
      Context request, Gate.Entry entry, Scope protocol, long began) {
    int tries = tries(field(request, "Auth-Login-Attempt"));
    boolean isPlain = field(request, "Auth-Method").equals("plain");
    // All that may be refused comes before the secret, which nobody would close then.
    InetAddress client = client(request);
    Protection protection = protection(request);
    String user = PercentText.text(field(request, "Auth-User"));
    String password = field(request, "Auth-Pass");
    Question question =
        new Question(
            user,
            Secret.owning(PercentText.bytes(password)),
            protocol,
            protection,
            client,
            "",
            Way.NGINX);
    if (!isPlain) {
      unfit.tell();
    }
    Decision decision =
        isPlain
            ? verification.decide(entry.store(), entry.token(), question, began)
            : verification.unfit(entry.token(), question, began);
    return switch (decision) {
      case Decision.Accepted(var grant) -> accepted(entry.store(), grant, question);
      case Decision.Rejected(var reason) -> NginxReplies.rejected(protocol, reason, tries);
      case Decision.Throttled _ -> NginxReplies.later(protocol, Words.THROTTLED);
      case Decision.Unavailable _ -> NginxReplies.later(protocol, Words.UNAVAILABLE);
    };
  }

  private Map<String, String> accepted(Store store, Grant grant, Question question) {
    return switch (desk.handover(grant, question.protocol())) {
      case Handover.With(var upstream, var address, int port, var user, Secret password) -> {
        Optional<Map<String, String>> fields;
        try (password) {
          fields = password.expose(bytes -> NginxReplies.ok(address, port, user, bytes));
        }
        yield fields.orElseGet(() ->
            noWay(
                store,
                grant,
                question,
                upstream,
                "name or password is too long, or has characters that nginx cannot be told"));
      }
      case Handover.Not(var upstream, var why) -> noWay(store, grant, question, upstream, why);
    };
  }

  /** The app password is right, and it comes to nothing: that has a second entry on record. */
  private Map<String, String> noWay(
      Store store, Grant grant, Question question, String upstream, String why) {
    LOG.warn(
        "nginx cannot be sent to the mailbox of {}, upstream {}: {}",
        grant.user(),
        upstream.isEmpty() ? "unknown" : upstream,
        why);
    store
        .signInLog()
        .note(
            new SignIn(
                clock.instant(),
                Optional.of(grant.userId()),
                grant.user(),
                Compared.match(grant.credentialId()),
                question.protocol(),
                question.way().word(),
                question.client(),
                question.clientName(),
                "unavailable",
                "upstream-no-credential",
                Optional.of(upstream).filter(name -> !name.isEmpty())));
    return NginxReplies.later(question.protocol(), Words.NO_WAY);
  }

  private static InetAddress client(Context request) {
    try {
      return Question.address(field(request, "Client-IP"));
    } catch (IllegalArgumentException _) {
      throw wrong("Client-IP must be an IP address.");
    }
  }

  private static Protection protection(Context request) {
    return QuestionBody.protection(
        field(request, "Auth-SSL").equals("on"), field(request, "Auth-SSL-Protocol"));
  }

  /** The first is 1. */
  private static int tries(String text) {
    return text.matches("[0-9]{1,6}") ? Integer.parseInt(text) : 1;
  }

  private static Refusal wrong(String detail) {
    return Refusal.of(ProblemType.INVALID_HEADER, detail);
  }

  private static String field(Context request, String name) {
    return SingleHeader.of(request, name).orElse("");
  }
}
