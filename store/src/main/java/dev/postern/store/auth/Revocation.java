package dev.postern.store.auth;

import dev.postern.store.RefusedException;
import dev.postern.store.StoreConfig;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * Which app passwords to revoke: all that have not ended and meet every condition that is there. At
 * least one must be.
 *
 * @param user of that user
 * @param domain of users whose login name ends in {@code @} and this
 * @param madeBefore made before that moment
 * @param pepperId stored under that pepper
 */
public record Revocation(
    Optional<String> user,
    Optional<String> domain,
    Optional<Instant> madeBefore,
    Optional<String> pepperId) {

  private static final Instant LATEST = Instant.parse("9999-12-31T23:59:59Z");

  public Revocation {
    if (user.isEmpty() && domain.isEmpty() && madeBefore.isEmpty() && pepperId.isEmpty()) {
      throw new RefusedException(
          RefusedException.Code.INVALID,
          "nothing says which app passwords are meant",
          "Name a user, a domain, a time or a pepper.");
    }
    if (madeBefore.isPresent()
        && (madeBefore.get().isBefore(Instant.EPOCH) || madeBefore.get().isAfter(LATEST))) {
      throw new RefusedException(
          RefusedException.Code.INVALID,
          "nothing was made before " + madeBefore.get(),
          "Name a moment after 1970 and before the year 10000.");
    }
    if (pepperId.isPresent() && !StoreConfig.Key.isId(pepperId.get())) {
      throw new RefusedException(
          RefusedException.Code.INVALID,
          "that cannot be the id of a pepper",
          "Ids are 1 to 32 letters, digits and hyphens.");
    }
  }

  /**
   * What would be revoked.
   *
   * @param sample some of them
   */
  public record Forecast(int appPasswords, int users, List<AppPassword> sample) {
    public Forecast {
      sample = List.copyOf(sample);
    }
  }
}
