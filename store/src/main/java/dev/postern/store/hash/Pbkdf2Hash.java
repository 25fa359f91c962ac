package dev.postern.store.hash;

import java.security.MessageDigest;
import java.util.Arrays;
import org.bouncycastle.crypto.generators.PKCS5S2ParametersGenerator;
import org.bouncycastle.crypto.params.KeyParameter;

/**
 * PBKDF2 (RFC 8018 §5.2) with HMAC. Computed by Bouncy Castle because Java's own takes characters
 * and not bytes, and hashes the padded key anew in each round.
 */
record Pbkdf2Hash(ShaFamily family, int iterations, byte[] salt, byte[] hash) implements SlowHash {

  @Override
  public boolean matches(byte[] password, Workspace workspace) {
    PKCS5S2ParametersGenerator generator = new PKCS5S2ParametersGenerator(family.digest());
    generator.init(password, salt, iterations);
    byte[] computed =
        ((KeyParameter) generator.generateDerivedMacParameters(hash.length * Byte.SIZE)).getKey();
    boolean isMatch = MessageDigest.isEqual(computed, hash);
    Arrays.fill(computed, (byte) 0);
    return isMatch;
  }

  @Override
  public String toString() {
    return "Pbkdf2Hash[" + family + "," + iterations + "]";
  }
}
