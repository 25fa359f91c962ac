package dev.postern.store.tickets;

import dev.postern.store.auth.Secret;

/**
 * What the keys of session tickets are derived from during one period.
 *
 * @param period its number, {@link TicketPeriod}
 * @param material {@value #BYTES} random bytes; closed by nobody, since connections may still begin
 *     with it
 */
public record TicketKey(long period, Secret material) {
  public static final int BYTES = 32;
}
