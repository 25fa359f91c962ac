package dev.postern.store.sql;

import dev.postern.store.RefusedException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.statement.Query;

/**
 * A search of a table in the order of its keys that takes bounded time, whatever fits: an index
 * leads along the rows that meet some conditions, and the others are looked at one by one, at most
 * {@value #STEPS} for a page. Every index for {@code along} ends in the key.
 *
 * @param along what an index answers
 * @param beside what is looked at on the way
 */
record Walk(String table, String key, Conditions along, Conditions beside) {
  static final int STEPS = 10_000;

  /** Rows that are read at once, so that a page that is soon full costs little. */
  private static final int STRIDE = 1000;

  /** Longer than any key. */
  private static final int LONGEST_PLACE = 400;

  /**
   * What was found.
   *
   * @param next the key behind which to go on; empty if there is no more
   */
  record Keys(List<String> keys, Optional<String> next) {}

  private record Step(String key, boolean fits) {}

  /**
   * Keys of rows that fit.
   *
   * @param after the key behind which to begin
   */
  Keys page(Handle handle, String after, int limit) {
    int stride = beside.isEmpty() ? limit + 1 : STRIDE;
    List<String> found = new ArrayList<>();
    String place = after;
    for (int walked = 0; walked < STEPS; walked += stride) {
      List<Step> steps = steps(handle, place, stride);
      for (Step step : steps) {
        if (step.fits() && found.size() == limit) {
          return new Keys(found, Optional.of(found.getLast()));
        }
        if (step.fits()) {
          found.add(step.key());
        }
        place = step.key();
      }
      if (steps.size() < stride) {
        return new Keys(found, Optional.empty());
      }
    }
    return new Keys(found, Optional.of(place));
  }

  /**
   * A text that somebody gave, to be compared with keys.
   *
   * @throws RefusedException {@code INVALID} if no database takes it for text
   */
  static String place(String given) {
    boolean isText =
        given.length() <= LONGEST_PLACE
            && given
                .codePoints()
                .noneMatch(point ->
                    Character.isISOControl(point)
                        || Character.getType(point) == Character.SURROGATE);
    if (!isText) {
      throw new RefusedException(
          RefusedException.Code.INVALID,
          "that is not where a page of a list begins",
          "Use what came with the page before.");
    }
    return given;
  }

  private List<Step> steps(Handle handle, String after, int limit) {
    return bind(handle.createQuery(statement(limit)), after)
        .map((row, _) -> new Step(row.getString("place"), row.getInt("fits") != 0))
        .list();
  }

  /** What is asked; the other conditions are where no database takes them for a way to go. */
  String statement(int limit) {
    return "SELECT %s AS place, CASE WHEN %s THEN 1 ELSE 0 END AS fits FROM %s WHERE %s AND %s > :after ORDER BY %s LIMIT %d"
        .formatted(key, beside.text(), table, along.text(), key, key, limit);
  }

  Query bind(Query query, String after) {
    return along.bind(beside.bind(query)).bind("after", after);
  }
}
