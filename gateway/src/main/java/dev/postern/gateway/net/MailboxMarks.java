package dev.postern.gateway.net;

import io.netty.util.concurrent.Ticker;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;

/**
 * Mailboxes of which something is true for a while. Bounded: where there are too many, the mark
 * that would end first is forgotten. Safe for use by several threads.
 */
final class MailboxMarks {
  static final int MOST = 10_000;

  private final Duration longest;
  private final Ticker ticker;
  private final Map<UpstreamMailbox, Mark> marks = new HashMap<>();
  private final TreeSet<Mark> byEnd = new TreeSet<>();
  private long made;

  /**
   * @param number tells those apart that end together
   */
  private record Mark(UpstreamMailbox mailbox, long until, long number)
      implements Comparable<Mark> {
    @Override
    public int compareTo(Mark other) {
      int byEnd = Long.signum(until - other.until); // a ticker may be anywhere, and pass its end
      return byEnd == 0 ? Long.compare(number, other.number) : byEnd;
    }
  }

  /**
   * @param longest what is asked for beyond that is cut
   */
  MailboxMarks(Duration longest, Ticker ticker) {
    this.longest = longest;
    this.ticker = ticker;
  }

  /** From now on; one that ends later stays. */
  synchronized void mark(UpstreamMailbox mailbox, Duration length) {
    if (!length.isPositive()) {
      return;
    }
    Duration capped = length.compareTo(longest) > 0 ? longest : length;
    Mark next = new Mark(mailbox, ticker.nanoTime() + capped.toNanos(), made++);
    Mark before = marks.get(mailbox);
    if (before != null && before.compareTo(next) > 0) {
      return;
    }
    if (before != null) {
      byEnd.remove(before);
    } else if (marks.size() >= MOST) {
      forget(byEnd.getFirst());
    }
    marks.put(mailbox, next);
    byEnd.add(next);
  }

  /** How long that is still true; empty if it is not. */
  synchronized Optional<Duration> left(UpstreamMailbox mailbox) {
    Mark mark = marks.get(mailbox);
    if (mark == null) {
      return Optional.empty();
    }
    long left = mark.until - ticker.nanoTime();
    if (left <= 0) {
      forgetPast();
      return Optional.empty();
    }
    return Optional.of(Duration.ofNanos(left));
  }

  /** It is not true any more. */
  synchronized void clear(UpstreamMailbox mailbox) {
    Mark mark = marks.get(mailbox);
    if (mark != null) {
      forget(mark);
    }
  }

  private void forgetPast() {
    while (!byEnd.isEmpty() && byEnd.getFirst().until - ticker.nanoTime() <= 0) {
      forget(byEnd.getFirst());
    }
  }

  private void forget(Mark mark) {
    byEnd.remove(mark);
    marks.remove(mark.mailbox);
  }

  synchronized int size() {
    return marks.size();
  }
}
