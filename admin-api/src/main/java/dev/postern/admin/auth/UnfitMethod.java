package dev.postern.admin.auth;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells the operator once a minute at most that nginx asks for logins that no app password is good
 * for. Safe for use by several threads.
 */
final class UnfitMethod {
  private static final Logger LOG = LoggerFactory.getLogger(UnfitMethod.class);
  private static final long PAUSE = Duration.ofMinutes(1).toNanos();

  private final LongSupplier nanoTime;
  private final AtomicLong next;

  UnfitMethod(LongSupplier nanoTime) {
    this.nanoTime = nanoTime;
    this.next = new AtomicLong(nanoTime.getAsLong());
  }

  void tell() {
    long now = nanoTime.getAsLong();
    long due = next.get();
    if (now - due >= 0 && next.compareAndSet(due, now + PAUSE)) {
      LOG.warn(
          "nginx was asked for a login that needs the password itself: set imap_auth, pop3_auth and"
              + " smtp_auth to plain and login alone");
    }
  }
}
