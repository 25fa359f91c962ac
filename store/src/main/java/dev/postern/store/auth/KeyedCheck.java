package dev.postern.store.auth;

import dev.postern.store.auth.StoredSecret.Over;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;
import javax.crypto.Mac;

/**
 * What one thread needs to compute keyed digests and compare them, so that a check allocates
 * nothing but what {@link Mac} does. Not safe for use by several threads.
 *
 * <p>The message is a byte for what it is, the user's immutable id in 16 bytes, the length of the
 * secret in two, and the secret. The user is in it so that one computation tests one user and not
 * the whole table. The secret is in it and not in the key because HMAC pads short keys with zeros,
 * so that two keys would be one. An app password of any length keeps it under 56 bytes, which with
 * the key's pad is two blocks of SHA-256; a longer one would be three.
 */
final class KeyedCheck {
  /** What {@link #compare} says of something that cannot be an app password. */
  static final int WRONG_SHAPE = -2;

  /** An app password as it is meant: separators dropped, case folded. */
  private static final byte ENTERED = 1;

  /** A secret of another system, byte for byte. */
  private static final byte TYPED = 2;

  /** More bytes than this nobody types, and no other system hashed. */
  static final int LONGEST_TYPED = 1024;

  private static final int ID_AT = 1;
  private static final int LENGTH_AT = ID_AT + 2 * Long.BYTES;
  private static final int SECRET_AT = LENGTH_AT + Short.BYTES;
  private static final VarHandle LONGS =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);
  private static final VarHandle SHORTS =
      MethodHandles.byteArrayViewVarHandle(short[].class, ByteOrder.BIG_ENDIAN);

  private final Mac[] macs;
  private final long[] tags;
  private final byte[] message = new byte[SECRET_AT + AppPasswordShape.LONGEST];

  /**
   * @param macs one for each pepper in force
   */
  KeyedCheck(Mac[] macs) {
    this.macs = macs;
    this.tags = new long[macs.length * FlatTags.LONGS];
  }

  /** See {@link KeyedDigest#compare}. */
  int compare(CachedUser user, byte[] typed) {
    try {
      int length = AppPasswordShape.read(typed, message, SECRET_AT);
      if (length < 0) {
        return WRONG_SHAPE;
      }
      head(message, ENTERED, user.idHigh(), user.idLow(), length);
      for (int i = 0; i < macs.length; i++) {
        macs[i].update(message, 0, SECRET_AT + length);
        FlatTags.enter(macs[i].doFinal(), tags, i * FlatTags.LONGS);
      }
      return FlatTags.match(user.tags(), tags);
    } finally {
      Arrays.fill(message, SECRET_AT, message.length, (byte) 0);
    }
  }

  /**
   * The tag of a secret under one pepper.
   *
   * @param secret at most {@value #LONGEST_TYPED} bytes
   */
  byte[] tag(int pepper, UserId id, byte[] secret, Over over) {
    byte[] whole = new byte[SECRET_AT + secret.length];
    head(whole, kind(over), id.high(), id.low(), secret.length);
    System.arraycopy(secret, 0, whole, SECRET_AT, secret.length);
    byte[] tag = macs[pepper].doFinal(whole);
    Arrays.fill(whole, (byte) 0);
    return tag;
  }

  private static byte kind(Over over) {
    return switch (over) {
      case ENTERED -> ENTERED;
      case TYPED -> TYPED;
    };
  }

  private static void head(byte[] message, byte kind, long idHigh, long idLow, int length) {
    message[0] = kind;
    LONGS.set(message, ID_AT, idHigh);
    LONGS.set(message, ID_AT + Long.BYTES, idLow);
    SHORTS.set(message, LENGTH_AT, (short) length);
  }
}
