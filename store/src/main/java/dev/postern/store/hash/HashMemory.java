package dev.postern.store.hash;

import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/**
 * The memory that all hashes at work share. Safe for use by several threads, which wait in {@link
 * #take}: never an event loop.
 */
final class HashMemory {
  /** MiB that no hash uses now; those who wait come first, so that a big one gets its turn too. */
  private final Semaphore free;

  /**
   * @param mib what there is
   */
  HashMemory(int mib) {
    this.free = new Semaphore(mib, true);
  }

  /**
   * Waits for memory, which is then to be given back.
   *
   * @throws BusyException if there is none in time
   */
  void take(int mib, long nanos) {
    try {
      if (!free.tryAcquire(mib, nanos, TimeUnit.NANOSECONDS)) {
        throw new BusyException(BusyException.Why.LATE);
      }
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
      throw new BusyException(BusyException.Why.CLOSED);
    }
  }

  void giveBack(int mib) {
    free.release(mib);
  }
}
