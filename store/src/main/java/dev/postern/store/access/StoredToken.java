package dev.postern.store.access;

import java.security.MessageDigest;
import java.util.Arrays;
import java.util.Base64;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What is kept of an API token's text: its keyed digest, as {@code
 * $postern-api-token$k=KEY-ID$BASE64}. Prints nothing of it, and compares in constant time.
 *
 * @param keyId the pepper it was made under
 * @param tag 32 bytes; nobody changes them
 */
public record StoredToken(String keyId, byte[] tag) {
  private static final String FORM_NAME = "$postern-api-token$k=";
  private static final Pattern FORM =
      Pattern.compile("\\$postern-api-token\\$k=([A-Za-z0-9-]{1,32})\\$([A-Za-z0-9+/]{43})");

  /** Reads what {@link #print} writes; empty if it is something else. */
  public static Optional<StoredToken> parse(String text) {
    Matcher form = FORM.matcher(text);
    return form.matches()
        ? Optional.of(new StoredToken(form.group(1), Base64.getDecoder().decode(form.group(2))))
        : Optional.empty();
  }

  /** As it is stored. */
  public String print() {
    return beginning(keyId) + Base64.getEncoder().withoutPadding().encodeToString(tag);
  }

  /** How those under a pepper begin. */
  public static String beginning(String keyId) {
    return FORM_NAME + keyId + "$";
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof StoredToken(String otherId, byte[] otherTag)
        && keyId.equals(otherId)
        && MessageDigest.isEqual(tag, otherTag);
  }

  @Override
  public int hashCode() {
    return 31 * keyId.hashCode() + Arrays.hashCode(tag);
  }

  @Override
  public String toString() {
    return "StoredToken[" + keyId + "]";
  }
}
