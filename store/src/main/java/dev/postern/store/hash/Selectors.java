package dev.postern.store.hash;

import dev.postern.store.StoreConfig;
import dev.postern.store.auth.Secret;
import dev.postern.store.auth.StoredSecret;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * The 12-bit selectors that stand beside hardened secrets: HMAC-SHA-256 under a pepper over a label
 * of its own, the user's id and the secret, each with its length before it, and of it the first 12
 * bits.
 *
 * <p>One microsecond for each pepper says of a wrong secret, but for one in 4096, that no Argon2id
 * is worth trying. It tells nobody else more than that: 12 bits of 80 or more. Safe on event loops
 * and for several threads.
 */
public final class Selectors {
  private static final byte[] LABEL =
      "postern app-password selector 1".getBytes(StandardCharsets.US_ASCII);

  private final List<String> keyIds;
  private final ThreadLocal<Mac[]> macs;

  /**
   * @param peppers those in force, newest last, at least one
   */
  public Selectors(List<StoreConfig.Key> peppers) {
    List<StoreConfig.Key> keys = List.copyOf(peppers);
    this.keyIds = keys.stream().map(StoreConfig.Key::id).toList();
    this.macs =
        ThreadLocal.withInitial(() -> keys.stream().map(Selectors::hmac).toArray(Mac[]::new));
  }

  /**
   * The selectors of an entered secret, under every pepper in force.
   *
   * @param userId 32 hexadecimal digits
   */
  public Selection of(String userId, Secret secret) {
    byte[] message = message(userId, secret);
    Mac[] mine = macs.get();
    int[] selectors = new int[mine.length];
    for (int i = 0; i < mine.length; i++) {
      selectors[i] = first12Bits(mine[i].doFinal(message));
    }
    Arrays.fill(message, (byte) 0);
    return new Selection(keyIds, selectors);
  }

  private static int first12Bits(byte[] tag) {
    int bits = (tag[0] & 0xff) << 4 | (tag[1] & 0xff) >> 4;
    Arrays.fill(tag, (byte) 0);
    return bits;
  }

  private static byte[] message(String userId, Secret secret) {
    byte[] id = HexFormat.of().parseHex(userId);
    return secret.expose(bytes ->
        ByteBuffer.allocate(3 * Integer.BYTES + LABEL.length + id.length + bytes.length)
            .putInt(LABEL.length)
            .put(LABEL)
            .putInt(id.length)
            .put(id)
            .putInt(bytes.length)
            .put(bytes)
            .array());
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

  /** Which hardened secrets are worth an Argon2id. */
  public static final class Selection {
    private final List<String> keyIds;
    private final int[] selectors;

    private Selection(List<String> keyIds, int[] selectors) {
      this.keyIds = keyIds;
      this.selectors = selectors;
    }

    /** Whether that one may be of the secret; never under a pepper that is not in force. */
    public boolean picks(StoredSecret.Hardened stored) {
      int index = keyIds.indexOf(stored.keyId());
      return index >= 0 && selectors[index] == stored.selector();
    }

    /** The selector under a pepper in force. */
    int under(String keyId) {
      return selectors[keyIds.indexOf(keyId)];
    }
  }
}
