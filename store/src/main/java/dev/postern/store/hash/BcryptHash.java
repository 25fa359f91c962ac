package dev.postern.store.hash;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.Base64;
import org.bouncycastle.crypto.digests.SHA256Digest;
import org.bouncycastle.crypto.generators.BCrypt;
import org.bouncycastle.crypto.macs.HMac;
import org.bouncycastle.crypto.params.KeyParameter;

/**
 * bcrypt: {@code $2a$}, {@code $2b$}, {@code $2y$}, which agree on every password without a NUL. As
 * the original it sees the first 72 bytes of a password alone.
 *
 * @param cost logarithm of the number of rounds
 * @param salt 16 bytes
 * @param hash 23 bytes
 */
record BcryptHash(Before before, int cost, byte[] salt, byte[] hash) implements SlowHash {
  /** More bytes than these do not count; among them is the NUL at the end. */
  private static final int MOST_BYTES = 72;

  /** What happens to the password before bcrypt. */
  enum Before {
    NOTHING,
    /** passlib's {@code bcrypt_sha256}, version 1: base64 of its SHA-256. */
    SHA256,
    /** The same, version 2: base64 of HMAC-SHA-256 with the text of the salt as key. */
    HMAC_SHA256
  }

  @Override
  public boolean matches(byte[] password, Workspace workspace) {
    byte[] input =
        switch (before) {
          case NOTHING -> password.clone();
          case SHA256 -> sha256(password);
          case HMAC_SHA256 -> hmac(password);
        };
    byte[] ended = Arrays.copyOf(input, Math.min(input.length + 1, MOST_BYTES));
    byte[] computed = BCrypt.generate(ended, salt, cost, false);
    boolean isMatch = MessageDigest.isEqual(Arrays.copyOf(computed, hash.length), hash);
    Arrays.fill(input, (byte) 0);
    Arrays.fill(ended, (byte) 0);
    Arrays.fill(computed, (byte) 0);
    return isMatch;
  }

  private static byte[] sha256(byte[] password) {
    SHA256Digest digest = new SHA256Digest();
    digest.update(password, 0, password.length);
    byte[] out = new byte[digest.getDigestSize()];
    digest.doFinal(out, 0);
    return base64(out);
  }

  private byte[] hmac(byte[] password) {
    HMac mac = new HMac(new SHA256Digest());
    byte[] key = RadixText.BCRYPT.encode(salt).getBytes(StandardCharsets.US_ASCII);
    mac.init(new KeyParameter(key));
    mac.update(password, 0, password.length);
    byte[] out = new byte[mac.getMacSize()];
    mac.doFinal(out, 0);
    return base64(out);
  }

  private static byte[] base64(byte[] digest) {
    byte[] text = Base64.getEncoder().encode(digest);
    Arrays.fill(digest, (byte) 0);
    return text;
  }

  @Override
  public String toString() {
    return "BcryptHash[" + cost + "]";
  }
}
