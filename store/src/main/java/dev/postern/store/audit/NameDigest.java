package dev.postern.store.audit;

import dev.postern.store.StoreConfig;
import dev.postern.store.auth.LoginName;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * Stands in for names that must not be kept: the first 16 bytes of an HMAC-SHA-256, under keys that
 * are made from the sealing keys. Whoever holds the database alone cannot test a guess.
 *
 * <p>The newest sealing key counts, so the same name has the same digest after a restart and on
 * every node, until there is a newer key; questions are asked under all of them.
 */
public final class NameDigest {
  private static final String ALGORITHM = "HmacSHA256";
  private static final int LENGTH = 16;
  private static final String ERASED = "erased-";

  /** Newest last. */
  private final List<SecretKeySpec> keys;

  /**
   * @param sealingKeys newest last, at least one
   */
  public NameDigest(List<StoreConfig.Key> sealingKeys) {
    this.keys = sealingKeys.stream().map(NameDigest::derived).toList();
  }

  /** What is kept of a name that nobody has. */
  public String of(LoginName name) {
    return digest(keys.getLast(), "name", name.value());
  }

  /** The same under every key there is, for finding what was kept before a newer key came. */
  public List<String> underAnyKey(LoginName name) {
    return keys.stream().map(key -> digest(key, "name", name.value())).toList();
  }

  /** What a user's id becomes when the user is erased: nobody's id, but the same everywhere. */
  public String pseudonym(String userId) {
    return ERASED + digest(keys.getLast(), "user", userId);
  }

  /** Whether an id is a {@link #pseudonym}. */
  public static boolean isPseudonym(String userId) {
    return userId.startsWith(ERASED);
  }

  private static SecretKeySpec derived(StoreConfig.Key key) {
    return key.bytes()
        .expose(bytes ->
            new SecretKeySpec(
                hmac(new SecretKeySpec(bytes, ALGORITHM), "postern audit names 1"), ALGORITHM));
  }

  private static String digest(SecretKeySpec key, String kind, String text) {
    return HexFormat.of().formatHex(Arrays.copyOf(hmac(key, kind + "\0" + text), LENGTH));
  }

  private static byte[] hmac(SecretKeySpec key, String message) {
    try {
      Mac mac = Mac.getInstance(ALGORITHM);
      mac.init(key);
      return mac.doFinal(message.getBytes(StandardCharsets.UTF_8));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("this Java has no HMAC-SHA-256", e);
    }
  }
}
