package dev.postern.gateway.sasl;

import dev.postern.store.auth.Secret;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Reads the challenge in which a server refuses an access token, RFC 7628 §3.2.2: base64 of a JSON
 * object. Nothing of it is of use to us but its status, and only if that is a plain word: anywhere
 * else a server may repeat the token. Total: what cannot be read has no status.
 */
final class TokenRefusal {
  private static final Pattern STATUS =
      Pattern.compile("\"status\"\\s*+:\\s*+(?:\"([a-z0-9_]{1,40})\"|([0-9]{1,40}+)(?=[\\s,}]))");

  private TokenRefusal() {}

  /**
   * The status, such as {@code invalid_token} or {@code 401}.
   *
   * @param challenge as it stood on the line, at most {@value SaslWire#MAX_RESPONSE} characters
   */
  static Optional<String> status(String challenge) {
    return switch (SaslWire.read(Secret.owning(challenge.getBytes(StandardCharsets.ISO_8859_1)))) {
      case SaslWire.Response.Message(Secret json) -> {
        try (json) {
          yield json.expose(TokenRefusal::find);
        }
      }
      case SaslWire.Response.Cancel _, SaslWire.Response.Garbage _ -> Optional.empty();
    };
  }

  private static Optional<String> find(byte[] json) {
    Matcher status = STATUS.matcher(new String(json, StandardCharsets.ISO_8859_1));
    if (!status.find()) {
      return Optional.empty();
    }
    return Optional.ofNullable(status.group(1)).or(() -> Optional.ofNullable(status.group(2)));
  }
}
