package dev.postern.store.auth;

import dev.postern.store.auth.StoredSecret.Keyed;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.List;

/**
 * The tags of a user's app passwords in one array of longs: first the first eight bytes of each, so
 * that one short loop without a branch goes through all of them; then the other 24 bytes of each.
 *
 * <p>A tag is compared under every pepper, whichever its row names: it can only match under its
 * own, and one whose pepper is no longer in force matches under none.
 */
final class FlatTags {
  /** What {@link #match} says if no tag does. */
  static final int NONE = -1;

  /** Longs of one tag. */
  static final int LONGS = Keyed.TAG_LENGTH / Long.BYTES;

  private static final int PEPPER_SHIFT = 16;

  private static final int REST = LONGS - 1;
  private static final VarHandle BYTES =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);

  private FlatTags() {}

  /** Without any tag, one of zeros, so that there is always something to compare with. */
  static long[] of(List<byte[]> tags) {
    int count = Math.max(1, tags.size());
    long[] flat = new long[count * LONGS];
    for (int i = 0; i < tags.size(); i++) {
      flat[i] = longAt(tags.get(i), 0);
      for (int j = 0; j < REST; j++) {
        flat[count + i * REST + j] = longAt(tags.get(i), j + 1);
      }
    }
    return flat;
  }

  /** The tag of that number. */
  static byte[] tag(long[] flat, int number) {
    byte[] tag = new byte[Keyed.TAG_LENGTH];
    BYTES.set(tag, 0, flat[number]);
    for (int j = 0; j < REST; j++) {
      BYTES.set(tag, (j + 1) * Long.BYTES, flat[flat.length / LONGS + number * REST + j]);
    }
    return tag;
  }

  /** Writes a tag as {@link #match} reads it. */
  static void enter(byte[] tag, long[] entered, int at) {
    for (int j = 0; j < LONGS; j++) {
      entered[at + j] = longAt(tag, j);
    }
  }

  /**
   * Compares with every tag, whichever matches, in a time that depends on their number alone.
   *
   * @param entered a tag for each pepper, in the order of their bytes
   * @return {@link #number} of the one that matches, the last of several, and {@link #pepper} of
   *     the tag it matches; {@link #NONE} if none does
   */
  static int match(long[] flat, long[] entered) {
    int match = NONE;
    for (int at = 0; at < entered.length; at += LONGS) {
      int candidate = lastWithFirst(flat, entered[at]);
      int isOther = isOther(flat, Math.max(candidate, 0), entered, at) | candidate >> 31;
      int pepper = at / LONGS;
      match = (match & isOther) | ((candidate | pepper << PEPPER_SHIFT) & ~isOther);
    }
    return match;
  }

  /** The number of the tag in what {@link #match} said. */
  static int number(int match) {
    return match & (1 << PEPPER_SHIFT) - 1;
  }

  /** The number of the tag that matched; of the first, if none did. */
  static int numberOrFirst(int match) {
    return match < 0 ? 0 : number(match);
  }

  /** The number of the pepper in what {@link #match} said. */
  static int pepper(int match) {
    return match >> PEPPER_SHIFT;
  }

  private static int lastWithFirst(long[] flat, long wanted) {
    int match = NONE;
    int count = flat.length / LONGS;
    for (int i = 0; i < count; i++) {
      int isOther = isNotZero(flat[i] ^ wanted);
      match = (match & isOther) | (i & ~isOther);
    }
    return match;
  }

  /** All ones if the rest of that tag differs, zero if it is the same. */
  private static int isOther(long[] flat, int number, long[] entered, int at) {
    int rest = flat.length / LONGS + number * REST;
    return isNotZero(
        (flat[rest] ^ entered[at + 1])
            | (flat[rest + 1] ^ entered[at + 2])
            | (flat[rest + 2] ^ entered[at + 3]));
  }

  /** All ones or zero. */
  private static int isNotZero(long value) {
    return (int) ((value | -value) >> 63);
  }

  private static long longAt(byte[] tag, int number) {
    return (long) BYTES.get(tag, number * Long.BYTES);
  }
}
