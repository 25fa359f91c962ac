package dev.postern.store.auth;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.function.Function;

/**
 * Bytes that nobody may see: a password, a key, a line that carries one.
 *
 * <p>It never prints them, compares them only in constant time, and wipes them on {@link #close()}.
 * It has identity equality, so that a set or a map of secrets cannot compare their bytes by
 * accident. Safe to hand from one thread to another; whoever holds it last closes it. After {@code
 * close()} every reading method throws {@link IllegalStateException}.
 */
public final class Secret implements AutoCloseable {
  private final byte[] bytes;
  private volatile boolean isWiped;

  private Secret(byte[] bytes) {
    this.bytes = bytes;
  }

  /** Takes the array over: the caller must not keep or change it. */
  public static Secret owning(byte[] bytes) {
    return new Secret(bytes);
  }

  /** Copies the array; the caller wipes its own. */
  public static Secret copyOf(byte[] bytes) {
    return new Secret(bytes.clone());
  }

  /**
   * The UTF-8 bytes of a text that is in memory anyway, such as a value from a configuration file.
   */
  public static Secret ofText(CharSequence text) {
    return new Secret(text.toString().getBytes(StandardCharsets.UTF_8));
  }

  /** Number of bytes. */
  public int length() {
    return bytes.length;
  }

  /** Another secret with the same bytes and a life of its own. */
  public Secret copy() {
    return expose(Secret::copyOf);
  }

  /** Lends the bytes to {@code reader}, which must neither keep nor change nor print them. */
  public <T> T expose(Function<byte[], T> reader) {
    if (isWiped) {
      throw new IllegalStateException("this secret has been wiped");
    }
    return reader.apply(bytes);
  }

  /** Compares in a time that depends on the lengths alone. */
  public boolean matches(Secret other) {
    return expose(mine -> other.expose(theirs -> MessageDigest.isEqual(mine, theirs)));
  }

  /** Wipes the bytes; closing twice is harmless. */
  @Override
  public void close() {
    isWiped = true;
    Arrays.fill(bytes, (byte) 0);
  }

  @Override
  public String toString() {
    return "Secret[***]";
  }
}
