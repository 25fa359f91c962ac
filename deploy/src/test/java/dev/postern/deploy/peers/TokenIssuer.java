package dev.postern.deploy.peers;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JOSEObjectType;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.crypto.RSASSASigner;
import com.nimbusds.jose.crypto.RSASSAVerifier;
import com.nimbusds.jose.jwk.RSAKey;
import com.nimbusds.jose.jwk.gen.RSAKeyGenerator;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.SignedJWT;
import dev.postern.store.testing.ScriptedProvider;
import dev.postern.store.testing.ScriptedProvider.Answer;
import java.net.URI;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.text.ParseException;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.Date;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A provider whose access tokens a real mail server believes: signed JWTs, whose key is a file, and
 * an endpoint that says whether a token is good. Whoever is named by {@link #signIn} types in the
 * codes for devices.
 */
final class TokenIssuer implements AutoCloseable {
  /** Whom ID tokens are for. */
  private static final String CLIENT = "postern";

  private final ScriptedProvider provider = new ScriptedProvider();
  private final AtomicInteger number = new AtomicInteger();
  private final RSAKey key;
  private volatile String person = "";
  private volatile Duration life = Duration.ofHours(1);

  TokenIssuer() {
    try {
      key = new RSAKeyGenerator(2048).generate();
    } catch (JOSEException e) {
      throw new IllegalStateException(e);
    }
    provider.script(this::answer);
  }

  URI at(String path) {
    return provider.at(path);
  }

  /** The public key as PEM. */
  String publicKey() {
    try {
      return "-----BEGIN PUBLIC KEY-----\n"
          + Base64.getMimeEncoder(64, new byte[] {'\n'})
              .encodeToString(key.toPublicKey().getEncoded())
          + "\n-----END PUBLIC KEY-----\n";
    } catch (JOSEException e) {
      throw new IllegalStateException(e);
    }
  }

  /** Consents to whatever is asked from now on. */
  void signIn(String user) {
    person = user;
  }

  /** Of access tokens from now on. */
  void tokensLive(Duration time) {
    life = time;
  }

  void delay(Duration time) {
    provider.delay(time);
  }

  /** What a browser is sent on to by the page for consent, once the person has consented. */
  URI consented(URI page) {
    Map<String, String> asked = new HashMap<>();
    for (String pair : page.getRawQuery().split("&", -1)) {
      asked.put(pair.replaceFirst("=.*", ""), pair.replaceFirst("^[^=]*=", ""));
    }
    String redirect =
        URLDecoder.decode(String.valueOf(asked.get("redirect_uri")), StandardCharsets.UTF_8);
    return URI.create(redirect + "?code=code-" + person + "&state=" + asked.get("state"));
  }

  /** Forms that came to the token endpoint, in order. */
  List<Map<String, String>> requests() {
    return provider.requests().stream().filter(form -> "/token".equals(form.get("path"))).toList();
  }

  private Answer answer(Map<String, String> form) {
    return switch (String.valueOf(form.get("path"))) {
      case "/device" ->
          Answer.json(
              200,
              """
              {"device_code":"dc-%s","user_code":"ABCD-EFGH","verification_uri":"%s",
               "expires_in":600,"interval":1}
              """
                  .formatted(person, provider.at("/codes")));
      case "/introspect" -> introspected(String.valueOf(form.get("token")));
      default ->
          switch (String.valueOf(form.get("grant_type"))) {
            case "urn:ietf:params:oauth:grant-type:device_code" ->
                tokens(String.valueOf(form.get("device_code")).substring(3));
            case "authorization_code" -> tokens(String.valueOf(form.get("code")).substring(5));
            case "refresh_token" ->
                tokens(String.valueOf(form.get("refresh_token")).replaceFirst("^rt-[0-9]+-", ""));
            default -> Answer.error("unsupported_grant_type", "");
          };
    };
  }

  private Answer tokens(String user) {
    return Answer.json(
        200,
        """
        {"token_type":"Bearer","expires_in":%d,"access_token":"%s","id_token":"%s",
         "refresh_token":"rt-%d-%s"}
        """
            .formatted(
                life.toSeconds(),
                token(user, List.of()),
                token(user, List.of(CLIENT)),
                number.incrementAndGet(),
                user));
  }

  private String token(String user, List<String> audience) {
    Instant now = Instant.now();
    SignedJWT token =
        new SignedJWT(
            new JWSHeader.Builder(JWSAlgorithm.RS256).type(JOSEObjectType.JWT).build(),
            new JWTClaimsSet.Builder()
                .subject(user)
                .audience(audience)
                .claim("preferred_username", user)
                .issuer(provider.at("/").toString())
                .issueTime(Date.from(now))
                .expirationTime(Date.from(now.plus(life)))
                .jwtID(String.valueOf(number.incrementAndGet()))
                .build());
    try {
      token.sign(new RSASSASigner(key));
    } catch (JOSEException e) {
      throw new IllegalStateException(e);
    }
    return token.serialize();
  }

  private Answer introspected(String text) {
    try {
      SignedJWT token = SignedJWT.parse(text);
      boolean isGood =
          token.verify(new RSASSAVerifier(key.toRSAPublicKey()))
              && token.getJWTClaimsSet().getExpirationTime().toInstant().isAfter(Instant.now());
      return Answer.json(
          200,
          isGood
              ? "{\"active\":true,\"sub\":\"%s\"}".formatted(token.getJWTClaimsSet().getSubject())
              : "{\"active\":false}");
    } catch (ParseException | JOSEException _) {
      return Answer.json(200, "{\"active\":false}");
    }
  }

  @Override
  public void close() {
    provider.close();
  }
}
