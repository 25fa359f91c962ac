package dev.postern.store.access;

import dev.postern.store.StoreConfig;
import dev.postern.store.auth.Secret;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * The keyed digest of API tokens: HMAC-SHA-256 under a pepper, over a byte that says that it is
 * one, the 12 characters of its id, and the 32 of its secret. The first byte is another than in the
 * digests of app passwords ({@code KeyedCheck}), so that none is ever the other. About a
 * microsecond; safe on event loops and for use by several threads, which have their own {@link
 * Mac}s.
 */
public final class TokenDigest {
  private static final String HMAC = "HmacSHA256";

  /** Those of app passwords begin with 1 and 2. */
  private static final byte API_TOKEN = 3;

  private final Supplier<String> active;
  private final ThreadLocal<Map<String, Mac>> macs;

  /**
   * @param peppers those that are held
   * @param active the id of the one for new tokens, among them; it may become another at any time
   */
  public TokenDigest(List<StoreConfig.Key> peppers, Supplier<String> active) {
    Map<String, SecretKeySpec> keys =
        peppers.stream()
            .collect(
                Collectors.toMap(
                    StoreConfig.Key::id,
                    key -> key.bytes().expose(bytes -> new SecretKeySpec(bytes, HMAC))));
    this.active = active;
    this.macs =
        ThreadLocal.withInitial(() ->
            keys.entrySet().stream()
                .collect(Collectors.toMap(Map.Entry::getKey, entry -> mac(entry.getValue()))));
  }

  /** What to store of a token's text, under the active pepper. */
  public StoredToken store(Secret text) {
    return text.expose(this::store);
  }

  StoredToken store(byte[] text) {
    String keyId = active.get();
    Mac mac =
        mac(keyId)
            .orElseThrow(() -> new IllegalStateException("there is no pepper " + keyId + " here"));
    return new StoredToken(keyId, tag(mac, text));
  }

  /**
   * Whether that text was stored so; false, after the same work, if its pepper is not held.
   *
   * @param text of the right form
   */
  boolean matches(byte[] text, StoredToken stored) {
    Optional<Mac> own = mac(stored.keyId());
    Mac mac = own.or(() -> mac(active.get())).orElseThrow();
    boolean isEqual = MessageDigest.isEqual(tag(mac, text), stored.tag());
    return isEqual && own.isPresent();
  }

  /** Whether it is under the active pepper. */
  boolean isActive(StoredToken stored) {
    return stored.keyId().equals(active.get());
  }

  /** What matches nothing. */
  StoredToken decoy() {
    // No two tags of 32 bytes are alike by chance: this is nobody's.
    return new StoredToken(active.get(), new byte[32]);
  }

  private Optional<Mac> mac(String keyId) {
    return Optional.ofNullable(macs.get().get(keyId));
  }

  private static byte[] tag(Mac mac, byte[] text) {
    byte[] message = new byte[1 + TokenText.ID_LENGTH + TokenText.SECRET_LENGTH];
    message[0] = API_TOKEN;
    TokenText.copy(text, message, 1);
    byte[] tag = mac.doFinal(message);
    Arrays.fill(message, (byte) 0);
    return tag;
  }

  private static Mac mac(SecretKeySpec key) {
    try {
      Mac mac = Mac.getInstance(HMAC);
      mac.init(key);
      return mac;
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("this Java has no HMAC-SHA-256", e);
    }
  }
}
