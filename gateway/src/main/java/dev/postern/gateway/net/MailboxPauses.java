package dev.postern.gateway.net;

import io.netty.util.concurrent.Ticker;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;

/**
 * Mailboxes that are to be left alone for a while, because their upstream asked for that. Bounded:
 * where there are too many, the one that would end first is forgotten. Safe for use by several
 * threads.
 */
final class MailboxPauses {
  static final int MOST = 10_000;

  /** What an upstream asks for beyond that is not believed. */
  static final Duration LONGEST = Duration.ofMinutes(15);

  private final Ticker ticker;
  private final Map<UpstreamMailbox, Pause> pauses = new HashMap<>();
  private final TreeSet<Pause> byEnd = new TreeSet<>();
  private long made;

  /**
   * @param number tells those apart that end together
   */
  private record Pause(UpstreamMailbox mailbox, long until, long number)
      implements Comparable<Pause> {
    @Override
    public int compareTo(Pause other) {
      int byEnd = Long.signum(until - other.until); // a ticker may be anywhere, and pass its end
      return byEnd == 0 ? Long.compare(number, other.number) : byEnd;
    }
  }

  MailboxPauses(Ticker ticker) {
    this.ticker = ticker;
  }

  /** From now on; one that ends later stays. */
  synchronized void pause(UpstreamMailbox mailbox, Duration length) {
    if (!length.isPositive()) {
      return;
    }
    Duration capped = length.compareTo(LONGEST) > 0 ? LONGEST : length;
    Pause next = new Pause(mailbox, ticker.nanoTime() + capped.toNanos(), made++);
    Pause before = pauses.get(mailbox);
    if (before != null && before.compareTo(next) > 0) {
      return;
    }
    if (before != null) {
      byEnd.remove(before);
    } else if (pauses.size() >= MOST) {
      forget(byEnd.getFirst());
    }
    pauses.put(mailbox, next);
    byEnd.add(next);
  }

  /** How long it is still to be left alone; empty if it is not. */
  synchronized Optional<Duration> left(UpstreamMailbox mailbox) {
    Pause pause = pauses.get(mailbox);
    if (pause == null) {
      return Optional.empty();
    }
    long left = pause.until - ticker.nanoTime();
    if (left <= 0) {
      forgetPast();
      return Optional.empty();
    }
    return Optional.of(Duration.ofNanos(left));
  }

  private void forgetPast() {
    while (!byEnd.isEmpty() && byEnd.getFirst().until - ticker.nanoTime() <= 0) {
      forget(byEnd.getFirst());
    }
  }

  private void forget(Pause pause) {
    byEnd.remove(pause);
    pauses.remove(pause.mailbox);
  }

  synchronized int size() {
    return pauses.size();
  }
}
