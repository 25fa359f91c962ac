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
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.stream.Stream;

/**
 * Reads discovery documents, OpenID Connect Discovery 1.0 §4, and keeps what they say for an hour.
 * There are as many as the configuration has issuers. Many who ask at once wait for one answer.
 * Safe for use by several threads.
 */
final class Discovery {
  private static final Duration KEPT = Duration.ofHours(1);
  private static final String PATH = "/.well-known/openid-configuration";

  private final ProviderHttp http;
  private final Clock clock;
  private final Map<URI, Found> found = new ConcurrentHashMap<>();

  /** By who asks, and so by whom it trusts. */
  private final Map<OAuthClient, CompletableFuture<Provider.Known>> underWay =
      new ConcurrentHashMap<>();

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

  /** Whether {@link #of} would ask nobody. */
  boolean knows(OAuthClient client) {
    return switch (client.provider()) {
      case Provider.Known _ -> true;
      case Provider.Discovered(URI issuer) -> kept(issuer).isPresent();
    };
  }

  private Optional<Provider.Known> kept(URI issuer) {
    Found before = found.get(issuer);
    return before != null && clock.instant().isBefore(before.until())
        ? Optional.of(before.places())
        : Optional.empty();
  }

  private Provider.Known discovered(OAuthClient client, URI issuer) throws TokenTroubleException {
    Optional<Provider.Known> kept = kept(issuer);
    if (kept.isPresent()) {
      return kept.get();
    }
    CompletableFuture<Provider.Known> ours = new CompletableFuture<>();
    CompletableFuture<Provider.Known> theirs = underWay.putIfAbsent(client, ours);
    if (theirs != null) {
      return awaited(theirs);
    }
    try {
      // Whoever was at it may have come to its end just now.
      Optional<Provider.Known> late = kept(issuer);
      Provider.Known places = late.isPresent() ? late.get() : read(client, issuer);
      found.put(issuer, new Found(places, clock.instant().plus(KEPT)));
      ours.complete(places);
      return places;
    } catch (TokenTroubleException | RuntimeException | Error failure) {
      ours.completeExceptionally(failure);
      throw failure;
    } finally {
      underWay.remove(client, ours);
    }
  }

  private static Provider.Known awaited(CompletableFuture<Provider.Known> places)
      throws TokenTroubleException {
    try {
      return places.get();
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
      throw new TokenTroubleException(new TokenTrouble(Kind.BUSY, "this node is stopping"));
    } catch (ExecutionException e) {
      if (e.getCause() instanceof TokenTroubleException failure) {
        throw new TokenTroubleException(failure.trouble());
      }
      throw new IllegalStateException("a fault of ours, met by another thread", e.getCause());
    }
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
