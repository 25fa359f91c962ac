package dev.postern.store.sql;

import dev.postern.store.audit.SignInLimits;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Keeps {@code sign_ins} within its limits; the oldest rows go first. Counting costs as much as
 * there is, so it is done now and then: of a user or a domain when the key of a row just written
 * happens to begin with two zeros, of the others after so many rows. Until then each may be
 * exceeded, by a few hundred rows and by a tenth at most. One call removes ten thousand rows at
 * most, so that the writer comes to its other work. Used by the writer's thread alone.
 */
final class SignInBounds {
  private static final int BATCH = 1000;
  private static final int BATCHES = 10;
  private static final String CHANCE = "00";

  private final Database database;
  private final SignInLimits limits;
  private final Whole ofNobody;
  private final Whole refused;

  /** Batches that this call may still remove. */
  private int left;

  SignInBounds(Database database, SignInLimits limits) {
    this.database = database;
    this.limits = limits;
    this.ofNobody = new Whole("user_id IS NULL", limits.ofNobody());
    this.refused = new Whole("outcome <> 'accepted'", limits.refused());
  }

  /** Rows were written; {@link #goOn} is to follow. */
  void written(Map<String, SignInTable.Row> rows) {
    left = BATCHES;
    for (SignInTable.Row row : rows.values()) {
      ofNobody.written += row.userId().isEmpty() ? 1 : 0;
      refused.written += row.isRefused() ? 1 : 0;
    }
    trimSome("user_id = :subject", chosen(rows, true), limits.ofUser());
    trimSome("user_id IS NULL AND domain = :subject", chosen(rows, false), limits.ofDomain());
  }

  /**
   * Removes some of those that are not of one user or domain, if there are too many.
   *
   * @return whether there are still too many
   */
  boolean goOn() {
    left = BATCHES;
    trimWhole(ofNobody);
    trimWhole(refused);
    return ofNobody.excess > 0 || refused.excess > 0;
  }

  private void trimWhole(Whole whole) {
    if (whole.written > whole.most / 10) {
      whole.excess = excess(whole.which, Map.of(), whole.most);
      whole.written = 0;
    }
    whole.excess = trim(whole.which, Map.of(), whole.excess);
  }

  private static Set<String> chosen(Map<String, SignInTable.Row> rows, boolean isOfUsers) {
    return rows.entrySet().stream()
        .filter(entry -> entry.getKey().startsWith(CHANCE))
        .map(Map.Entry::getValue)
        .map(row -> isOfUsers ? row.userId() : row.domain())
        .flatMap(Optional::stream)
        .collect(Collectors.toSet());
  }

  private void trimSome(String which, Set<String> subjects, int most) {
    for (String subject : subjects) {
      if (left > 0) { // the others' turn comes again
        Map<String, String> name = Map.of("subject", subject);
        long _ = trim(which, name, excess(which, name, most));
      }
    }
  }

  private long excess(String which, Map<String, String> subject, int most) {
    return database.read(handle ->
        handle
            .createQuery("SELECT COUNT(*) FROM sign_ins WHERE " + which)
            .bindMap(subject)
            .mapTo(Long.class)
            .one())
        - most;
  }

  /** How much is left to another call. */
  private long trim(String which, Map<String, String> subject, long excess) {
    long still = excess;
    while (still > 0 && left > 0) {
      int gone = delete(which, subject, Math.min(still, BATCH));
      left--;
      still = gone == 0 ? 0 : still - gone;
    }
    return still;
  }

  private int delete(String which, Map<String, String> subject, long count) {
    return database.write(handle ->
        handle
            .createUpdate(
                "DELETE FROM sign_ins WHERE fold IN (SELECT fold FROM sign_ins WHERE "
                    + which
                    + " ORDER BY last_at LIMIT :count)")
            .bindMap(subject)
            .bind("count", count)
            .execute());
  }

  /** A bound of all rows of a kind. */
  private static final class Whole {
    final String which;
    final int most;

    /** Rows since they were counted. */
    int written;

    /** Rows that are still too many. */
    long excess;

    Whole(String which, int most) {
      this.which = which;
      this.most = most;
    }
  }
}
