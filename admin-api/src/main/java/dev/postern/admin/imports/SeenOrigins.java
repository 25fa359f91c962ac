package dev.postern.admin.imports;

import java.nio.charset.StandardCharsets;
import java.util.UUID;

/**
 * Origins that one import has seen, as half an MD5 of each: eight bytes do for telling a few
 * million apart. Grows to a bound, and needs 16 to 32 bytes for each.
 */
final class SeenOrigins {
  private final int most;
  private int size;

  /** Open addressing; 0 is a free place. A power of two, at least half free. */
  private long[] places = new long[1024];

  SeenOrigins(int most) {
    this.most = most;
  }

  boolean isFull() {
    return size == most;
  }

  /** Whether it is the first time; not to be asked of one that is full. */
  boolean add(String origin) {
    if (2 * (size + 1) > places.length) {
      grow();
    }
    boolean isNew = put(places, digest(origin));
    size += isNew ? 1 : 0;
    return isNew;
  }

  private void grow() {
    long[] wider = new long[places.length * 2];
    for (long digest : places) {
      if (digest != 0) {
        boolean _ = put(wider, digest);
      }
    }
    places = wider;
  }

  private static boolean put(long[] places, long digest) {
    int mask = places.length - 1;
    int place = (int) digest & mask;
    while (places[place] != 0) {
      if (places[place] == digest) {
        return false;
      }
      place = (place + 1) & mask;
    }
    places[place] = digest;
    return true;
  }

  private static long digest(String origin) {
    long half =
        UUID.nameUUIDFromBytes(origin.getBytes(StandardCharsets.UTF_8)).getLeastSignificantBits();
    return half == 0 ? 1 : half;
  }
}
