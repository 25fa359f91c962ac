package dev.postern.store.auth;

import dev.postern.store.StoreConfig;
import java.security.GeneralSecurityException;
import java.util.List;
import java.util.function.Function;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * The keyed digest of app passwords: HMAC-SHA-256 under a pepper, over what {@link KeyedMessage}
 * says. Safe on event loops: about a quarter of a microsecond for each pepper, and each thread has
 * its own {@link Mac}s, so there is no lock.
 *
 * <p>It is Java's own HMAC. Keeping the states of the two key pads would halve the hashing, but the
 * one library that does so (Bouncy Castle) does not use the processor's SHA instructions and takes
 * three times as long; a copied {@code MessageDigest} costs as much as it saves.
 */
public final class KeyedDigest {
  private final List<String> keyIds;
  private final int active;
  private final ThreadLocal<KeyedCheck> checks;

  /**
   * @param peppers those in force, newest last, at least one; the newest is active
   */
  public KeyedDigest(List<StoreConfig.Key> peppers) {
    this(peppers, peppers.getLast().id());
  }

  /**
   * @param peppers those in force, at least one
   * @param activeKeyId the one for new secrets
   */
  public KeyedDigest(List<StoreConfig.Key> peppers, String activeKeyId) {
    this(peppers, activeKeyId, KeyedDigest::hmac);
  }

  KeyedDigest(
      List<StoreConfig.Key> peppers, String activeKeyId, Function<StoreConfig.Key, Mac> macOf) {
    List<StoreConfig.Key> keys = List.copyOf(peppers);
    this.keyIds = keys.stream().map(StoreConfig.Key::id).toList();
    this.active = keyIds.indexOf(activeKeyId);
    if (active < 0) {
      throw new IllegalArgumentException("pepper " + activeKeyId + " is not there");
    }
    this.checks =
        ThreadLocal.withInitial(() -> new KeyedCheck(keys.stream().map(macOf).toArray(Mac[]::new)));
  }

  /** The form to store for a new secret, under the active pepper. */
  public StoredSecret.Keyed store(String userId, Secret secret) {
    byte[] tag = secret.expose(bytes -> checks.get().tag(active, userId, bytes));
    return new StoredSecret.Keyed(keyIds.get(active), tag);
  }

  /**
   * Reads an entered secret and compares it with all app passwords of a user in keyed form. Hashes
   * once for each pepper in force, always all of them, so that the work tells nothing.
   *
   * @return the number of the one that matches, {@link FlatTags#NONE} if none does, {@link
   *     KeyedCheck#WRONG_SHAPE} if it cannot be an app password, which costs no hash
   */
  int compare(CachedUser user, Secret entered) {
    return entered.expose(bytes -> checks.get().compare(user, bytes));
  }

  private static Mac hmac(StoreConfig.Key key) {
    return key.bytes()
        .expose(bytes -> {
          try {
            Mac mac = Mac.getInstance("HmacSHA256");
            mac.init(new SecretKeySpec(bytes, "HmacSHA256"));
            return mac;
          } catch (GeneralSecurityException e) {
            throw new IllegalStateException("this Java has no HMAC-SHA-256", e);
          }
        });
  }
}
