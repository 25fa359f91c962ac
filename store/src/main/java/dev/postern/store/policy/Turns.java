package dev.postern.store.policy;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Who has a place, who waits for one, and whose turn is next: users take turns, and a user's own
 * wait in the order they came. A user who has as many places as one may have is passed over until
 * one of them is free, and then comes first. Not safe for several threads.
 *
 * <p>Nobody waits who could have a place: each that becomes free goes to somebody who waits, if
 * there is anybody who may have it.
 */
final class Turns<T> {
  private final Limits limits;

  /** Places taken by user; a user without any is not in it. */
  private final Map<String, Integer> places = new HashMap<>();

  /** In the order of their turns; none is empty. */
  private final LinkedHashMap<String, ArrayDeque<T>> lines = new LinkedHashMap<>();

  private int taken;
  private int waiting;

  /**
   * How much there is.
   *
   * @param places in all
   * @param placesOfUser most of them of one user
   * @param waiting most that wait
   * @param waitingOfUser most of them of one user
   */
  record Limits(int places, int placesOfUser, int waiting, int waitingOfUser) {
    Limits {
      if (places < 1 || placesOfUser < 1 || waiting < 0 || waitingOfUser < 0) {
        throw new IllegalArgumentException("without a place nobody has a turn");
      }
    }
  }

  Turns(Limits limits) {
    this.limits = limits;
  }

  /** Takes a place for a user, if there is one for that user. */
  boolean begin(String user) {
    if (!hasPlace(user)) {
      return false;
    }
    take(user);
    return true;
  }

  /** Lets somebody wait for a place; false if too many do. */
  boolean line(String user, T item) {
    ArrayDeque<T> line = lines.get(user);
    int own = line == null ? 0 : line.size();
    if (waiting == limits.waiting || own >= limits.waitingOfUser) {
      return false;
    }
    lines.computeIfAbsent(user, _ -> new ArrayDeque<>()).addLast(item);
    waiting++;
    return true;
  }

  /** Gives a user's place back; whoever waited and has a place from now on. */
  Optional<T> end(String user) {
    places.computeIfPresent(user, (_, now) -> now == 1 ? null : now - 1);
    taken--;
    // Few are passed over: those have all of their places.
    return lines.entrySet().stream()
        .filter(line -> hasPlace(line.getKey()))
        .findFirst()
        .map(line -> callUp(line.getKey(), line.getValue()));
  }

  /** Takes one who waits out of turn; false if it does not wait. */
  boolean leave(String user, T item) {
    ArrayDeque<T> line = lines.get(user);
    if (line == null || !line.remove(item)) {
      return false;
    }
    waiting--;
    if (line.isEmpty()) {
      lines.remove(user);
    }
    return true;
  }

  /** Takes out all who wait. */
  List<T> empty() {
    List<T> all = new ArrayList<>(waiting);
    lines.values().forEach(all::addAll);
    lines.clear();
    waiting = 0;
    return all;
  }

  private T callUp(String user, ArrayDeque<T> line) {
    take(user);
    waiting--;
    T item = line.removeFirst();
    if (line.isEmpty()) {
      lines.remove(user);
    } else {
      // Whoever had a turn goes behind all others.
      lines.putLast(user, line);
    }
    return item;
  }

  private boolean hasPlace(String user) {
    return taken < limits.places && places.getOrDefault(user, 0) < limits.placesOfUser;
  }

  private void take(String user) {
    places.merge(user, 1, Integer::sum);
    taken++;
  }
}
