package dev.postern.gateway.sasl;

import dev.postern.store.auth.Secret;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/** Puts a secret between texts on one line, without it ever being a text itself. */
public final class SecretLine {
  private SecretLine() {}

  /**
   * {@code before}, the secret, {@code after}; the secret is wiped.
   *
   * @param before ISO 8859-1, each character one byte
   * @param after as {@code before}; normally the line end
   */
  public static Secret of(String before, Secret secret, String after) {
    try (secret) {
      return secret.expose(bytes -> join(before, bytes, after));
    }
  }

  private static Secret join(String before, byte[] secret, String after) {
    byte[] line = new byte[before.length() + secret.length + after.length()];
    ByteBuffer.wrap(line)
        .put(before.getBytes(StandardCharsets.ISO_8859_1))
        .put(secret)
        .put(after.getBytes(StandardCharsets.ISO_8859_1));
    return Secret.owning(line);
  }
}
