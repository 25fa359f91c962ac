package dev.postern.gateway.net;

import java.util.concurrent.atomic.AtomicLong;

/**
 * What connections may hold before the login. Each has a little of its own, which is enough for all
 * that mail programs say; those that need more borrow it from one sum for all, so that many that
 * fill the largest command there is cannot hold more than that together. Safe for use by several
 * threads.
 */
final class LoginMemory {

  /** Bytes that each has. */
  static final int OWN = 16 * 1024;

  /** Bytes to borrow on a node: some 250 of the longest commands at once. */
  static final long USUAL = 16L * 1024 * 1024;

  private final AtomicLong left;

  LoginMemory(long bytes) {
    this.left = new AtomicLong(bytes);
  }

  /** Takes so much, if it is there. */
  boolean borrow(int bytes) {
    return left.getAndUpdate(have -> have >= bytes ? have - bytes : have) >= bytes;
  }

  void giveBack(int bytes) {
    left.addAndGet(bytes);
  }

  long left() {
    return left.get();
  }
}
