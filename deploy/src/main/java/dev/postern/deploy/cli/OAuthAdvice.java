package dev.postern.deploy.cli;

import dev.postern.store.oauth.AuthorizationCodes;
import dev.postern.store.oauth.ClientCredential;
import dev.postern.store.oauth.Consents;
import dev.postern.store.oauth.OAuthClient;
import dev.postern.store.oauth.OAuthFlow;
import dev.postern.store.oauth.Objection;
import dev.postern.store.oauth.ProviderCheck;
import dev.postern.store.oauth.TokenTrouble;
import java.time.Instant;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/** What an operator does about a provider that gives no token. */
final class OAuthAdvice {
  /** By Microsoft's numbers. */
  private static final Map<String, String> BY_NUMBER =
      Map.ofEntries(
          Map.entry(
              "AADSTS7000215",
              "the client secret is wrong: copy its value, not its id, from Entra, App"
                  + " registrations, Certificates & secrets"),
          Map.entry(
              "AADSTS7000222",
              "the client secret has expired: make another one in Entra, App registrations,"
                  + " Certificates & secrets"),
          Map.entry(
              "AADSTS700027",
              "the certificate is not the one that was uploaded to the registration, or the key is"
                  + " another's: upload login.client-certificate in Entra"),
          Map.entry(
              "AADSTS700016",
              "the registration is not in this tenant: check login.client-id and login.tenant"),
          Map.entry("AADSTS90002", "there is no such tenant: check login.tenant"),
          Map.entry(
              "AADSTS65001", "nobody has consented to these permissions: grant them in Entra"),
          Map.entry("AADSTS700024", "the clock of this machine is wrong: set it, or start NTP"),
          Map.entry(
              "AADSTS53003",
              "Conditional Access forbids it: allow the registration, or this server's address"),
          Map.entry("AADSTS50057", "the account is disabled in Entra"),
          Map.entry(
              "AADSTS50173",
              "the password was reset or sessions were revoked: consent again, postern oauth"
                  + " connect USER"),
          Map.entry(
              "AADSTS700082",
              "the consent was not used for 90 days: consent again, postern oauth connect USER"));

  private OAuthAdvice() {}

  static CommandFailure failure(OAuthClient client, TokenTrouble trouble, Instant now) {
    return new CommandFailure(
        trouble.kind().word(),
        client.upstream() + " gives no token: " + trouble.detail(),
        remedy(client, trouble, now));
  }

  /**
   * What to do.
   *
   * @param now to say whether the secret has ended
   */
  static String remedy(OAuthClient client, TokenTrouble trouble, Instant now) {
    if (trouble.detail().startsWith(ProviderCheck.FAULT)) {
      return "please report it";
    }
    Optional<Instant> ended = client.credential().endsAt().filter(end -> end.isBefore(now));
    if (ended.isPresent()) {
      return "the credential of login ended on "
          + ended.get().toString().substring(0, 10)
          + ": "
          + another(client.credential());
    }
    for (Map.Entry<String, String> advice : BY_NUMBER.entrySet()) {
      if (trouble.detail().contains(advice.getKey())) {
        return advice.getValue();
      }
    }
    return switch (trouble.kind()) {
      case CONNECT -> "check the endpoint's name, and that this machine may connect there";
      case TLS -> "if a proxy of yours inspects TLS, name its CA: login.trust";
      case TIMEOUT, PROVIDER_BUSY -> "wait, and look at the provider's status page";
      case REDIRECTED, NOT_AN_ANSWER ->
          "check the endpoint; if a proxy answers in its place, let this machine pass it";
      case CLIENT_REFUSED, GRANT_REFUSED -> refused(client, trouble.detail());
      case TOKEN_TOO_LONG ->
          "have the provider put less into its tokens: fewer scopes, roles or groups";
      case OTHER_REGISTRATION ->
          "undo the change of login.client-id, tenant or endpoints, or have users consent again:"
              + " postern oauth connect USER";
      case CONSENT_ENDED, NO_CONSENT -> unconsented(client);
      case STORE -> "look at the database and its keys";
      case BUSY -> "try again";
    };
  }

  /** What to do about a credential that has ended. */
  static String another(ClientCredential credential) {
    return switch (credential) {
      case ClientCredential.None(), ClientCredential.SharedSecret _ ->
          "make another one at the provider";
      case ClientCredential.Certificate _ -> "make another certificate and upload it there";
    };
  }

  private static String refused(OAuthClient client, String detail) {
    if (detail.contains(Consents.NO_CODES)) {
      return "write login.device-endpoint, and login.token-endpoint in place of an issuer; or take"
          + " flow: authorization-code";
    }
    if (detail.contains(AuthorizationCodes.NO_PAGE)) {
      return "write login.authorization-endpoint, and login.token-endpoint in place of an issuer;"
          + " or take flow: device-code";
    }
    return switch (client.flow()) {
      case OAuthFlow.ServiceAccount _ -> delegation(client);
      case OAuthFlow.ClientCredentials _, OAuthFlow.Consent _ ->
          detail.toLowerCase(Locale.ROOT).contains("invalid_scope")
              ? "check login.scopes"
              : "check login.client-id, the secret or certificate, and the permissions granted";
    };
  }

  private static String unconsented(OAuthClient client) {
    return switch (client.flow()) {
      case OAuthFlow.ClientCredentials() ->
          "grant the permissions to the registration, with an administrator's consent";
      case OAuthFlow.ServiceAccount _ -> delegation(client);
      case OAuthFlow.Consent _ -> "postern oauth connect USER";
    };
  }

  /** It has no secret of a registration, and nobody is asked. */
  private static String delegation(OAuthClient client) {
    return "authorise the client ID of login.service-account for "
        + String.join(" ", client.scopes())
        + " under domain-wide delegation, and see that its key still exists and the mailbox too";
  }

  /** Of a consent that connects nothing. */
  static CommandFailure failure(Objection objection) {
    return new CommandFailure(objection.word(), objection.detail(), objection.remedy());
  }
}
