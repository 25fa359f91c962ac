package dev.postern.gateway.net;

import dev.postern.store.auth.Scope;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * The places for sessions of each mailbox at its upstream, and who waits for one: first come, first
 * served. Keeps nothing of mailboxes where nobody is or waits. Safe for use by several threads.
 */
final class MailboxPlaces {

  /** How many may wait for places of one mailbox. */
  static final int MOST_WAITING = 8;

  private final Map<Key, Taken> mailboxes = new ConcurrentHashMap<>();

  /** Whose places they are: an upstream counts each protocol by itself. */
  record Key(UpstreamMailbox mailbox, Scope protocol) {}

  /** Of one mailbox; touched while the map holds its key alone. */
  private static final class Taken {
    private int places;
    private final Deque<Turn> waiting = new ArrayDeque<>(0);
  }

  /**
   * Takes a place, or waits for one; empty if too many wait.
   *
   * @param most places there are, at least 1; for who came before it stays what it was
   * @param onPlace called when the wait has come to its end, by who gave the place up: it must not
   *     take long
   */
  Optional<Turn> take(Key key, int most, Runnable onPlace) {
    return take(key, most, MOST_WAITING, onPlace);
  }

  /** Takes a place if there is one that nobody waits for. */
  Optional<Turn> takeNow(Key key, int most) {
    return take(key, most, 0, () -> {});
  }

  private Optional<Turn> take(Key key, int most, int mostWaiting, Runnable onPlace) {
    Turn turn = new Turn(key, most, onPlace);
    var _ =
        mailboxes.compute(
            key,
            (_, known) -> {
              Taken taken = known == null ? new Taken() : known;
              if (taken.waiting.isEmpty() && taken.places < most) {
                taken.places++;
                turn.state = State.PLACED;
              } else if (taken.waiting.size() < mostWaiting) {
                taken.waiting.add(turn);
              } else {
                turn.state = State.OVER;
              }
              return taken;
            });
    return turn.state == State.OVER ? Optional.empty() : Optional.of(turn);
  }

  boolean isEmpty() {
    return mailboxes.isEmpty();
  }

  private enum State {
    WAITING,
    PLACED,
    OVER
  }

  /** One login's place and later its session's, or the wait for one. */
  final class Turn {
    private final Key key;
    private final int most;
    private final Runnable onPlace;
    private volatile State state = State.WAITING;

    private Turn(Key key, int most, Runnable onPlace) {
      this.key = key;
      this.most = most;
      this.onPlace = onPlace;
    }

    /** Whether it has its place, which it keeps until {@link #leave}. */
    boolean hasPlace() {
      return state == State.PLACED;
    }

    /** Gives up the place or the wait; only the first time counts. */
    void leave() {
      List<Turn> next = new ArrayList<>(0);
      var _ = mailboxes.computeIfPresent(key, (_, taken) -> left(taken, next));
      next.forEach(turn -> turn.onPlace.run());
    }

    private @Nullable Taken left(Taken taken, List<Turn> next) {
      State left = state;
      state = State.OVER;
      switch (left) {
        case WAITING -> taken.waiting.remove(this);
        case PLACED -> taken.places--;
        case OVER -> {}
      }
      for (Turn first = taken.waiting.peek();
          first != null && taken.places < first.most;
          first = taken.waiting.peek()) {
        taken.waiting.remove();
        taken.places++;
        first.state = State.PLACED;
        next.add(first);
      }
      return taken.places == 0 && taken.waiting.isEmpty() ? null : taken;
    }
  }
}
