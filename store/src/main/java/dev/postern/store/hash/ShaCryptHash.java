package dev.postern.store.hash;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.Arrays;
import org.apache.commons.codec.digest.Sha2Crypt;

/**
 * SHA-256-crypt and SHA-512-crypt, {@code $5$} and {@code $6$}.
 *
 * @param setting the text up to the hash: {@code $6$rounds=N$SALT}
 * @param hash its 43 or 86 characters
 */
record ShaCryptHash(ShaFamily family, String setting, byte[] hash) implements SlowHash {

  @Override
  public boolean matches(byte[] password, Workspace workspace) {
    byte[] copy = password.clone(); // the library wipes what it is given
    String computed =
        family == ShaFamily.SHA256
            ? Sha2Crypt.sha256Crypt(copy, setting)
            : Sha2Crypt.sha512Crypt(copy, setting);
    Arrays.fill(copy, (byte) 0);
    byte[] last =
        computed.substring(computed.lastIndexOf('$') + 1).getBytes(StandardCharsets.US_ASCII);
    return MessageDigest.isEqual(last, hash);
  }

  @Override
  public String toString() {
    return "ShaCryptHash[" + family + "]";
  }
}
