package dev.postern.store.oauth;

import dev.postern.store.oauth.TokenTrouble.Kind;
import dev.postern.store.oauth.TokenTrouble.TokenTroubleException;
import java.time.Clock;
import java.time.Duration;
import java.util.Optional;

/**
 * Asks providers for what can be had without a person, without a database; for operators. A token
 * that it is given is wiped at once. Methods block for up to twenty seconds. Safe for use by
 * several threads.
 */
public final class ProviderCheck implements AutoCloseable {
  /** Begins the detail of a trouble that nobody but us can mend. */
  public static final String FAULT = "a fault of ours";

  /** For each of two exchanges: one may be for the discovery document. */
  private static final Duration EXCHANGE = Duration.ofSeconds(10);

  private final ProviderHttp http = new ProviderHttp(EXCHANGE);
  private final TokenExchange exchange;

  /** What came of it. */
  public sealed interface Finding {

    /** The provider gave a token. */
    record Token() implements Finding {}

    /** It answers; whether it gives tokens would be seen with a mailbox or a person's consent. */
    record Answers() implements Finding {}

    /** No login can have a token. */
    record Bad(TokenTrouble trouble) implements Finding {}
  }

  /**
   * @param clock for what is signed
   */
  public ProviderCheck(Clock clock) {
    this.exchange = new TokenExchange(http, clock);
  }

  /**
   * Asks the provider of one registration.
   *
   * @param mailbox to ask a token for, where each mailbox has its own
   */
  public Finding ask(OAuthClient client, Optional<String> mailbox) {
    try {
      return switch (client.flow()) {
        case OAuthFlow.ClientCredentials() -> wiped(exchange.forClient(client));
        case OAuthFlow.ServiceAccount signer ->
            mailbox.isPresent()
                ? wiped(exchange.forMailbox(client, signer, mailbox.get()))
                : ofEndpoint(exchange.errorToOwnName(client, signer));
        case OAuthFlow.Consent _ -> ofConsent(exchange.errorToNone(client));
      };
    } catch (TokenTroubleException e) {
      return new Finding.Bad(e.trouble());
    } catch (RuntimeException fault) {
      // Its message may quote what we sent; the other providers are asked all the same.
      return new Finding.Bad(
          new TokenTrouble(Kind.STORE, FAULT + ": " + fault.getClass().getSimpleName()));
    }
  }

  private static Finding wiped(Minted minted) {
    minted.accessToken().close();
    minted.refreshToken().ifPresent(token -> token.close());
    return new Finding.Token();
  }

  /** An error that RFC 6749 §5.2 knows is an answer; but for one that says to come later. */
  private static Finding ofEndpoint(Optional<ProviderError> error) {
    return error
        .filter(known -> known.kind() == Kind.PROVIDER_BUSY)
        .<Finding>map(ProviderCheck::bad)
        .orElseGet(Finding.Answers::new);
  }

  /** Who does not take our registration or scopes will not take a good token with them either. */
  private static Finding ofConsent(Optional<ProviderError> error) {
    return error
        .filter(known -> known.isOfClient() || known.isOfScopes())
        .<Finding>map(ProviderCheck::bad)
        .orElseGet(() -> ofEndpoint(error));
  }

  private static Finding.Bad bad(ProviderError error) {
    Kind kind = error.isOfClient() ? Kind.CLIENT_REFUSED : error.kind();
    return new Finding.Bad(new TokenTrouble(kind, error.text()));
  }

  @Override
  public void close() {
    http.close();
  }
}
