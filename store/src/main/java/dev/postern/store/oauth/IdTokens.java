package dev.postern.store.oauth;

import com.nimbusds.jwt.JWT;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.PlainJWT;
import com.nimbusds.oauth2.sdk.AccessTokenResponse;
import com.nimbusds.openid.connect.sdk.OIDCTokenResponse;
import dev.postern.store.oauth.GivenConsent.Whose;
import java.net.URI;
import java.text.ParseException;
import java.time.Clock;
import java.time.Duration;
import java.util.Date;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Reads whose mailbox it is from ID tokens that come from a token endpoint. TLS stands in for their
 * signature, and for nothing else, OpenID Connect Core 1.0 §3.1.3.7: one of another client, of
 * another issuer, past its end or not meant to be signed names nobody.
 */
final class IdTokens {
  /** That the provider's clock and ours may be apart. */
  private static final Duration LEEWAY = Duration.ofMinutes(5);

  private final Clock clock;

  IdTokens(Clock clock) {
    this.clock = clock;
  }

  /** Of several names the first that looks like an address. */
  Whose whose(OAuthClient client, AccessTokenResponse response) {
    if (!(response instanceof OIDCTokenResponse answer)) {
      return new Whose.Nobody("there is no ID token");
    }
    JWT token = answer.getOIDCTokens().getIDToken();
    if (token == null) {
      return new Whose.Nobody("there is no ID token");
    }
    try {
      JWTClaimsSet claims = token.getJWTClaimsSet();
      if (claims == null) {
        return new Whose.Nobody("the ID token is encrypted");
      }
      return flaw(client, token, claims)
          .<Whose>map(Whose.Nobody::new)
          .or(() -> name(claims).map(Whose.Named::new))
          .orElseGet(() -> new Whose.Nobody("the ID token has no name"));
    } catch (ParseException _) {
      return new Whose.Nobody("the ID token has no claims");
    }
  }

  /** Why a token does not count. */
  private Optional<String> flaw(OAuthClient client, JWT token, JWTClaimsSet claims) {
    if (token instanceof PlainJWT) {
      // Allowed only to those who asked for it, which we do not.
      return Optional.of("the ID token has no signature (alg)");
    }
    if (!claims.getAudience().contains(client.clientId())) {
      return Optional.of("the ID token is for another client (aud)");
    }
    if (isOfAnotherIssuer(client.provider(), claims)) {
      return Optional.of("the ID token is of another issuer (iss)");
    }
    Date end = claims.getExpirationTime();
    return end == null || clock.instant().isAfter(end.toInstant().plus(LEEWAY))
        ? Optional.of("the ID token has ended (exp)")
        : Optional.empty();
  }

  /** One whose issuer the configuration does not name is taken at its word. */
  private static boolean isOfAnotherIssuer(Provider provider, JWTClaimsSet claims) {
    return switch (provider) {
      case Provider.Known _ -> false;
      case Provider.Discovered(URI ours) -> !ours.toString().equals(claims.getIssuer());
    };
  }

  private static Optional<String> name(JWTClaimsSet claims) {
    List<String> names =
        Stream.of("preferred_username", "email", "upn")
            .flatMap(name -> claim(claims, name).stream())
            .toList();
    return names.stream()
        .filter(name -> name.contains("@"))
        .findFirst()
        .or(() -> names.stream().findFirst());
  }

  private static Optional<String> claim(JWTClaimsSet claims, String name) {
    return claims.getClaim(name) instanceof String text && text.matches("[!-~]{1,320}")
        ? Optional.of(text)
        : Optional.empty();
  }
}
