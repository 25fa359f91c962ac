package dev.postern.deploy.cli;

import dev.postern.gateway.GatewayConfig;
import dev.postern.gateway.GatewayConfig.Upstream;
import dev.postern.gateway.LoginMethod;
import dev.postern.gateway.MailboxTrial;
import dev.postern.gateway.dialogue.UpstreamFailure;
import dev.postern.gateway.dialogue.UpstreamPlan.Security;
import dev.postern.store.auth.Scope;
import dev.postern.store.oauth.OAuthClient;
import dev.postern.store.oauth.OAuthFlow;
import dev.postern.store.oauth.Provider;
import dev.postern.store.oauth.SigningKey;
import dev.postern.store.oauth.TokenTrouble;
import java.net.URI;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/** What an operator does about a mailbox that cannot be logged in to. */
final class MailboxAdvice {
  /** By enhanced status codes of RFC 3463, as Exchange Online uses them. */
  private static final Map<String, String> BY_CODE =
      Map.of(
          "5.7.139",
          "SmtpClientAuthentication is disabled: Set-CASMailbox %1$s"
              + " -SmtpClientAuthenticationDisabled $false, or for the tenant Set-TransportConfig"
              + " -SmtpClientAuthenticationDisabled $false",
          "5.7.30",
          "the provider takes no passwords any more: set login.method to oauth2",
          "5.7.60",
          "the login may not send as this mailbox: Add-RecipientPermission %1$s -Trustee … "
              + "-AccessRights SendAs",
          "5.7.9",
          "the provider wants one of its own app passwords, or login.method: oauth2");

  private final Optional<Upstream> upstream;
  private final MailboxTrial trial;
  private final Instant now;

  MailboxAdvice(GatewayConfig config, MailboxTrial trial, Instant now) {
    this.upstream = Optional.ofNullable(config.upstreams().get(trial.upstream()));
    this.trial = trial;
    this.now = now;
  }

  /** What to do about the trial's failure. */
  String remedy(UpstreamFailure failure) {
    return switch (failure.cause()) {
      case CONNECT -> "check " + url() + ", and that this machine may connect there";
      case TIMEOUT -> "see why the server is slow, or something between drops what we send";
      case TLS -> withoutTls(failure.detail());
      case NOT_SERVING -> "wait, and look at the server";
      case PROTOCOL -> "see whether " + url() + " has the right port and scheme";
      case NO_TLS ->
          "write "
              + scheme(Security.IMPLICIT_TLS)
              + "… and the port for TLS from the start into "
              + url();
      case NO_MECHANISM -> "let the server offer what " + key("login") + " can use";
      case IN_USE -> "close sessions of this mailbox, and keep below its limit: " + key("budgets");
      case THROTTLED -> "wait as long as the provider says; try fewer mailboxes at once";
      case NOT_CONNECTED -> notConnected();
      case LOGIN_REFUSED -> byCode(failure).orElseGet(this::refused);
      case BROKEN_PROMISE -> "see what the server offers: postern check --connect";
      case BELOW_FLOOR -> "let the server offer it, or take it out of listeners[].extensions";
      case NO_CREDENTIAL, NO_TOKEN, NEEDS_CONSENT -> byToken(failure).orElseGet(this::refused);
      case NO_ROUTE ->
          upstream.isEmpty()
              ? "add a route that matches " + trial.user()
              : "write an address into " + url() + ", or lead the user elsewhere with a route";
      case OVERLOADED -> "try again";
      case UNREACHABLE -> "see the first failure at this upstream";
    };
  }

  private Optional<String> byCode(UpstreamFailure failure) {
    return BY_CODE.entrySet().stream()
        .filter(advice -> hasCode(failure.detail(), advice.getKey()))
        .map(advice -> advice.getValue().formatted(trial.mailbox()))
        .findFirst();
  }

  private static boolean hasCode(String detail, String code) {
    return List.of(detail.split("[^0-9.]+", -1)).contains(code);
  }

  /** The detail begins with the trouble's word where it is about a token. */
  private Optional<String> byToken(UpstreamFailure failure) {
    return client()
        .flatMap(client ->
            Stream.of(TokenTrouble.Kind.values())
                .filter(kind -> failure.detail().startsWith(kind.word() + ": "))
                .findFirst()
                .map(kind -> byToken(client, new TokenTrouble(kind, failure.detail()))));
  }

  private String byToken(OAuthClient client, TokenTrouble trouble) {
    return OAuthAdvice.remedy(client, trouble, now)
        .replace("connect USER", "connect " + trial.user());
  }

  /** The second of two schemes is for servers that begin in clear. */
  private String withoutTls(String detail) {
    return detail.equals("the server does not speak TLS there")
        ? "write "
            + scheme(Security.STARTTLS)
            + "… into "
            + url()
            + " if it begins in clear there, or the port where it does not"
        : "check the host name in "
            + url()
            + "; for a CA of your own, or a certificate that signs itself, name the PEM file: "
            + key("trust");
  }

  private String scheme(Security security) {
    String word = trial.protocol().orElse(Scope.IMAP).word();
    return switch (security) {
      case IMPLICIT_TLS -> word + "s://";
      case STARTTLS -> word + "+starttls://";
      case CLEAR -> word + "://";
    };
  }

  /** An upstream that took the login, and opened nothing. */
  private String notConnected() {
    return client()
        .map(client ->
            isExchange(client) ? exchangeNotConnected(client.flow()) : notConnected(client.flow()))
        .orElse("see whether the mailbox exists and may be opened by IMAP")
        .formatted(trial.mailbox(), trial.user());
  }

  private static String exchangeNotConnected(OAuthFlow flow) {
    String isImapOn = "see whether IMAP is on for it: Set-CASMailbox %1$s -ImapEnabled $true";
    return switch (flow) {
      case OAuthFlow.ClientCredentials() ->
          "give the service principal access: Add-MailboxPermission %1$s -AccessRights FullAccess;"
              + " see that New-ServicePrincipal had the object id of the enterprise application,"
              + " not of the registration; "
              + isImapOn;
      case OAuthFlow.Consent _ ->
          "see that the consent is of this mailbox or has access to it: postern oauth status %2$s; "
              + isImapOn;
      case OAuthFlow.ServiceAccount _ -> isImapOn;
    };
  }

  private static String notConnected(OAuthFlow flow) {
    return switch (flow) {
      case OAuthFlow.ClientCredentials() ->
          "see whether the mailbox %1$s exists, and that tokens of the registration open it";
      case OAuthFlow.Consent _ ->
          "see that the consent is of this mailbox or has access to it: postern oauth status %2$s;"
              + " and whether IMAP is on for it";
      case OAuthFlow.ServiceAccount _ -> "see whether IMAP is on for it";
    };
  }

  /** An upstream that did not take the login, or to which there is nothing to show. */
  private String refused() {
    if (upstream.isEmpty()) {
      return "check the configuration";
    }
    return switch (upstream.get().login()) {
      case LoginMethod.MasterUser _ ->
          "check "
              + key("login.user")
              + " and its password, that the server has it as a master user, and the mailbox";
      case LoginMethod.StoredPassword() ->
          "store the password that the mailbox has there: postern user upstream-password "
              + trial.user()
              + " --upstream "
              + trial.upstream();
      case LoginMethod.PassThrough() ->
          "write another method into "
              + key("login.method")
              + ", so that app passwords work there too";
      case LoginMethod.Fixed _ ->
          "check " + key("login.user") + " and its password, and whether the account may log in";
      case LoginMethod.Trusted() ->
          "see that the server takes XCLIENT from this machine (Postfix:"
              + " smtpd_authorized_xclient_hosts), and the mailbox's name";
      case LoginMethod.OAuth2(OAuthClient client, var _, var _) -> tokenRefused(client);
      case LoginMethod.SignedToken(SigningKey signer, String issuer, var audience, var _) ->
          "see that the server has the public half of "
              + key("login.key")
              + " as "
              + signer.id()
              + " for "
              + signer.algorithm()
              + ", that it takes the issuer "
              + issuer
              + " and the audience "
              + audience.orElse("of its host's name")
              + ", that its clock is right, and that the mailbox exists";
    };
  }

  private String tokenRefused(OAuthClient client) {
    return switch (client.flow()) {
      case OAuthFlow.ClientCredentials() when isExchange(client) ->
          "see that IMAP.AccessAsApp, SMTP.SendAsApp or POP.AccessAsApp have an administrator's"
              + " consent, that New-ServicePrincipal had the object id of the enterprise"
              + " application, not of the registration, and that it has FullAccess to "
              + trial.mailbox();
      case OAuthFlow.ClientCredentials() ->
          "see that the server takes tokens of this provider (issuer, scopes), that those of the"
              + " registration open "
              + trial.mailbox()
              + ", and that the mailbox exists";
      case OAuthFlow.ServiceAccount _ ->
          "see that the mailbox exists and the protocol is on for it at the provider";
      case OAuthFlow.Consent _ ->
          "see that the consent is of this mailbox or has access to it, and the protocol is on for"
              + " it: postern oauth status "
              + trial.user();
    };
  }

  /** Of organisations; persons at Outlook.com have nobody who could run commands. */
  private static boolean isExchange(OAuthClient client) {
    boolean isOfPersons =
        client.provider() instanceof Provider.Known(URI token, var _, var _)
            && token.getPath().startsWith("/consumers/");
    return !isOfPersons
        && client.scopes().stream().anyMatch(scope -> scope.startsWith("https://outlook.office"));
  }

  private Optional<OAuthClient> client() {
    return upstream
        .map(Upstream::login)
        .flatMap(login ->
            login instanceof LoginMethod.OAuth2(OAuthClient client, var _, var _)
                ? Optional.of(client)
                : Optional.empty());
  }

  private String url() {
    return key(trial.protocol().map(protocol -> protocol.word()).orElse("imap"));
  }

  private String key(String name) {
    return "upstreams." + trial.upstream() + "." + name;
  }
}
