package dev.postern.store.keys;

import java.time.Instant;
import java.util.Optional;
import java.util.Set;

/**
 * A running {@code serve} process, by its last heartbeat.
 *
 * @param id random, of this start
 * @param name for people
 * @param held the keys it holds, as {@code KIND/ID}
 * @param active those of them that it makes new values with
 * @param drainingSince when it began to take no more logins
 */
public record LiveNode(
    String id,
    String name,
    Instant startedAt,
    Set<String> held,
    Set<String> active,
    Optional<Instant> drainingSince) {

  public LiveNode {
    held = Set.copyOf(held);
    active = Set.copyOf(active);
  }
}
