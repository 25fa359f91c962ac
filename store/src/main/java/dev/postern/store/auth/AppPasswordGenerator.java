package dev.postern.store.auth;

import java.security.SecureRandom;
import java.util.Arrays;

/** Makes app passwords, and the public ids of their rows. Safe for use by several threads. */
public final class AppPasswordGenerator {
  private static final int ID_LENGTH = 16;

  private final SecureRandom random;

  public AppPasswordGenerator(SecureRandom random) {
    this.random = random;
  }

  /**
   * A new secret.
   *
   * @param length characters, 16–32; five bits each
   */
  public Secret secret(int length) {
    if (length < AppPasswordShape.SHORTEST || length > AppPasswordShape.LONGEST) {
      throw new IllegalArgumentException("an app password has 16 to 32 characters, not " + length);
    }
    return Secret.owning(symbols(length));
  }

  /** A new public id: {@code ap_} and 16 characters. */
  public String id() {
    StringBuilder id = new StringBuilder("ap_");
    for (byte symbol : symbols(ID_LENGTH)) {
      id.append((char) symbol);
    }
    return id.toString();
  }

  private byte[] symbols(int length) {
    byte[] raw = new byte[length];
    random.nextBytes(raw);
    byte[] symbols = new byte[length];
    for (int i = 0; i < length; i++) {
      // 32 symbols: the low five bits choose one without bias.
      symbols[i] = (byte) AppPasswordShape.ALPHABET.charAt(raw[i] & 31);
    }
    Arrays.fill(raw, (byte) 0);
    return symbols;
  }
}
