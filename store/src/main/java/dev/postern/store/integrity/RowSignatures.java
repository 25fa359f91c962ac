package dev.postern.store.integrity;

import dev.postern.store.StoreConfig;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.jspecify.annotations.Nullable;

/**
 * Signs rows and checks their signatures: HMAC-SHA-256 over {@link RowFacts}, written as {@code
 * KEY-ID:BASE64}. A few microseconds; safe for use by several threads, which have their own {@link
 * Mac}s.
 *
 * <p>A site that has no integrity key of its own gets one from each sealing key, named {@code
 * sealing/ID}. Those that rows were signed with go on being accepted once there is one of its own,
 * until the rows are signed anew; {@link #retire} ends them, and all others.
 */
public final class RowSignatures {
  private static final String HMAC = "HmacSHA256";
  private static final byte[] DERIVATION =
      "postern integrity key 1".getBytes(StandardCharsets.US_ASCII);

  private final Supplier<String> active;
  private final ThreadLocal<Map<String, Mac>> macs;
  private volatile Set<String> retired = Set.of();

  /**
   * Signs with the newest key.
   *
   * @param integrityKeys newest last, perhaps none
   * @param sealingKeys newest last, at least one
   */
  public RowSignatures(List<StoreConfig.Key> integrityKeys, List<StoreConfig.Key> sealingKeys) {
    this(
        integrityKeys,
        sealingKeys,
        integrityKeys.isEmpty()
            ? () -> derivedId(sealingKeys.getLast().id())
            : () -> integrityKeys.getLast().id());
  }

  /**
   * @param integrityKeys newest last, perhaps none
   * @param sealingKeys newest last, at least one
   * @param active the id of the key to sign with
   */
  public RowSignatures(
      List<StoreConfig.Key> integrityKeys,
      List<StoreConfig.Key> sealingKeys,
      Supplier<String> active) {
    Map<String, SecretKeySpec> keys = new LinkedHashMap<>();
    sealingKeys.forEach(key -> keys.put(derivedId(key.id()), derived(key)));
    integrityKeys.forEach(key -> keys.put(key.id(), key.bytes().expose(RowSignatures::hmacKey)));
    this.active = active;
    this.macs =
        ThreadLocal.withInitial(() ->
            keys.entrySet().stream()
                .collect(Collectors.toMap(Map.Entry::getKey, entry -> mac(entry.getValue()))));
  }

  /** What the key is called that a sealing key yields. */
  public static String derivedId(String sealingKeyId) {
    return "sealing/" + sealingKeyId;
  }

  /** Whether an integrity key comes from a sealing key. */
  public static boolean isDerived(String keyId) {
    return keyId.startsWith(derivedId(""));
  }

  /** Does not believe signatures under those keys any more. */
  public void retire(Set<String> keyIds) {
    retired = Set.copyOf(keyIds);
  }

  /** The signature to store beside such a row. */
  public String sign(RowFacts facts) {
    String keyId = active.get();
    return keyId + ":" + Base64.getEncoder().encodeToString(tag(mine(keyId), facts));
  }

  /** Whether {@code signature} was made of just these facts, under a key that is held here. */
  public boolean isRight(RowFacts facts, @Nullable String signature) {
    int colon = signature == null ? -1 : signature.indexOf(':');
    if (signature == null || colon < 0) {
      return false;
    }
    String keyId = signature.substring(0, colon);
    Mac mac = macs.get().get(keyId);
    if (mac == null || retired.contains(keyId)) {
      return false;
    }
    try {
      return MessageDigest.isEqual(
          tag(mac, facts), Base64.getDecoder().decode(signature.substring(colon + 1)));
    } catch (IllegalArgumentException _) {
      return false;
    }
  }

  private Mac mine(String keyId) {
    Mac mac = macs.get().get(keyId);
    if (mac == null) {
      throw new IllegalStateException("there is no integrity key " + keyId);
    }
    return mac;
  }

  private static byte[] tag(Mac mac, RowFacts facts) {
    return mac.doFinal(facts.toBytes());
  }

  private static SecretKeySpec derived(StoreConfig.Key sealingKey) {
    return hmacKey(mac(sealingKey.bytes().expose(RowSignatures::hmacKey)).doFinal(DERIVATION));
  }

  private static SecretKeySpec hmacKey(byte[] bytes) {
    return new SecretKeySpec(bytes, HMAC);
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
