package dev.postern.store.guard;

import dev.postern.store.auth.Cidr;
import java.time.Instant;
import java.util.Locale;
import java.util.Optional;

/**
 * A network that somebody has spoken against or for.
 *
 * @param reason for people, perhaps empty
 * @param createdBy who, as in {@link dev.postern.store.Actor#who}
 * @param endsAt the first moment at which it no longer holds; empty: never
 */
public record Ban(
    Cidr network,
    Kind kind,
    String reason,
    Instant createdAt,
    String createdBy,
    Optional<Instant> endsAt) {

  /** What is said of a network. */
  public enum Kind {
    /** No connections from there. */
    DENY,
    /** An exception to a wider ban, and no limits per address. */
    ALLOW;

    private final String word = name().toLowerCase(Locale.ROOT);

    /** As in the database and in answers. */
    public String word() {
      return word;
    }
  }

  /** Whether it holds at that time. */
  public boolean holds(Instant at) {
    return endsAt.isEmpty() || at.isBefore(endsAt.get());
  }
}
