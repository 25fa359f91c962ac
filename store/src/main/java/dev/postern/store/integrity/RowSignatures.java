package dev.postern.store.integrity;

import dev.postern.store.StoreConfig;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
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
 * sealing/ID}. Those go on being accepted once there is one of its own, until the rows are signed
 * anew.
 */
public final class RowSignatures {
  private static final String HMAC = "HmacSHA256";
  private static final byte[] DERIVATION =
      "postern integrity key 1".getBytes(StandardCharsets.US_ASCII);

  private final String newest;
  private final ThreadLocal<Map<String, Mac>> macs;

  /**
   * @param integrityKeys newest last, perhaps none
   * @param sealingKeys newest last, at least one
   */
  public RowSignatures(List<StoreConfig.Key> integrityKeys, List<StoreConfig.Key> sealingKeys) {
    Map<String, SecretKeySpec> keys = new LinkedHashMap<>();
    sealingKeys.forEach(key -> keys.put("sealing/" + key.id(), derived(key)));
    integrityKeys.forEach(key -> keys.put(key.id(), key.bytes().expose(RowSignatures::hmacKey)));
    this.newest = keys.keySet().stream().reduce((_, later) -> later).orElseThrow();
    this.macs =
        ThreadLocal.withInitial(() ->
            keys.entrySet().stream()
                .collect(Collectors.toMap(Map.Entry::getKey, entry -> mac(entry.getValue()))));
  }

  /** The signature to store beside such a row. */
  public String sign(RowFacts facts) {
    return newest + ":" + Base64.getEncoder().encodeToString(tag(mine(newest), facts));
  }

  /** Whether {@code signature} was made of just these facts, under a key that is held here. */
  public boolean isRight(RowFacts facts, @Nullable String signature) {
    int colon = signature == null ? -1 : signature.indexOf(':');
    if (signature == null || colon < 0) {
      return false;
    }
    Mac mac = macs.get().get(signature.substring(0, colon));
    if (mac == null) {
      return false;
    }
    try {
      return MessageDigest.isEqual(
          tag(mac, facts), Base64.getDecoder().decode(signature.substring(colon + 1)));
    } catch (IllegalArgumentException _) {
      return false;
    }
  }

  /** Whether a signature was made under the key that new ones are made with. */
  public boolean isNewest(String signature) {
    return signature.startsWith(newest + ":");
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
