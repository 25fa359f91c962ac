package dev.postern.store.oauth;

import com.nimbusds.oauth2.sdk.ParseException;
import com.nimbusds.oauth2.sdk.http.HTTPResponse;
import dev.postern.store.auth.Secret;
import dev.postern.store.oauth.TokenTrouble.TokenTroubleException;
import java.time.Duration;
import java.util.Optional;

/** A refresh whose answer is under way. Closing it breaks that off. For one thread at a time. */
final class Refreshing implements AutoCloseable {
  private final ProviderHttp.Exchange exchange;
  private final Reader reader;

  /** Makes tokens of an answer. */
  @FunctionalInterface
  interface Reader {
    Minted read(HTTPResponse answer) throws TokenTroubleException;
  }

  Refreshing(ProviderHttp.Exchange exchange, Reader reader) {
    this.exchange = exchange;
    this.reader = reader;
  }

  /**
   * What came of it.
   *
   * @throws TokenTroubleException if the provider refused, or gave nothing; if nothing came in
   *     time, it can be waited for once more
   */
  Refreshed within(Duration patience) throws TokenTroubleException {
    HTTPResponse answer = exchange.within(patience);
    try {
      return new Refreshed.Whole(reader.read(answer));
    } catch (TokenTroubleException e) {
      Optional<Secret> refreshToken = refreshToken(answer);
      if (refreshToken.isEmpty()) {
        throw e;
      }
      return new Refreshed.InPart(e.trouble(), refreshToken.get());
    }
  }

  /** Whether waiting once more would be in vain. */
  boolean isOver() {
    return exchange.isOver();
  }

  private static Optional<Secret> refreshToken(HTTPResponse answer) {
    try {
      return answer.getStatusCode() == HTTPResponse.SC_OK
              && answer.getBodyAsJSONObject().get("refresh_token") instanceof String token
              && token.length() <= TokenExchange.LONGEST_REFRESH_TOKEN
              && token.matches("[ -~]+")
          ? Optional.of(Secret.ofText(token))
          : Optional.empty();
    } catch (ParseException | RuntimeException _) {
      return Optional.empty();
    }
  }

  @Override
  public void close() {
    exchange.close();
  }
}
