package dev.postern.store.keys;

import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * A key as people see it.
 *
 * @param isHeldHere whether this process holds it
 * @param uses values that need it: app passwords and API tokens that may work, sealed secrets,
 *     signed rows
 * @param holders names of the live nodes that hold it
 * @param lacking names of the live nodes that do not
 * @param activatedAt when it was last made active
 * @param retireBy when a pepper ends, or ended
 */
public record KeyStatus(
    KeyKind kind,
    String id,
    KeyState state,
    boolean isHeldHere,
    long uses,
    List<String> holders,
    List<String> lacking,
    Optional<Instant> activatedAt,
    Optional<Instant> retireBy) {

  public KeyStatus {
    holders = List.copyOf(holders);
    lacking = List.copyOf(lacking);
  }
}
