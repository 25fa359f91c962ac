package dev.postern.gateway.sasl;

import dev.postern.gateway.dialogue.UpstreamPlan.UpstreamCredentials.Bearer;
import dev.postern.store.auth.Secret;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Base64;
import java.util.Optional;

/**
 * An OAuth 2.0 access token towards an upstream: one message, as initial response or as the answer
 * to the one empty challenge. A server that refuses the token may say so in a challenge of its own,
 * RFC 7628 §3.2.2; it gets the mechanism's empty answer, and then its refusal is due.
 *
 * <pre>
 *   UNSENT ──message──► SENT ──challenge, empty answer──► REFUSED ──challenge──► cancelled
 * </pre>
 */
abstract sealed class TokenClient implements SaslClient permits OAuthBearerClient, XOauth2Client {
  /** What separates the parts of a message, and what ends it twice. */
  static final char SEPARATOR = 1;

  private final Bearer credentials;
  private Turn turn = Turn.UNSENT;
  private Optional<String> status = Optional.empty();

  private enum Turn {
    UNSENT,
    SENT,
    REFUSED
  }

  TokenClient(Bearer credentials) {
    this.credentials = credentials;
  }

  /** What stands before the token. */
  abstract String opening(Bearer credentials);

  /** What a client says that has understood that its token is refused; not in base64. */
  abstract String answerToRefusal();

  @Override
  public final Optional<Secret> initialResponse() {
    return turn == Turn.UNSENT ? Optional.of(message()) : Optional.empty();
  }

  @Override
  public final Optional<Secret> respond(String challenge) {
    return switch (turn) {
      case UNSENT -> Optional.of(message());
      case SENT -> {
        turn = Turn.REFUSED;
        status = TokenRefusal.status(challenge).filter(word -> !isOfToken(word));
        yield Optional.of(encode(answerToRefusal().getBytes(StandardCharsets.US_ASCII)));
      }
      case REFUSED -> Optional.empty();
    };
  }

  @Override
  public final boolean isComplete() {
    return turn == Turn.SENT;
  }

  @Override
  public final boolean isRefused() {
    return turn == Turn.REFUSED;
  }

  @Override
  public final String tellingStatus() {
    return status.map(word -> ", status " + word).orElse("");
  }

  /** Whether a word could be the token that we sent, or a piece of it. */
  private boolean isOfToken(String word) {
    byte[] said = word.getBytes(StandardCharsets.US_ASCII);
    return credentials.token().expose(token -> isIn(token, said) || isIn(said, token));
  }

  private static boolean isIn(byte[] whole, byte[] part) {
    for (int from = 0; from <= whole.length - part.length; from++) {
      if (Arrays.equals(whole, from, from + part.length, part, 0, part.length)) {
        return true;
      }
    }
    return false;
  }

  private Secret message() {
    turn = Turn.SENT;
    return credentials.token().expose(this::message);
  }

  private Secret message(byte[] token) {
    byte[] opening = opening(credentials).getBytes(StandardCharsets.UTF_8);
    byte[] message = new byte[opening.length + token.length + 2];
    ByteBuffer.wrap(message).put(opening).put(token).put((byte) SEPARATOR).put((byte) SEPARATOR);
    Secret base64 = encode(message);
    Arrays.fill(message, (byte) 0);
    return base64;
  }

  private static Secret encode(byte[] bytes) {
    return Secret.owning(Base64.getEncoder().encode(bytes));
  }
}
