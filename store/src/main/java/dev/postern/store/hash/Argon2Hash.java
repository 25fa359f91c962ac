package dev.postern.store.hash;

import java.security.MessageDigest;
import java.util.Arrays;
import org.bouncycastle.crypto.generators.Argon2BytesGenerator;
import org.bouncycastle.crypto.params.Argon2Parameters;

/**
 * Argon2 (RFC 9106) as others use it: without secret input and without associated data.
 *
 * @param type one of {@link Argon2Parameters}
 * @param version one of {@link Argon2Parameters}
 * @param memory KiB
 * @param passes over the memory
 * @param lanes computed one after another here
 */
record Argon2Hash(
    int type, int version, int memory, int passes, int lanes, byte[] salt, byte[] hash)
    implements SlowHash {

  @Override
  public boolean matches(byte[] password, Workspace workspace) {
    Argon2Parameters parameters =
        new Argon2Parameters.Builder(type)
            .withVersion(version)
            .withMemoryAsKB(memory)
            .withIterations(passes)
            .withParallelism(lanes)
            .withSalt(salt)
            .withBlockPool(workspace.blocks())
            .build();
    Argon2BytesGenerator generator = new Argon2BytesGenerator();
    generator.init(parameters);
    byte[] computed = new byte[hash.length];
    generator.generateBytes(password, computed);
    boolean isMatch = MessageDigest.isEqual(computed, hash);
    Arrays.fill(computed, (byte) 0);
    return isMatch;
  }

  @Override
  public String toString() {
    return "Argon2Hash[m=" + memory + ",t=" + passes + ",p=" + lanes + "]";
  }
}
