package dev.postern.store.keys;

import java.time.Instant;
import java.util.Set;

/**
 * A running {@code serve} process, by its last heartbeat.
 *
 * @param id random, of this start
 * @param name for people
 * @param held the keys it holds, as {@code KIND/ID}
 * @param active those of them that it makes new values with
 */
public record LiveNode(
    String id, String name, Instant startedAt, Set<String> held, Set<String> active) {

  public LiveNode {
    held = Set.copyOf(held);
    active = Set.copyOf(active);
  }
}
