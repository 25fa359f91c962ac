package dev.postern.store.hash;

import dev.postern.store.StoreConfig;
import dev.postern.store.auth.Secret;
import dev.postern.store.auth.StoredSecret.Hardened;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.function.Supplier;
import org.bouncycastle.crypto.generators.Argon2BytesGenerator;
import org.bouncycastle.crypto.params.Argon2Parameters;

/**
 * Makes and checks the memory-hard form of app passwords: Argon2id with a pepper as secret input
 * (RFC 9106 §3.1, {@code K}) and the user's id as associated data ({@code X}), so that a row put
 * under another user does not match.
 *
 * <p>Some fifty milliseconds of a core and 19 MiB each: on the {@link SlowPool}, never on an event
 * loop. Safe for several threads; each brings its own {@link Workspace}.
 */
public final class Hardening {
  /** KiB, for new secrets: the least that OWASP asks for. */
  public static final int MEMORY = 19 * 1024;

  /** Passes over the memory, for new secrets. */
  public static final int PASSES = 2;

  /** One: a busy server has other work for its other cores. */
  public static final int LANES = 1;

  private static final byte[] LABEL =
      "postern app-password hardened 1".getBytes(StandardCharsets.US_ASCII);

  private final List<StoreConfig.Key> peppers;
  private final Supplier<String> activeKeyId;
  private final Selectors selectors;
  private final SecureRandom random;

  /**
   * @param peppers those in force, at least one
   * @param activeKeyId the one for new secrets, whenever one is made
   * @param random makes salts
   */
  public Hardening(
      List<StoreConfig.Key> peppers, Supplier<String> activeKeyId, SecureRandom random) {
    this.peppers = List.copyOf(peppers);
    this.activeKeyId = activeKeyId;
    this.selectors = new Selectors(peppers);
    this.random = random;
  }

  /**
   * The form to store for a new secret, under the active pepper.
   *
   * @param userId 32 hexadecimal digits
   */
  public Hardened store(String userId, Secret secret, Workspace workspace) {
    StoreConfig.Key active = active();
    byte[] salt = new byte[Hardened.SALT_LENGTH];
    random.nextBytes(salt);
    byte[] hash = argon2id(active, MEMORY, PASSES, LANES, salt, userId, secret, workspace);
    int selector = selectors.of(userId, secret).under(active.id());
    return new Hardened(active.id(), MEMORY, PASSES, LANES, selector, salt, hash);
  }

  /**
   * Whether {@code stored} was made of that user's secret; compared in constant time. False without
   * an Argon2id if its pepper is not in force. Ask {@link Selectors} before.
   */
  public boolean matches(Hardened stored, String userId, Secret secret, Workspace workspace) {
    for (StoreConfig.Key pepper : peppers) {
      if (pepper.id().equals(stored.keyId())) {
        byte[] computed =
            argon2id(
                pepper,
                stored.memory(),
                stored.passes(),
                stored.lanes(),
                stored.salt(),
                userId,
                secret,
                workspace);
        boolean isMatch = MessageDigest.isEqual(computed, stored.hash());
        Arrays.fill(computed, (byte) 0);
        return isMatch;
      }
    }
    return false;
  }

  /** Whether a new secret would be stored like that one; if not, store it anew when it is seen. */
  public boolean isCurrent(Hardened stored) {
    return stored.keyId().equals(activeKeyId.get())
        && stored.memory() == MEMORY
        && stored.passes() == PASSES
        && stored.lanes() == LANES;
  }

  private StoreConfig.Key active() {
    String id = activeKeyId.get();
    return peppers.stream()
        .filter(pepper -> pepper.id().equals(id))
        .findFirst()
        .orElseThrow(() -> new IllegalStateException("the active pepper " + id + " is not held"));
  }

  // What RFC 9106 names as the inputs of one hash, and where to compute it.
  private static byte[] argon2id(
      StoreConfig.Key pepper,
      int memory,
      int passes,
      int lanes,
      byte[] salt,
      String userId,
      Secret secret,
      Workspace workspace) {
    Argon2Parameters.Builder inputs =
        pepper
            .bytes()
            .expose(key ->
                new Argon2Parameters.Builder(Argon2Parameters.ARGON2_id)
                    .withVersion(Argon2Parameters.ARGON2_VERSION_13)
                    .withMemoryAsKB(memory)
                    .withIterations(passes)
                    .withParallelism(lanes)
                    .withSalt(salt)
                    .withSecret(key)
                    .withAdditional(associated(userId))
                    .withBlockPool(workspace.blocks()));
    Argon2BytesGenerator generator = new Argon2BytesGenerator();
    generator.init(inputs.build());
    byte[] hash = new byte[Hardened.HASH_LENGTH];
    int _ = secret.expose(bytes -> generator.generateBytes(bytes, hash));
    inputs.clear();
    return hash;
  }

  private static byte[] associated(String userId) {
    byte[] id = HexFormat.of().parseHex(userId);
    return ByteBuffer.allocate(2 * Integer.BYTES + LABEL.length + id.length)
        .putInt(LABEL.length)
        .put(LABEL)
        .putInt(id.length)
        .put(id)
        .array();
  }
}
