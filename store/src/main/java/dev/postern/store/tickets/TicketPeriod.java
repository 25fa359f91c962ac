package dev.postern.store.tickets;

import java.time.Duration;
import java.time.Instant;

/**
 * The time during which new tickets are sealed with one key. A key is made one period ahead, so
 * that every node has it in time, and opens tickets for one period more: it is twelve hours old at
 * most.
 */
public final class TicketPeriod {
  public static final Duration LENGTH = Duration.ofHours(4);

  private TicketPeriod() {}

  /** The number of the period of a time; they follow each other. */
  public static long at(Instant time) {
    return Math.floorDiv(time.toEpochMilli(), LENGTH.toMillis());
  }
}
