package dev.postern.store.oauth;

import com.nimbusds.oauth2.sdk.ParseException;
import com.nimbusds.oauth2.sdk.device.DeviceAuthorizationRequest;
import com.nimbusds.oauth2.sdk.device.DeviceAuthorizationResponse;
import com.nimbusds.oauth2.sdk.device.DeviceAuthorizationSuccessResponse;
import com.nimbusds.oauth2.sdk.device.DeviceCode;
import com.nimbusds.oauth2.sdk.device.DeviceCodeGrant;
import com.nimbusds.oauth2.sdk.http.HTTPResponse;
import com.nimbusds.oauth2.sdk.id.ClientID;
import dev.postern.store.oauth.TokenTrouble.Kind;
import dev.postern.store.oauth.TokenTrouble.TokenTroubleException;
import java.net.URI;
import java.time.Duration;
import java.util.Optional;

/**
 * Asks people for consent with a code that they type in at the provider, RFC 8628. Methods block
 * for up to the time that an exchange may take. Safe for use by several threads.
 */
public final class Consents {
  /** Detail of the trouble where nobody is known to give codes. */
  public static final String NO_CODES = "the provider has no codes for devices";

  private static final Duration LONGEST_CODE = Duration.ofMinutes(30);
  private static final Duration SHORTEST_PAUSE = Duration.ofSeconds(1);
  private static final Duration LONGEST_PAUSE = Duration.ofSeconds(60);
  private static final Duration SLOWER = Duration.ofSeconds(5);

  private final TokenExchange exchange;
  private final ProviderHttp http;

  Consents(TokenExchange exchange, ProviderHttp http) {
    this.exchange = exchange;
    this.http = http;
  }

  /**
   * What a person is shown, and what we ask with.
   *
   * @param userCode to be typed in at {@code page}
   * @param pageWithCode where nothing needs to be typed, if the provider has one
   * @param life until the code ends
   * @param pause between two questions whether the person has consented
   */
  public record Code(
      String userCode,
      URI page,
      Optional<URI> pageWithCode,
      Duration life,
      Duration pause,
      DeviceCode secret) {
    @Override
    public String toString() {
      return "Code[" + userCode + " at " + page + "]";
    }
  }

  /** Whether the person has consented. */
  public sealed interface Progress {
    record Given(GivenConsent consent) implements Progress {}

    /**
     * Not yet; ask again after this time, which {@link Consents#ask} wants to know then.
     *
     * @param trouble why the provider did not say, if it did not
     */
    record Waiting(Duration pause, Optional<TokenTrouble> trouble) implements Progress {}

    /** The person said no. */
    record Declined() implements Progress {}

    /** The code has ended. */
    record Expired() implements Progress {}
  }

  /**
   * A code for a person.
   *
   * @throws TokenTroubleException if the provider gives none
   */
  public Code begin(OAuthClient client) throws TokenTroubleException {
    URI endpoint =
        exchange
            .places(client)
            .device()
            .orElseThrow(
                () -> new TokenTroubleException(new TokenTrouble(Kind.CLIENT_REFUSED, NO_CODES)));
    return code(
        http.send(
            client,
            exchange
                .authentication(client)
                .map(DeviceAuthorizationRequest.Builder::new)
                .orElseGet(
                    () -> new DeviceAuthorizationRequest.Builder(new ClientID(client.clientId())))
                .endpointURI(endpoint)
                .scope(TokenExchange.scope(client.scopes()))
                .build()
                .toHTTPRequest()));
  }

  private static Code code(HTTPResponse answer) throws TokenTroubleException {
    DeviceAuthorizationResponse response;
    try {
      response = DeviceAuthorizationResponse.parse(answer);
    } catch (ParseException | RuntimeException _) {
      throw new TokenTroubleException(
          new TokenTrouble(Kind.NOT_AN_ANSWER, "the answer is no code of RFC 8628"));
    }
    if (!response.indicatesSuccess()) {
      ProviderError error = ProviderError.of(response.toErrorResponse().getErrorObject());
      throw new TokenTroubleException(new TokenTrouble(error.kind(), error.text()));
    }
    DeviceAuthorizationSuccessResponse code = response.toSuccessResponse();
    return new Code(
        code.getUserCode().getValue(),
        code.getVerificationURI(),
        Optional.ofNullable(code.getVerificationURIComplete()),
        shorter(Duration.ofSeconds(code.getLifetime()), LONGEST_CODE),
        bounded(Duration.ofSeconds(code.getInterval())),
        code.getDeviceCode());
  }

  /**
   * Whether the person has consented by now. RFC 8628 §3.5: a pause that became longer stays so.
   *
   * @param pause what was waited before
   * @throws TokenTroubleException if the provider will not say later either
   */
  public Progress ask(OAuthClient client, Code code, Duration pause) throws TokenTroubleException {
    try {
      return new Progress.Given(exchange.given(client, new DeviceCodeGrant(code.secret())));
    } catch (TokenTroubleException e) {
      return switch (e.trouble().detail().split(" ", 2)[0]) {
        case "authorization_pending" -> new Progress.Waiting(pause, Optional.empty());
        case "slow_down" ->
            new Progress.Waiting(shorter(pause.plus(SLOWER), LONGEST_PAUSE), Optional.empty());
        case "access_denied", "authorization_declined" -> new Progress.Declined();
        case "expired_token", "bad_verification_code", "code_expired" -> new Progress.Expired();
        default -> unsaid(pause, e);
      };
    }
  }

  private static Progress unsaid(Duration pause, TokenTroubleException failure)
      throws TokenTroubleException {
    return switch (failure.trouble().kind()) {
      case CONNECT, TIMEOUT, PROVIDER_BUSY ->
          new Progress.Waiting(
              shorter(pause.multipliedBy(2), LONGEST_PAUSE), Optional.of(failure.trouble()));
      case TLS,
          REDIRECTED,
          NOT_AN_ANSWER,
          CLIENT_REFUSED,
          GRANT_REFUSED,
          TOKEN_TOO_LONG,
          CONSENT_ENDED,
          OTHER_REGISTRATION,
          NO_CONSENT,
          STORE,
          BUSY ->
          throw failure;
    };
  }

  private static Duration bounded(Duration pause) {
    return pause.compareTo(SHORTEST_PAUSE) < 0 ? SHORTEST_PAUSE : shorter(pause, LONGEST_PAUSE);
  }

  private static Duration shorter(Duration one, Duration other) {
    return one.compareTo(other) < 0 ? one : other;
  }
}
