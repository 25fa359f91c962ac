package dev.postern.store.hash;

import java.security.MessageDigest;
import java.util.Arrays;
import org.bouncycastle.crypto.ExtendedDigest;

/**
 * One SHA over password and salt, in that order: {@code {SSHA}} and its likes. Not slow, yet
 * checked where slow hashes are, since the secrets may be people's.
 *
 * @param salt empty for {@code {SHA}} and its likes
 */
record ShaHash(ShaFamily family, byte[] salt, byte[] hash) implements SlowHash {

  @Override
  public boolean matches(byte[] password, Workspace workspace) {
    ExtendedDigest digest = family.digest();
    digest.update(password, 0, password.length);
    digest.update(salt, 0, salt.length);
    byte[] computed = new byte[family.length()];
    digest.doFinal(computed, 0);
    boolean isMatch = MessageDigest.isEqual(computed, hash);
    Arrays.fill(computed, (byte) 0);
    return isMatch;
  }

  @Override
  public String toString() {
    return "ShaHash[" + family + "]";
  }
}
