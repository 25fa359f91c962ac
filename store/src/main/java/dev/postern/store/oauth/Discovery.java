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
import java.util.Collection;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads discovery documents, OpenID Connect Discovery 1.0 §4, and keeps what they say for an hour;
 * for a day where the next cannot be had. There are as many as the configuration has issuers. Many
 * who ask at once wait for one answer. Safe for use by several threads.
 */
final class Discovery {
  private static final Logger LOG = LoggerFactory.getLogger(Discovery.class);

  private static final Duration KEPT = Duration.ofHours(1);
  private static final Duration LONGEST_KEPT = Duration.ofDays(1);

  /** Between two questions while what is old must do. */
  private static final Duration PAUSE = Duration.ofMinutes(1);

  private static final String HTTPS = "https";
  private static final String PATH = "/.well-known/openid-configuration";

  private final ProviderHttp http;
  private final Clock clock;

  /** By who asks, and so by whom it trusts; likewise those under way. */
  private final Map<OAuthClient, Found> found = new ConcurrentHashMap<>();

  private final Map<OAuthClient, CompletableFuture<Provider.Known>> underWay =
      new ConcurrentHashMap<>();

  /**
   * What a document said.
   *
   * @param until when it is to be read again
   */
  private record Found(Provider.Known places, Instant readAt, Instant until) {}

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
      case Provider.Discovered _ -> kept(client).isPresent();
    };
  }

  /** Only these ask from now on. */
  void follow(Collection<OAuthClient> clients) {
    found.keySet().retainAll(clients);
  }

  private Optional<Provider.Known> kept(OAuthClient client) {
    Found before = found.get(client);
    return before != null && clock.instant().isBefore(before.until())
        ? Optional.of(before.places())
        : Optional.empty();
  }

  private Provider.Known discovered(OAuthClient client, URI issuer) throws TokenTroubleException {
    Optional<Provider.Known> kept = kept(client);
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
      Optional<Provider.Known> late = kept(client);
      Provider.Known places = late.isPresent() ? late.get() : readAnew(client, issuer);
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

  private Provider.Known readAnew(OAuthClient client, URI issuer) throws TokenTroubleException {
    Instant now = clock.instant();
    Provider.Known places;
    try {
      places = read(client, issuer);
    } catch (TokenTroubleException e) {
      Found before = found.get(client);
      if (before == null || now.isAfter(before.readAt().plus(LONGEST_KEPT))) {
        throw e;
      }
      LOG.warn(
          "upstream={}: the provider's discovery document cannot be had; that of {} serves until"
              + " {}: cause={} detail=\"{}\"",
          client.upstream(),
          before.readAt(),
          before.readAt().plus(LONGEST_KEPT),
          e.trouble().kind().word(),
          e.trouble().detail());
      found.put(client, new Found(before.places(), before.readAt(), now.plus(PAUSE)));
      return before.places();
    }
    found.put(client, new Found(places, now, now.plus(KEPT)));
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
            .anyMatch(place -> !isFit(issuer, place))) {
      throw trouble("the discovery document at " + document + " names no place for secrets");
    }
    return new Provider.Known(token, authorization, device);
  }

  /** A provider elsewhere names no service of this machine, which would be sent secrets. */
  static boolean isFit(URI issuer, URI place) {
    return SecretUrl.isFit(place)
        && (!HTTPS.equalsIgnoreCase(issuer.getScheme())
            || HTTPS.equalsIgnoreCase(place.getScheme()));
  }

  private static TokenTroubleException trouble(String detail) {
    return new TokenTroubleException(new TokenTrouble(Kind.NOT_AN_ANSWER, detail));
  }
}
