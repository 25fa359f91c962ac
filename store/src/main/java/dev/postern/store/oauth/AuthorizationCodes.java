package dev.postern.store.oauth;

import com.nimbusds.oauth2.sdk.AuthorizationCode;
import com.nimbusds.oauth2.sdk.AuthorizationCodeGrant;
import com.nimbusds.oauth2.sdk.AuthorizationRequest;
import com.nimbusds.oauth2.sdk.ResponseType;
import com.nimbusds.oauth2.sdk.id.ClientID;
import com.nimbusds.oauth2.sdk.id.State;
import com.nimbusds.oauth2.sdk.pkce.CodeChallengeMethod;
import com.nimbusds.oauth2.sdk.pkce.CodeVerifier;
import com.nimbusds.openid.connect.sdk.Prompt;
import dev.postern.store.auth.Secret;
import dev.postern.store.oauth.TokenTrouble.Kind;
import dev.postern.store.oauth.TokenTrouble.TokenTroubleException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/** The two ends of consent in a browser, RFC 6749 §4.1 with PKCE. Methods block on the provider. */
public final class AuthorizationCodes {
  /** Detail of the trouble where no page for consent is known. */
  public static final String NO_PAGE = "the provider has no page for consent";

  /** Standardised, so that the library has a place of its own for it. */
  private static final String PROMPT = "prompt";

  private final TokenExchange exchange;

  AuthorizationCodes(TokenExchange exchange) {
    this.exchange = exchange;
  }

  /**
   * The provider's page for a person.
   *
   * @param mailbox to be proposed to the person
   * @throws TokenTroubleException if it has none
   */
  public URI page(
      OAuthClient client, String state, CodeVerifier verifier, URI redirect, String mailbox)
      throws TokenTroubleException {
    URI endpoint =
        exchange
            .places(client)
            .authorization()
            .orElseThrow(
                () -> new TokenTroubleException(new TokenTrouble(Kind.CLIENT_REFUSED, NO_PAGE)));
    AuthorizationRequest.Builder request =
        new AuthorizationRequest.Builder(ResponseType.CODE, new ClientID(client.clientId()))
            .endpointURI(endpoint)
            .redirectionURI(redirect)
            .scope(TokenExchange.scope(client.scopes()))
            .state(new State(state))
            .codeChallenge(verifier, CodeChallengeMethod.S256)
            .customParameter("login_hint", mailbox);
    client
        .consentParameters()
        .forEach((name, value) -> {
          if (name.equals(PROMPT)) {
            request.prompt(new Prompt(value));
          } else {
            request.customParameter(name, value);
          }
        });
    return request.build().toURI();
  }

  /**
   * Sees to it that no provider is shown the code of another one, RFC 9207 §2.4. One whose issuer
   * the configuration does not name is taken at its word.
   *
   * @param issuer as the browser brought it
   * @throws TokenTroubleException if it is another than that of the configuration
   */
  public void requireIssuer(OAuthClient client, Optional<String> issuer)
      throws TokenTroubleException {
    boolean isOther =
        switch (client.provider()) {
          case Provider.Known _ -> false;
          case Provider.Discovered(URI ours) ->
              issuer.filter(theirs -> !theirs.equals(ours.toString())).isPresent();
        };
    if (isOther) {
      throw new TokenTroubleException(
          new TokenTrouble(Kind.NOT_AN_ANSWER, "the browser comes from another issuer than ours"));
    }
  }

  /**
   * What an error that the browser brought says about the provider, RFC 6749 §4.1.2.1; empty if it
   * is the person, or the provider for him, who says no.
   */
  public static Optional<TokenTrouble> trouble(String error) {
    return new ProviderError(error, Optional.empty()).kind() == Kind.PROVIDER_BUSY
        ? Optional.of(new TokenTrouble(Kind.PROVIDER_BUSY, error))
        : Optional.empty();
  }

  /**
   * Tokens for a code.
   *
   * @param code the caller closes it
   */
  public GivenConsent trade(OAuthClient client, Secret code, URI redirect, CodeVerifier verifier)
      throws TokenTroubleException {
    // The library takes text; nothing else holds it.
    String text = code.expose(bytes -> new String(bytes, StandardCharsets.UTF_8));
    return exchange.given(
        client, new AuthorizationCodeGrant(new AuthorizationCode(text), redirect, verifier));
  }
}
