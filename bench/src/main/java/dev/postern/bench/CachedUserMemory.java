package dev.postern.bench;

import dev.postern.store.auth.WarmPath;
import java.util.Locale;

/**
 * What a cached user with 3 app passwords takes of the heap, everything counted that is there
 * because of him: the heap after a collection with many users in the cache, less the heap with few.
 */
public final class CachedUserMemory {
  private static final int FEW = 20_000;
  private static final int MANY = 120_000;
  private static final int APP_PASSWORDS = 3;

  private CachedUserMemory() {}

  /** Prints the bytes; about a minute. */
  public static void main(String[] arguments) {
    long few = bytes(FEW);
    long many = bytes(MANY);
    System.out.printf(
        Locale.ROOT,
        "a cached user with %d app passwords: %d bytes%n",
        APP_PASSWORDS,
        (many - few) / (MANY - FEW));
  }

  private static long bytes(int users) {
    try (WarmPath path = WarmPath.ofUsersAlone(users, APP_PASSWORDS)) {
      long used = Long.MAX_VALUE;
      for (int i = 0; i < 5; i++) {
        System.gc();
        Runtime runtime = Runtime.getRuntime();
        used = Math.min(used, runtime.totalMemory() - runtime.freeMemory());
      }
      if (!path.wrongIsRefused()) {
        throw new IllegalStateException("the cache is gone");
      }
      return used;
    }
  }
}
