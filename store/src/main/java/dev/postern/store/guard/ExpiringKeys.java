package dev.postern.store.guard;

import java.util.Arrays;
import java.util.function.LongSupplier;

/**
 * Keys of 64 bits, each with a time until which it is there; also as leaky buckets, whose fill is
 * the time until they are empty again. Made for millions: 16 bytes for each and no object. A key
 * whose time is over is as good as gone. Where there is no room, the one of its group goes whose
 * time is over first, so that what is nearly empty makes way for what is full.
 *
 * <p>Keys must be evenly spread, as {@link Fingerprints} are. Times are milliseconds of the clock
 * that was given. Safe for use by several threads; never waits for more than a few microseconds,
 * and while a stripe grows some hundred.
 */
final class ExpiringKeys {
  /** What {@link #add} says if there is no room for more. */
  static final long FULL = -1;

  private static final int STRIPES = 256;
  private static final int WAYS = 8;
  private static final int FIRST = 2 * WAYS;

  private final Stripe[] stripes;
  private final LongSupplier millis;

  /**
   * @param most keys, roughly, at once
   * @param millis a clock that never goes back
   */
  ExpiringKeys(int most, LongSupplier millis) {
    int perStripe = Integer.highestOneBit(Math.max(FIRST, most / STRIPES));
    this.stripes = new Stripe[STRIPES];
    for (int i = 0; i < STRIPES; i++) {
      stripes[i] = new Stripe(perStripe);
    }
    this.millis = millis;
  }

  /** Milliseconds for which the key is still there; 0 if it is not. */
  long left(long key) {
    long now = millis.getAsLong();
    return Math.max(0, stripe(key).until(key) - now);
  }

  /**
   * Keeps a key for so long from now on; no shorter than before.
   *
   * @return whether it is there anew
   */
  boolean keep(long key, long duration) {
    long now = millis.getAsLong();
    return stripe(key).extend(key, now, now + duration);
  }

  /**
   * Pours into a bucket.
   *
   * @param step what one more is worth: the time in which it drains
   * @param capacity most that the bucket holds
   * @return its fill afterwards; {@link #FULL} if it had no room, and is as it was
   */
  long add(long key, long step, long capacity) {
    return stripe(key).add(key, millis.getAsLong(), step, capacity);
  }

  /** Drops a key. */
  void drop(long key) {
    stripe(key).drop(key);
  }

  /** Takes something out of a bucket again. */
  void takeBack(long key, long step) {
    stripe(key).takeBack(key, step);
  }

  /** For how many keys there is room at the moment; each takes 16 bytes. */
  int places() {
    return Arrays.stream(stripes).mapToInt(Stripe::places).sum();
  }

  private Stripe stripe(long key) {
    return stripes[(int) (key >>> 56)];
  }

  /** A part of the keys with a lock of its own: groups of {@value #WAYS} places. */
  private static final class Stripe {
    private final int most;
    private long[] keys = new long[FIRST];
    private long[] untils = new long[FIRST];

    Stripe(int most) {
      this.most = most;
    }

    synchronized int places() {
      return keys.length;
    }

    synchronized long until(long key) {
      int place = find(key);
      return place < 0 ? 0 : untils[place];
    }

    synchronized boolean extend(long key, long now, long until) {
      int place = find(key);
      boolean isNew = place < 0 || untils[place] <= now;
      if (place < 0) {
        place = room(key, now);
      }
      untils[place] = Math.max(untils[place], until);
      return isNew;
    }

    synchronized long add(long key, long now, long step, long capacity) {
      int place = find(key);
      long fill = place < 0 ? 0 : Math.max(0, untils[place] - now);
      if (fill + step > capacity) {
        return FULL;
      }
      if (place < 0) {
        place = room(key, now);
      }
      untils[place] = now + fill + step;
      return fill + step;
    }

    synchronized void drop(long key) {
      int place = find(key);
      if (place >= 0) {
        untils[place] = 0;
      }
    }

    synchronized void takeBack(long key, long step) {
      int place = find(key);
      if (place >= 0) {
        untils[place] -= step;
      }
    }

    private int find(long key) {
      int group = group(key);
      for (int place = group; place < group + WAYS; place++) {
        if (keys[place] == key && untils[place] != 0) {
          return place;
        }
      }
      return -1;
    }

    /** A place for a key that has none, with no time in it yet. */
    private int room(long key, long now) {
      int place = soonestOver(group(key));
      if (untils[place] > now && keys.length < most && isHalfFull(now)) {
        grow(now);
        place = soonestOver(group(key));
      }
      keys[place] = key;
      untils[place] = 0;
      return place;
    }

    private int soonestOver(int group) {
      int soonest = group;
      for (int place = group + 1; place < group + WAYS; place++) {
        if (untils[place] < untils[soonest]) {
          soonest = place;
        }
      }
      return soonest;
    }

    private boolean isHalfFull(long now) {
      return Arrays.stream(untils).filter(until -> until > now).count() > keys.length / 2;
    }

    private void grow(long now) {
      long[] oldKeys = keys;
      long[] oldUntils = untils;
      keys = new long[2 * oldKeys.length];
      untils = new long[2 * oldKeys.length];
      for (int i = 0; i < oldKeys.length; i++) {
        if (oldUntils[i] > now) {
          int place = soonestOver(group(oldKeys[i]));
          keys[place] = oldKeys[i];
          untils[place] = oldUntils[i];
        }
      }
    }

    private int group(long key) {
      return (int) key & (keys.length - 1) & -WAYS;
    }
  }
}
