package dev.postern.store.testing;

import dev.postern.store.auth.Secret;
import dev.postern.store.oauth.ClientCredential;
import dev.postern.store.oauth.OAuthClient;
import dev.postern.store.oauth.OAuthFlow;
import dev.postern.store.oauth.Provider;
import java.net.URI;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Registrations that tests have at providers. */
public final class OAuthClients {
  public static final String UPSTREAM = "office365";

  private OAuthClients() {}

  /** One that people consent to. */
  public static OAuthClient consent(URI token) {
    return of(new OAuthFlow.Consent(OAuthFlow.Way.DEVICE_CODE), known(token));
  }

  /** One with a token for all. */
  public static OAuthClient site(URI token) {
    return of(new OAuthFlow.ClientCredentials(), known(token));
  }

  public static OAuthClient of(OAuthFlow flow, Provider provider) {
    return new OAuthClient(
        UPSTREAM,
        "postern",
        new ClientCredential.SharedSecret(Secret.ofText("the-client-secret"), Optional.empty()),
        flow,
        provider,
        List.of("mail", "offline_access"),
        Map.of(),
        Optional.empty());
  }

  public static Provider known(URI token) {
    return new Provider.Known(token, Optional.empty(), Optional.of(token.resolve("/device")));
  }
}
