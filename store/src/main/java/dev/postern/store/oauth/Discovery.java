package dev.postern.store.oauth;

import com.nimbusds.oauth2.sdk.ParseException;
import com.nimbusds.oauth2.sdk.as.AuthorizationServerMetadata;
import com.nimbusds.oauth2.sdk.http.HTTPRequest;
import com.nimbusds.oauth2.sdk.http.HTTPResponse;
import dev.postern.store.SecretUrl;
import dev.postern.store.oauth.TokenTrouble.Kind;
import dev.postern.store.oauth.TokenTrouble.TokenTroubleException;
import java.net.URI;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;

/**
 * Reads discovery documents, OpenID Connect Discovery 1.0 §4, and keeps what they say for an hour.
 * There are as many as the configuration has issuers. Safe for use by several threads.
 */
final class Discovery {
  private static final Duration KEPT = Duration.ofHours(1);
  private static final String PATH = "/.well-known/openid-configuration";

  private final ProviderHttp http;
  private final Clock clock;
  private final Map<URI, Found> found = new ConcurrentHashMap<>();

  private record Found(Provider.Known places, Instant until) {}

  Discovery(ProviderHttp http, Clock clock) {
    this.http = http;
    this.clock = clock;
  }

  Provider.Known of(OAuthClient client) throws TokenTroubleException {
    return switch (client.provider()) {
      case Provider.Known known -> known;
      case Provider.Discovered(URI issuer) -> discovered(client, issuer);
    };
  }

  private Provider.Known discovered(OAuthClient client, URI issuer) throws TokenTroubleException {
    Found before = found.get(issuer);
    Instant now = clock.instant();
    if (before != null && now.isBefore(before.until())) {
      return before.places();
    }
    Provider.Known places = read(client, issuer);
    found.put(issuer, new Found(places, now.plus(KEPT)));
    return places;
  }

  private Provider.Known read(OAuthClient client, URI issuer) throws TokenTroubleException {
    URI document = URI.create(issuer.toString().replaceAll("/$", "") + PATH);
    HTTPResponse answer = http.send(client, new HTTPRequest(HTTPRequest.Method.GET, document));
    AuthorizationServerMetadata metadata;
    try {
      metadata = AuthorizationServerMetadata.parse(answer.getBodyAsJSONObject());
    } catch (ParseException | RuntimeException _) {
      throw trouble("the discovery document at " + document + " is none");
    }
    if (!metadata.getIssuer().getValue().equals(issuer.toString())) {
      throw trouble("the discovery document at " + document + " is of another issuer");
    }
    URI token = metadata.getTokenEndpointURI();
    Optional<URI> authorization = Optional.ofNullable(metadata.getAuthorizationEndpointURI());
    Optional<URI> device = Optional.ofNullable(metadata.getDeviceAuthorizationEndpointURI());
    if (token == null
        || Stream.of(Optional.of(token), authorization, device)
            .flatMap(Optional::stream)
            .anyMatch(place -> !SecretUrl.isFit(place))) {
      throw trouble("the discovery document at " + document + " names no place for secrets");
    }
    return new Provider.Known(token, authorization, device);
  }

  private static TokenTroubleException trouble(String detail) {
    return new TokenTroubleException(new TokenTrouble(Kind.NOT_AN_ANSWER, detail));
  }
}
