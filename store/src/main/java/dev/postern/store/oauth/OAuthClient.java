package dev.postern.store.oauth;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import javax.net.ssl.SSLContext;

/**
 * What we are at a provider, as the configuration has it.
 *
 * @param upstream name of the upstream whose mailboxes the tokens open
 * @param scopes asked for, in the provider's words
 * @param consentParameters sent along where a person is asked, such as {@code access_type}
 * @param trust whose certificates to believe at the provider; empty: those that Java does
 */
public record OAuthClient(
    String upstream,
    String clientId,
    ClientCredential credential,
    OAuthFlow flow,
    Provider provider,
    List<String> scopes,
    Map<String, String> consentParameters,
    Optional<SSLContext> trust) {

  public OAuthClient {
    scopes = List.copyOf(scopes);
    consentParameters = Map.copyOf(consentParameters);
  }

  /** Whose token opens a mailbox. */
  public TokenAccount account(String userId, String mailbox) {
    return switch (flow) {
      case OAuthFlow.ClientCredentials() -> new TokenAccount.OfSite(upstream);
      case OAuthFlow.ServiceAccount _ -> new TokenAccount.OfMailbox(upstream, mailbox);
      case OAuthFlow.Consent _ -> new TokenAccount.OfUser(upstream, userId);
    };
  }

  /**
   * Which registration at which provider this is: a refresh token that was given to one is never
   * shown to another.
   */
  public String registration() {
    return clientId
        + " at "
        + switch (provider) {
          case Provider.Known known -> known.token();
          case Provider.Discovered discovered -> discovered.issuer();
        };
  }

  /**
   * What tokens depend on, secrets left out: those of one client are of use to another with the
   * same.
   */
  String fingerprint() {
    return clientId
        + ' '
        + flow.getClass().getSimpleName()
        + ' '
        + provider
        + ' '
        + scopes.stream().sorted().collect(Collectors.joining(" "));
  }
}
