package dev.postern.store.hash;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.ToIntFunction;

/**
 * Who waits, and whose turn is next: networks take turns, within a network its users take turns,
 * and a user's own wait in the order they came.
 *
 * <p>Nobody can fill it for others. A network and a user have a limit each; and when all is full, a
 * newcomer takes the place of the newest of whichever network has most waiting, unless his own has
 * as many. When a user's share is full, the same holds among those of that user: whoever guesses
 * passwords from one network does not keep the user out elsewhere. Not safe for several threads.
 */
final class WaitingRoom<T> {
  private final int most;
  private final int perNetwork;
  private final int perUser;

  /** In the order of their turns. */
  private final LinkedHashMap<SourceNetwork, Line<T>> lines = new LinkedHashMap<>();

  private final Map<String, Integer> byUser = new HashMap<>();
  private int size;

  WaitingRoom(int most, int perNetwork, int perUser) {
    this.most = most;
    this.perNetwork = perNetwork;
    this.perUser = perUser;
  }

  /** What became of a newcomer. */
  sealed interface Admission<T> {
    /** He is in; who had to leave for him, if anybody. */
    record In<T>(Optional<T> displaced) implements Admission<T> {}

    /** There is no room for him. */
    record Full<T>() implements Admission<T> {}
  }

  int size() {
    return size;
  }

  Admission<T> enter(SourceNetwork network, String user, T item) {
    Line<T> line = lines.get(network);
    int mine = line == null ? 0 : line.size;
    if (mine >= perNetwork) {
      return new Admission.Full<>();
    }
    Optional<T> displaced = Optional.empty();
    if (byUser.getOrDefault(user, 0) >= perUser) {
      displaced =
          most(other -> other.of(user), line == null ? 0 : line.of(user))
              .map(other -> dropNewest(other.getKey(), other.getValue(), user));
      if (displaced.isEmpty()) {
        return new Admission.Full<>();
      }
    } else if (size >= most) {
      displaced =
          most(other -> other.size, mine)
              .map(other -> dropNewest(other.getKey(), other.getValue()));
      if (displaced.isEmpty()) {
        return new Admission.Full<>();
      }
    }
    Line<T> own = lines.computeIfAbsent(network, _ -> new Line<>());
    own.users.computeIfAbsent(user, _ -> new ArrayDeque<>()).addLast(item);
    own.size++;
    byUser.merge(user, 1, Integer::sum);
    size++;
    return new Admission.In<>(displaced);
  }

  /** Takes out whoever's turn it is. */
  Optional<T> next() {
    Map.Entry<SourceNetwork, Line<T>> first = lines.firstEntry();
    if (first == null) {
      return Optional.empty();
    }
    SourceNetwork network = first.getKey();
    Line<T> line = first.getValue();
    Map.Entry<String, ArrayDeque<T>> user = line.users.firstEntry();
    T item = user.getValue().removeFirst();
    // Whoever had a turn goes behind all others.
    line.users.putLast(user.getKey(), user.getValue());
    lines.putLast(network, line);
    forget(network, line, user.getKey(), user.getValue());
    return Optional.of(item);
  }

  /** Takes one out of turn; false if it is not there. */
  boolean leave(SourceNetwork network, String user, T item) {
    Line<T> line = lines.get(network);
    ArrayDeque<T> own = line == null ? null : line.users.get(user);
    if (line == null || own == null || !own.remove(item)) {
      return false;
    }
    forget(network, line, user, own);
    return true;
  }

  /** Takes all out. */
  List<T> empty() {
    List<T> all = new ArrayList<>(size);
    for (Optional<T> item = next(); item.isPresent(); item = next()) {
      all.add(item.get());
    }
    return all;
  }

  /** Who has most, and would still have as many as a newcomer who has {@code mine}. */
  private Optional<Map.Entry<SourceNetwork, Line<T>>> most(ToIntFunction<Line<T>> count, int mine) {
    return lines.entrySet().stream()
        .max(Comparator.comparingInt(entry -> count.applyAsInt(entry.getValue())))
        .filter(entry -> count.applyAsInt(entry.getValue()) > mine + 1);
  }

  private T dropNewest(SourceNetwork network, Line<T> line) {
    String user =
        line.users.entrySet().stream()
            .max(Comparator.comparingInt(entry -> entry.getValue().size()))
            .map(Map.Entry::getKey)
            .orElseThrow();
    return dropNewest(network, line, user);
  }

  private T dropNewest(SourceNetwork network, Line<T> line, String user) {
    ArrayDeque<T> own = Objects.requireNonNull(line.users.get(user));
    T item = own.removeLast();
    forget(network, line, user, own);
    return item;
  }

  /** Counts one that left, and drops whoever has nobody waiting. */
  private void forget(SourceNetwork network, Line<T> line, String user, ArrayDeque<T> own) {
    size--;
    line.size--;
    byUser.computeIfPresent(user, (_, count) -> count == 1 ? null : count - 1);
    if (own.isEmpty()) {
      line.users.remove(user);
    }
    if (line.size == 0) {
      lines.remove(network);
    }
  }

  /** Those of one network. */
  private static final class Line<T> {
    /** In the order of their turns; none is empty. */
    final LinkedHashMap<String, ArrayDeque<T>> users = new LinkedHashMap<>();

    int size;

    int of(String user) {
      ArrayDeque<T> own = users.get(user);
      return own == null ? 0 : own.size();
    }
  }
}
