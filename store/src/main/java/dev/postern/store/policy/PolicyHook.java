package dev.postern.store.policy;

import dev.postern.store.SecretUrl;
import dev.postern.store.auth.Secret;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * Where the policy service is, and what happens without its answer.
 *
 * @param url {@code https}, or {@code http} on loopback
 * @param timeout from the question to the last byte of the answer
 * @param token sent as a bearer token
 */
public record PolicyHook(URI url, Duration timeout, OnFailure onFailure, Optional<Secret> token) {

  private static final Pattern VISIBLE = Pattern.compile("[!-~]+");

  /** The longest that a client could be made to wait. */
  public static final Duration LONGEST_TIMEOUT = Duration.ofSeconds(10);

  /** What becomes of a login when there is no answer, or none that makes sense. */
  public enum OnFailure {
    /** It goes on. */
    ALLOW,
    /** The client is told to try again later. */
    REFUSE;

    private final String word = name().toLowerCase(Locale.ROOT);

    /** As in the configuration. */
    public String word() {
      return word;
    }
  }

  public PolicyHook {
    if (!isFit(url)) {
      throw new IllegalArgumentException(
          "the policy service must be reached by https, or by http on this machine");
    }
    if (!timeout.isPositive() || timeout.compareTo(LONGEST_TIMEOUT) > 0) {
      throw new IllegalArgumentException("the policy service may take up to " + LONGEST_TIMEOUT);
    }
    if (!token.map(PolicyHook::isFit).orElse(true)) {
      throw new IllegalArgumentException("the token for the policy service is no header's value");
    }
  }

  /** Whether it is the same service, asked in the same way. */
  boolean isSame(PolicyHook other) {
    return url.equals(other.url)
        && timeout.equals(other.timeout)
        && onFailure == other.onFailure
        && token.isPresent() == other.token.isPresent()
        && token.map(own -> own.matches(other.token.orElseThrow())).orElse(true);
  }

  /** Whether a token can be sent: a line of visible ASCII, whose end is not sent. */
  public static boolean isFit(Secret token) {
    return token.expose(bytes -> VISIBLE.matcher(text(bytes)).matches());
  }

  /** Without the line end that files have. */
  static String text(byte[] token) {
    return new String(token, StandardCharsets.ISO_8859_1).strip();
  }

  /** Whether a service may be asked there: what is said about logins is for nobody else. */
  public static boolean isFit(URI url) {
    return SecretUrl.isFit(url);
  }
}
