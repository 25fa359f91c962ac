package dev.postern.store.testing;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;

/** ID tokens for a {@link ScriptedProvider}; what stands for their signature is none. */
public final class ScriptedIdToken {
  private ScriptedIdToken() {}

  /**
   * For the client {@code postern}, until an hour after that.
   *
   * @param claims more of them, a JSON object
   */
  public static String of(Instant now, String claims) {
    return raw(
        "RS256",
        "{\"aud\":\"postern\",\"exp\":%d,%s"
            .formatted(now.plus(Duration.ofHours(1)).getEpochSecond(), claims.substring(1)));
  }

  /** With those claims and no others. */
  public static String raw(String algorithm, String claims) {
    return base64("{\"alg\":\"" + algorithm + "\"}")
        + "."
        + base64(claims)
        + "."
        + (algorithm.equals("none") ? "" : base64("signature"));
  }

  private static String base64(String text) {
    return Base64.getUrlEncoder()
        .withoutPadding()
        .encodeToString(text.getBytes(StandardCharsets.UTF_8));
  }
}
