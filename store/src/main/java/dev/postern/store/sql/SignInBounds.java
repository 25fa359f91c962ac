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
 * exceeded, by a few hundred rows and by a tenth at most. Used by the writer's thread alone.
 */
final class SignInBounds {
  private static final int BATCH = 1000;
  private static final String CHANCE = "00";

  private final Database database;
  private final SignInLimits limits;
  private int ofNobody;
  private int refused;

  SignInBounds(Database database, SignInLimits limits) {
    this.database = database;
    this.limits = limits;
  }

  /** Rows were written. */
  void written(Map<String, SignInTable.Row> rows) {
    for (SignInTable.Row row : rows.values()) {
      ofNobody += row.userId().isEmpty() ? 1 : 0;
      refused += row.isRefused() ? 1 : 0;
    }
    trimSome("user_id = :subject", chosen(rows, true), limits.ofUser());
    trimSome("user_id IS NULL AND domain = :subject", chosen(rows, false), limits.ofDomain());
    if (ofNobody > limits.ofNobody() / 10) {
      ofNobody = 0;
      trim("user_id IS NULL", Map.of(), limits.ofNobody());
    }
    if (refused > limits.refused() / 10) {
      refused = 0;
      trim("outcome <> 'accepted'", Map.of(), limits.refused());
    }
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
    subjects.forEach(subject -> trim(which, Map.of("subject", subject), most));
  }

  private void trim(String which, Map<String, String> subject, int most) {
    long excess =
        database.read(handle ->
            handle
                .createQuery("SELECT COUNT(*) FROM sign_ins WHERE " + which)
                .bindMap(subject)
                .mapTo(Long.class)
                .one())
            - most;
    while (excess > 0) {
      int gone = delete(which, subject, Math.min(excess, BATCH));
      excess = gone == 0 ? 0 : excess - gone;
    }
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
}
