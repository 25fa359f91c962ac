package dev.postern.store.sql;

import dev.postern.store.RefusedException;
import dev.postern.store.audit.Changes;
import dev.postern.store.audit.Exports;
import dev.postern.store.audit.SignIns;
import dev.postern.store.session.EndedSession;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jdbi.v3.core.mapper.RowMapper;

/** Reads the record in the order of its numbers. */
final class SqlExports implements Exports {
  private final Database database;

  SqlExports(Database database) {
    this.database = database;
  }

  @Override
  public List<Numbered<Changes.Entry>> changes(long after, int limit) {
    return page(
        ExportNumbers.CHANGES, after, limit, SqlChanges.SELECT, "number", "id", SqlChanges::map);
  }

  @Override
  public List<Numbered<SignIns.Entry>> signIns(long after, int limit) {
    return page(
        ExportNumbers.SIGN_INS,
        after,
        limit,
        SqlSignIns.SELECT,
        "s.number",
        "fold",
        SqlSignIns::map);
  }

  @Override
  public List<Numbered<EndedSession>> sessions(long after, int limit) {
    return page(
        ExportNumbers.SESSIONS,
        after,
        limit,
        EndedSessionTable.SELECT,
        "s.number",
        "id",
        EndedSessionTable::map);
  }

  @Override
  public List<EndedSession> sessionsOf(String userId, Optional<String> after, int limit) {
    requireLimit(limit);
    Conditions wanted = new Conditions().and("s.user_id = :user").with("user", userId);
    after.ifPresent(id -> wanted.and("s.id < :after").with("after", Walk.place(id)));
    return database.read(handle ->
        wanted
            .query(handle, EndedSessionTable.SELECT, "ORDER BY s.id DESC LIMIT " + limit)
            .map(EndedSessionTable::map)
            .list());
  }

  /** What is there; then what gets its numbers for this page. */
  private <T> List<Numbered<T>> page(
      ExportNumbers numbers,
      long after,
      int limit,
      String select,
      String number,
      String id,
      RowMapper<T> entry) {
    requireLimit(limit);
    Reading<T> reading =
        (from, most) ->
            database.read(handle ->
                new Conditions()
                    .and(number + " > :after")
                    .with("after", from)
                    .query(handle, select, "ORDER BY " + number + " LIMIT " + most)
                    .map((row, context) ->
                        new Numbered<>(
                            row.getLong("number"), row.getString(id), entry.map(row, context)))
                    .list());
    List<Numbered<T>> page = new ArrayList<>(reading.behind(after, limit));
    if (page.size() < limit && database.read(numbers::areMissing)) {
      int missing = limit - page.size();
      database.write(handle -> {
        numbers.give(handle, database.dialect(), missing);
        return missing;
      });
      page.addAll(reading.behind(page.isEmpty() ? after : page.getLast().number(), missing));
    }
    if (page.isEmpty() && after > database.read(numbers::highest)) {
      throw invalid(
          "nothing of this record has the number " + after + " yet",
          "If the database was put back to an older state, begin with 0 again.");
    }
    return page;
  }

  /** Reads numbered rows. */
  private interface Reading<T> {
    List<Numbered<T>> behind(long after, int most);
  }

  private static void requireLimit(int limit) {
    if (limit < 1 || limit > LONGEST_PAGE) {
      throw invalid("a page has 1 to " + LONGEST_PAGE + " entries", "Ask for that many.");
    }
  }

  private static RefusedException invalid(String detail, String remedy) {
    return new RefusedException(RefusedException.Code.INVALID, detail, remedy);
  }
}
