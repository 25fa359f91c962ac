package dev.postern.store.auth;

import dev.postern.store.seal.Sealed;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.Base64;
import java.util.HexFormat;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What is kept of an app password: one self-describing string in the manner of the PHC string
 * format. Each form is a record here; {@link #parse} and {@link #print} are the only places that
 * know how a form is written.
 *
 * <p>No form prints what it keeps, and all compare in constant time. Arrays are not copied: nobody
 * changes them.
 */
public sealed interface StoredSecret {

  /** More characters than this are no stored secret. */
  int LONGEST = 2048;

  /**
   * HMAC-SHA-256 under a pepper, see {@link KeyedDigest}: {@code
   * $postern-hmac-sha256$k=KEY-ID$BASE64}, with {@code ,o=typed} behind the key id if it is not
   * over an entry in our alphabet.
   *
   * @param keyId the pepper it was made under
   * @param tag 32 bytes
   * @param over what was digested
   */
  record Keyed(String keyId, byte[] tag, Over over) implements StoredSecret {
    static final int TAG_LENGTH = 32;
    private static final Pattern FORM =
        Pattern.compile(
            "\\$postern-hmac-sha256\\$k=([A-Za-z0-9-]{1,32})(,o=typed)?\\$([A-Za-z0-9+/]{43})");

    public Keyed {
      if (tag.length != TAG_LENGTH) {
        throw new IllegalArgumentException("a tag has 32 bytes, not " + tag.length);
      }
    }

    /** Over an entry in our alphabet, as all secrets that are made here. */
    public Keyed(String keyId, byte[] tag) {
      this(keyId, tag, Over.ENTERED);
    }

    @Override
    public boolean equals(@Nullable Object other) {
      return other instanceof Keyed(String otherId, byte[] otherTag, Over otherOver)
          && keyId.equals(otherId)
          && over == otherOver
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

  /** Which bytes a keyed digest is over. */
  enum Over {
    /** What {@link AppPasswordShape} reads in the entry: separators dropped, case folded. */
    ENTERED,
    /** The bytes as typed: a secret that another system made, whose alphabet we do not know. */
    TYPED
  }

  /**
   * Argon2id (version 19) with a pepper as its secret input, see {@link
   * dev.postern.store.hash.Hardening}: {@code
   * $postern-argon2id$v=19$k=KEY-ID,m=KIB,t=PASSES,p=LANES,s=SELECTOR$SALT$HASH}.
   *
   * <p>The selector says without an Argon2id which few secrets are worth one. It has 12 bits and
   * must never have more: a long one would be a fast verifier beside the slow one.
   *
   * @param keyId the pepper it was made under
   * @param memory KiB, at most 256 MiB
   * @param passes 1–10
   * @param lanes 1–4
   * @param selector 12 bits, see {@link dev.postern.store.hash.Selectors}
   * @param salt 16 bytes
   * @param hash 32 bytes
   */
  record Hardened(
      String keyId, int memory, int passes, int lanes, int selector, byte[] salt, byte[] hash)
      implements StoredSecret {
    /** Number of values that a selector has. */
    public static final int SELECTORS = 1 << 12;

    public static final int SALT_LENGTH = 16;
    public static final int HASH_LENGTH = 32;
    public static final int MOST_MEMORY = 256 * 1024;
    public static final int MOST_PASSES = 10;
    public static final int MOST_LANES = 4;
    private static final Pattern FORM =
        Pattern.compile(
            "\\$postern-argon2id\\$v=19\\$k=([A-Za-z0-9-]{1,32}),m=([1-9][0-9]{0,6}),"
                + "t=([1-9][0-9]?),p=([1-9]),s=([0-9a-f]{3})"
                + "\\$([A-Za-z0-9+/]{22})\\$([A-Za-z0-9+/]{43})");

    public Hardened {
      if (memory < 8 * lanes || memory > MOST_MEMORY) {
        throw new IllegalArgumentException("Argon2id here takes 8 KiB a lane to 256 MiB");
      }
      if (passes < 1 || passes > MOST_PASSES || lanes < 1 || lanes > MOST_LANES) {
        throw new IllegalArgumentException("Argon2id here has 1 to 10 passes and 1 to 4 lanes");
      }
      if (selector < 0 || selector >= SELECTORS) {
        throw new IllegalArgumentException("a selector has 12 bits");
      }
      if (salt.length != SALT_LENGTH || hash.length != HASH_LENGTH) {
        throw new IllegalArgumentException("a salt has 16 bytes and a hash 32");
      }
    }

    @Override
    public boolean equals(@Nullable Object other) {
      return other instanceof Hardened that
          && keyId.equals(that.keyId)
          && memory == that.memory
          && passes == that.passes
          && lanes == that.lanes
          && selector == that.selector
          && MessageDigest.isEqual(salt, that.salt)
          && MessageDigest.isEqual(hash, that.hash);
    }

    @Override
    public int hashCode() {
      return 31 * keyId.hashCode() + Arrays.hashCode(salt);
    }

    @Override
    public String toString() {
      return "Hardened[" + keyId + "]";
    }
  }

  /**
   * A hash that another system made, sealed, so that a dump of the database gives nothing to crack:
   * {@code $postern-imported$SEALED}. What comes out is read by {@link
   * dev.postern.store.hash.SlowHash#parse}.
   *
   * @param sealedText the text of a {@link Sealed}
   */
  record Imported(String sealedText) implements StoredSecret {
    private static final String PREFIX = "$postern-imported$";
    private static final Pattern FORM =
        Pattern.compile("\\$postern-imported\\$([A-Za-z0-9:+/=-]{1," + (LONGEST - 18) + "})");

    /** Where the hash of that app password is sealed to. */
    public static Sealed.Place place(String credentialId, String userId) {
      return new Sealed.Place("app_passwords", credentialId, userId, "", "secret", 0);
    }

    /** To open it, as that of an app password. */
    public Sealed sealed(String credentialId, String userId) {
      return new Sealed(sealedText, place(credentialId, userId));
    }

    @Override
    public boolean equals(@Nullable Object other) {
      return other instanceof Imported(String otherText)
          && MessageDigest.isEqual(
              sealedText.getBytes(StandardCharsets.UTF_8),
              otherText.getBytes(StandardCharsets.UTF_8));
    }

    @Override
    public int hashCode() {
      return sealedText.hashCode();
    }

    @Override
    public String toString() {
      return "Imported";
    }
  }

  /** Reads a stored string; empty if it has no form that is known here, or is out of bounds. */
  static Optional<StoredSecret> parse(String text) {
    if (text.length() > LONGEST) {
      return Optional.empty();
    }
    try {
      Matcher keyed = Keyed.FORM.matcher(text);
      if (keyed.matches()) {
        Over over = keyed.group(2) == null ? Over.ENTERED : Over.TYPED;
        return Optional.of(new Keyed(keyed.group(1), decode(keyed.group(3)), over));
      }
      Matcher hardened = Hardened.FORM.matcher(text);
      if (hardened.matches()) {
        return Optional.of(
            new Hardened(
                hardened.group(1),
                Integer.parseInt(hardened.group(2)),
                Integer.parseInt(hardened.group(3)),
                Integer.parseInt(hardened.group(4)),
                HexFormat.fromHexDigits(hardened.group(5)),
                decode(hardened.group(6)),
                decode(hardened.group(7))));
      }
      Matcher imported = Imported.FORM.matcher(text);
      return imported.matches() ? Optional.of(new Imported(imported.group(1))) : Optional.empty();
    } catch (IllegalArgumentException _) {
      return Optional.empty();
    }
  }

  /** The string to store. */
  default String print() {
    return switch (this) {
      case Keyed(String keyId, byte[] tag, Over over) ->
          "$postern-hmac-sha256$k="
              + keyId
              + switch (over) {
                case ENTERED -> "";
                case TYPED -> ",o=typed";
              }
              + "$"
              + encode(tag);
      case Hardened hardened ->
          "$postern-argon2id$v=19$k="
              + hardened.keyId()
              + ",m="
              + hardened.memory()
              + ",t="
              + hardened.passes()
              + ",p="
              + hardened.lanes()
              + ",s="
              + HexFormat.of().toHexDigits(hardened.selector(), 3)
              + "$"
              + encode(hardened.salt())
              + "$"
              + encode(hardened.hash());
      case Imported(String sealedText) -> Imported.PREFIX + sealedText;
    };
  }

  private static byte[] decode(String base64) {
    return Base64.getDecoder().decode(base64);
  }

  private static String encode(byte[] bytes) {
    return Base64.getEncoder().withoutPadding().encodeToString(bytes);
  }
}
