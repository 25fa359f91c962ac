package dev.postern.gateway;

import java.util.OptionalInt;
import java.util.OptionalLong;

/**
 * How much one app password may be used before it is suspended: on all nodes together, of which
 * each takes its share. Empty: without end.
 *
 * @param loginsPerMinute logins that were good
 * @param upPerDay bytes from clients in the last 24 hours
 * @param downPerDay bytes to clients in the last 24 hours
 */
public record CredentialBudget(
    OptionalInt loginsPerMinute, OptionalLong upPerDay, OptionalLong downPerDay) {

  /** As in the configuration reference. */
  public static final CredentialBudget DEFAULT =
      new CredentialBudget(OptionalInt.of(120), OptionalLong.empty(), OptionalLong.empty());

  /** Whether bytes are limited at all. */
  public boolean isOfBytes() {
    return upPerDay.isPresent() || downPerDay.isPresent();
  }
}
