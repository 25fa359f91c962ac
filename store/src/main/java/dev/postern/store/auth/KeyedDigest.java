package dev.postern.store.auth;

import dev.postern.store.StoreConfig;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.function.Function;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * The keyed digest of app passwords: HMAC-SHA-256 under a pepper over a label, the user's immutable
 * id and the secret, each with its length before it.
 *
 * <p>The user is in the message so that one computation tests one user and not the whole table. The
 * secret is in the message and not in the key because HMAC pads short keys with zeros, so that two
 * keys would be one. About a microsecond for each pepper; safe on event loops: each thread has its
 * own {@link Mac}s, so there is no lock.
 */
public final class KeyedDigest {
  private static final byte[] LABEL = "postern app-password 1".getBytes(StandardCharsets.US_ASCII);
  private static final int USER_ID_LENGTH = 16;

  private final List<String> keyIds;
  private final ThreadLocal<Mac[]> macs;

  /**
   * @param peppers those in force, newest last, at least one
   */
  public KeyedDigest(List<StoreConfig.Key> peppers) {
    this(peppers, KeyedDigest::hmac);
  }

  KeyedDigest(List<StoreConfig.Key> peppers, Function<StoreConfig.Key, Mac> macOf) {
    List<StoreConfig.Key> keys = List.copyOf(peppers);
    if (keys.isEmpty()) {
      throw new IllegalArgumentException("there must be a pepper");
    }
    this.keyIds = keys.stream().map(StoreConfig.Key::id).toList();
    this.macs = ThreadLocal.withInitial(() -> keys.stream().map(macOf).toArray(Mac[]::new));
  }

  /** The form to store for a new secret, under the newest pepper. */
  public StoredSecret.Keyed store(String userId, Secret secret) {
    byte[] message = message(userId, secret);
    int newest = keyIds.size() - 1;
    byte[] tag = macs.get()[newest].doFinal(message);
    Arrays.fill(message, (byte) 0);
    return new StoredSecret.Keyed(keyIds.get(newest), tag);
  }

  /**
   * One tag for each pepper in force, always all of them, so that the work tells nothing.
   *
   * @param userId 32 hexadecimal digits
   */
  public Tags of(String userId, Secret secret) {
    byte[] message = message(userId, secret);
    Mac[] mine = macs.get();
    byte[][] tags = new byte[mine.length][];
    for (int i = 0; i < mine.length; i++) {
      tags[i] = mine[i].doFinal(message);
    }
    Arrays.fill(message, (byte) 0);
    return new Tags(keyIds, tags);
  }

  private static byte[] message(String userId, Secret secret) {
    byte[] id = HexFormat.of().parseHex(userId);
    if (id.length != USER_ID_LENGTH) {
      throw new IllegalArgumentException("a user id has 16 bytes, not " + id.length);
    }
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

  /** What an entered secret hashes to under each pepper. */
  public static final class Tags {
    private final List<String> keyIds;
    private final byte[][] tags;

    private Tags(List<String> keyIds, byte[][] tags) {
      this.keyIds = keyIds;
      this.tags = tags;
    }

    /** Whether {@code stored} was made of the same secret; in constant time for a known pepper. */
    public boolean match(StoredSecret.Keyed stored) {
      int index = keyIds.indexOf(stored.keyId());
      return index >= 0 && MessageDigest.isEqual(tags[index], stored.tag());
    }
  }
}
