package dev.postern.store.auth;

import java.security.MessageDigest;
import java.util.Arrays;
import java.util.Base64;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What is kept of an app password: one self-describing string in the manner of the PHC string
 * format. Each form is a record here; {@link #parse} and {@link #print} are the only places that
 * know how a form is written.
 */
public sealed interface StoredSecret {

  /**
   * HMAC-SHA-256 under a pepper, see {@link KeyedDigest}: {@code
   * $postern-hmac-sha256$k=KEY-ID$BASE64}.
   *
   * @param keyId the pepper it was made under
   * @param tag 32 bytes; not copied, nobody changes them
   */
  record Keyed(String keyId, byte[] tag) implements StoredSecret {
    static final int TAG_LENGTH = 32;
    private static final Pattern FORM =
        Pattern.compile("\\$postern-hmac-sha256\\$k=([A-Za-z0-9-]{1,32})\\$([A-Za-z0-9+/]{43})");

    public Keyed {
      if (tag.length != TAG_LENGTH) {
        throw new IllegalArgumentException("a tag has 32 bytes, not " + tag.length);
      }
    }

    @Override
    public boolean equals(@Nullable Object other) {
      return other instanceof Keyed(String otherId, byte[] otherTag)
          && keyId.equals(otherId)
          && MessageDigest.isEqual(tag, otherTag);
    }

    @Override
    public int hashCode() {
      return 31 * keyId.hashCode() + Arrays.hashCode(tag);
    }

    @Override
    public String toString() {
      return "Keyed[" + keyId + "]";
    }
  }

  /** Reads a stored string; empty if it has no form that is known here. */
  static Optional<StoredSecret> parse(String text) {
    Matcher keyed = Keyed.FORM.matcher(text);
    if (!keyed.matches()) {
      return Optional.empty();
    }
    try {
      return Optional.of(new Keyed(keyed.group(1), Base64.getDecoder().decode(keyed.group(2))));
    } catch (IllegalArgumentException _) {
      return Optional.empty();
    }
  }

  /** The string to store. */
  default String print() {
    return switch (this) {
      case Keyed(String keyId, byte[] tag) ->
          "$postern-hmac-sha256$k="
              + keyId
              + "$"
              + Base64.getEncoder().withoutPadding().encodeToString(tag);
    };
  }
}
