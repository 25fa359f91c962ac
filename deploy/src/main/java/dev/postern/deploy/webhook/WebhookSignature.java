package dev.postern.deploy.webhook;

import dev.postern.store.auth.Secret;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.time.Instant;
import java.util.HexFormat;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/** By which a receiver knows that an event is ours, and of when: docs/webhooks.md. */
final class WebhookSignature {
  static final String HEADER = "Postern-Signature";
  private static final String HMAC = "HmacSHA256";

  private WebhookSignature() {}

  /** The header for a body that is sent at that time. */
  static String of(Secret secret, Instant at, String body) {
    long seconds = at.getEpochSecond();
    return "t=" + seconds + ",v1=" + mac(secret, seconds + "." + body);
  }

  /** An HMAC, in hexadecimal. */
  static String mac(Secret secret, String text) {
    byte[] signed = text.getBytes(StandardCharsets.UTF_8);
    return HexFormat.of().formatHex(secret.expose(key -> mac(key, signed)));
  }

  private static byte[] mac(byte[] key, byte[] signed) {
    try {
      Mac mac = Mac.getInstance(HMAC);
      mac.init(new SecretKeySpec(key, HMAC));
      return mac.doFinal(signed);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("this Java has no " + HMAC, e);
    }
  }
}
