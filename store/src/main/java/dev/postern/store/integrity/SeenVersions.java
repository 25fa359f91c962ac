package dev.postern.store.integrity;

import java.util.concurrent.atomic.AtomicLongArray;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;

/**
 * Remembers the newest version of each row that this process has seen, so that an old row, whose
 * signature is right, is noticed when somebody puts it back.
 *
 * <p>A table without chains: each row has four slots to be in, and the one seen longest ago gives
 * way. It has 2 MiB at most, in pages that are made when the first of their rows is noted. What was
 * pushed out is not noticed any more, like everything that happened before this process started.
 * Two rows that look the same here (one in 2<sup>40</sup>) would share a slot. Safe for use by
 * several threads; a race loses a version, never invents one.
 */
public final class SeenVersions {
  private static final int WAYS = 4;
  private static final int PAGES = 1 << 12;
  private static final int SET_BITS = 4;
  private static final int SETS_IN_PAGE = 1 << SET_BITS;
  private static final int VERSION_BITS = 24;
  private static final long NEWEST = (1L << VERSION_BITS) - 1;

  private final AtomicReferenceArray<@Nullable AtomicLongArray> pages =
      new AtomicReferenceArray<>(PAGES);
  private final long seed;

  /**
   * @param seed random, so that nobody can choose rows that push others out
   */
  public SeenVersions(long seed) {
    this.seed = seed;
  }

  /** Whether a newer version of the row was seen. */
  public boolean isOutdated(String table, String row, long version) {
    long hash = hash(table, row);
    AtomicLongArray slots = pages.get(page(hash));
    int slot = slots == null ? -1 : find(slots, hash);
    return slot >= 0 && Math.min(version, NEWEST) < (slots.get(slot) & NEWEST);
  }

  /** An empty table of its own: what is noted there pushes nothing out here. */
  SeenVersions another() {
    return new SeenVersions(mix(seed + 1));
  }

  /** Remembers that the row is gone for good: whatever has its name next is an old one. */
  public void noteGone(String table, String row) {
    note(table, row, NEWEST);
  }

  /** Remembers a version that is in the database for good. */
  public void note(String table, String row, long version) {
    long hash = hash(table, row);
    long wanted = Math.min(version, NEWEST);
    AtomicLongArray slots = madePage(page(hash));
    int slot = find(slots, hash);
    if (slot < 0) {
      slot = first(hash);
      for (int later = slot + WAYS - 1; later > slot; later--) {
        slots.set(later, slots.get(later - 1));
      }
      slots.set(slot, name(hash) | wanted);
    } else if ((slots.get(slot) & NEWEST) < wanted) {
      slots.set(slot, name(hash) | wanted);
    }
  }

  private AtomicLongArray madePage(int page) {
    AtomicLongArray slots = pages.get(page);
    if (slots != null) {
      return slots;
    }
    AtomicLongArray made = new AtomicLongArray(SETS_IN_PAGE * WAYS);
    AtomicLongArray before = pages.compareAndExchange(page, null, made);
    return before == null ? made : before;
  }

  private static int find(AtomicLongArray slots, long hash) {
    int first = first(hash);
    for (int slot = first; slot < first + WAYS; slot++) {
      long held = slots.get(slot);
      if (held != 0 && name(held) == name(hash)) {
        return slot;
      }
    }
    return -1;
  }

  private static int page(long hash) {
    return (int) (hash >>> SET_BITS) & (PAGES - 1);
  }

  private static int first(long hash) {
    return (int) (hash & (SETS_IN_PAGE - 1)) * WAYS;
  }

  private static long name(long hash) {
    return hash & ~NEWEST;
  }

  private long hash(String table, String row) {
    long hash = seed;
    for (int i = 0; i < table.length(); i++) {
      hash = mix(hash ^ table.charAt(i));
    }
    for (int i = 0; i < row.length(); i++) {
      hash = mix(hash ^ row.charAt(i));
    }
    return hash;
  }

  /** The finisher of MurmurHash3. */
  private static long mix(long value) {
    long mixed = (value ^ (value >>> 33)) * 0xff51afd7ed558ccdL;
    mixed = (mixed ^ (mixed >>> 33)) * 0xc4ceb9fe1a85ec53L;
    return mixed ^ (mixed >>> 33);
  }
}
