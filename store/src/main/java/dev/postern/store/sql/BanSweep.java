package dev.postern.store.sql;

import dev.postern.store.guard.Ban;
import dev.postern.store.guard.Bans;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jdbi.v3.core.Handle;

/**
 * One reading of {@code bans} from its first row to its last, in turns of at most {@value #TURN}
 * rows. It keeps the genuine ones, at most {@link Bans#MOST}, and passes by the others, so that
 * neither its memory nor a turn grows with what somebody else writes into the table: the number of
 * turns does. For one thread at a time.
 *
 * <p>In the order of the primary key, to go on from where a turn ended. Whoever writes the table
 * can put rows in front of others, and make it last; there is no order among those that a database
 * keeps which he cannot choose. He cannot keep a row from being met.
 */
final class BanSweep {
  /** Twice as many as there can be of Postern's. */
  static final int TURN = 2 * Bans.MOST;

  /** So many turns one after the other take a second or two. */
  static final int TURNS_AT_ONCE = 10;

  private static final Comparator<BanPlace> ORDER =
      Comparator.comparing(BanPlace::network).thenComparing(BanPlace::kind);

  private final BanTable table;
  private final Map<BanPlace, BanRow> genuine = new LinkedHashMap<>();
  private Forged forged = Forged.NONE;
  private Optional<BanPlace> next = Optional.of(BanPlace.START);
  private boolean isOverfull;
  private int turns;

  BanSweep(BanTable table) {
    this.table = table;
  }

  /**
   * Rows that somebody else wrote.
   *
   * @param some the first of them, at most {@value #NAMED}
   */
  record Forged(long count, List<BanRows.Read.Forged> some) {
    static final Forged NONE = new Forged(0, List.of());
    private static final int NAMED = 10;

    boolean isNone() {
      return count == 0;
    }

    private Forged and(BanRows.Read.Forged one) {
      List<BanRows.Read.Forged> named = some;
      if (some.size() < NAMED) {
        named = new ArrayList<>(some);
        named.add(one);
      }
      return new Forged(count + 1, named);
    }
  }

  /** Reads on, for one turn. */
  void goOn(Handle handle) {
    turns++;
    for (int read = 0; read < TURN && next.isPresent(); read += BanTable.PAGE) {
      List<BanRows.Read> page = table.page(handle, next.get());
      page.forEach(this::take);
      next = page.size() < BanTable.PAGE ? Optional.empty() : behind(page.getLast(), next.get());
    }
  }

  /** Reads on to the end, or for {@value #TURNS_AT_ONCE} turns. */
  void goOnForLong(Handle handle) {
    for (int i = 0; i < TURNS_AT_ONCE && !isDone(); i++) {
      goOn(handle);
    }
  }

  /** Forwards only: in a SQLite file what is no text comes last, and reads like any text. */
  private static Optional<BanPlace> behind(BanRows.Read last, BanPlace before) {
    return last.place().behind().filter(place -> ORDER.compare(place, before) > 0);
  }

  private void take(BanRows.Read row) {
    switch (row) {
      case BanRows.Read.Genuine(BanRow one) -> {
        if (genuine.size() < Bans.MOST || genuine.containsKey(one.place())) {
          genuine.put(one.place(), one);
        } else {
          isOverfull = true;
        }
      }
      case BanRows.Read.Forged one -> forged = forged.and(one);
    }
  }

  /** Whether the last row was read. */
  boolean isDone() {
    return next.isEmpty();
  }

  /** Whether all genuine rows were read and kept. */
  boolean isWhole() {
    return isDone() && !isOverfull;
  }

  /** Whether the table holds no more than Postern writes, as far as was read. */
  boolean isUsual() {
    return isWhole() && turns == 1;
  }

  /** Those met so far. */
  Collection<BanRow> genuine() {
    return genuine.values();
  }

  List<Ban> bans() {
    return genuine.values().stream().map(BanRow::ban).toList();
  }

  /** Those met so far. */
  Forged forged() {
    return forged;
  }
}
