package dev.postern.store.auth;

import java.nio.ByteBuffer;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.BitSet;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * Names for checks of one secret against one state of one user's app passwords: HMAC-SHA-256 under
 * a key that only this process has, and only while it runs. Nothing can be had from a name without
 * that key.
 */
final class CheckKeys {
  private static final String HMAC = "HmacSHA256";
  private final SecretKeySpec processKey;

  CheckKeys(SecureRandom random) {
    byte[] key = new byte[32];
    random.nextBytes(key);
    this.processKey = new SecretKeySpec(key, HMAC);
    Arrays.fill(key, (byte) 0);
  }

  /**
   * The same for the same user, app passwords, count of changes, and bytes typed; and for the same
   * ones that come first and that are tried at all, since which one matches depends on that.
   */
  Key of(CachedUser user, BitSet fitting, boolean isOwnTried, Secret typed) {
    byte[] credentials = user.credentialIds();
    byte[] first = fitting.toByteArray();
    byte[] message =
        typed.expose(bytes ->
            ByteBuffer.allocate(
                    2 * Long.BYTES
                        + 3 * Integer.BYTES
                        + 1
                        + credentials.length
                        + first.length
                        + bytes.length)
                .putLong(user.idHigh())
                .putLong(user.idLow())
                .putInt(user.generation())
                .putInt(credentials.length)
                .put(credentials)
                .putInt(first.length)
                .put(first)
                .put((byte) (isOwnTried ? 1 : 0))
                .put(bytes)
                .array());
    try {
      Mac mac = Mac.getInstance(HMAC);
      mac.init(processKey);
      ByteBuffer tag = ByteBuffer.wrap(mac.doFinal(message));
      return new Key(tag.getLong(), tag.getLong(), tag.getLong(), tag.getLong());
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("this Java has no HMAC-SHA-256", e);
    } finally {
      Arrays.fill(message, (byte) 0);
    }
  }

  /** 256 bits. */
  record Key(long first, long second, long third, long fourth) {
    @Override
    public String toString() {
      return "Key[***]";
    }
  }
}
