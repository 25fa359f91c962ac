package dev.postern.store.sql;

import dev.postern.store.integrity.RowChecks;
import dev.postern.store.integrity.RowFacts;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.statement.PreparedBatch;
import org.jdbi.v3.core.statement.Query;

/**
 * Signs rows anew under the active integrity key. They say what they said before, in the same
 * version, so that no cache has to hear of it; a row that is changed meanwhile is signed by whoever
 * changes it.
 */
final class Resigning {
  private final Database database;
  private final RowChecks checks;

  Resigning(Database database, RowChecks checks) {
    this.database = database;
    this.checks = checks;
  }

  private record Row(List<String> key, String signature, Optional<RowFacts> facts) {}

  /** One page of a table. */
  Renewal.Page page(SignedTable table, String keyId, Optional<List<String>> behind) {
    return database.write(handle -> {
      List<Row> rows = rows(handle, table, keyId, behind);
      if (rows.isEmpty()) {
        return Renewal.Page.EMPTY;
      }
      List<Row> genuine = rows.stream().filter(row -> row.facts().isPresent()).toList();
      sign(handle, table, genuine);
      return new Renewal.Page(
          Optional.of(rows.getLast().key()), genuine.size(), rows.size() - genuine.size());
    });
  }

  private List<Row> rows(
      Handle handle, SignedTable table, String keyId, Optional<List<String>> behind) {
    String beginning = keyId + ":";
    String key =
        table.key().stream()
            .map(column -> table.alias() + "." + column)
            .collect(Collectors.joining(", "));
    Query query =
        handle
            .createQuery(
                table.select()
                    + " WHERE substr("
                    + table.alias()
                    + ".signature, 1, :length) = :beginning"
                    + (behind.isPresent() ? " AND (" + key + ") > (" + values(table) + ")" : "")
                    + " ORDER BY "
                    + key
                    + " LIMIT "
                    + Renewal.PAGE
                    + database.dialect().freeRowLock(table.alias()))
            .bind("length", beginning.length())
            .bind("beginning", beginning);
    behind.ifPresent(values ->
        IntStream.range(0, values.size()).forEach(i -> query.bind("key" + i, values.get(i))));
    return query
        .map((row, context) ->
            new Row(key(table, row), row.getString("signature"), table.facts().read(row, context)))
        .list();
  }

  private void sign(Handle handle, SignedTable table, List<Row> rows) {
    if (rows.isEmpty()) {
      return;
    }
    String same =
        IntStream.range(0, table.key().size())
            .mapToObj(i -> table.key().get(i) + " = :key" + i)
            .collect(Collectors.joining(" AND "));
    PreparedBatch batch =
        handle.prepareBatch(
            "UPDATE "
                + table.name()
                + " SET signature = :fresh WHERE "
                + same
                + " AND signature = :old");
    for (Row row : rows) {
      IntStream.range(0, row.key().size()).forEach(i -> batch.bind("key" + i, row.key().get(i)));
      batch
          .bind("old", row.signature())
          .bind("fresh", row.facts().map(checks::sign).orElseThrow())
          .add();
    }
    batch.execute();
  }

  private static String values(SignedTable table) {
    return IntStream.range(0, table.key().size())
        .mapToObj(i -> ":key" + i)
        .collect(Collectors.joining(", "));
  }

  private static List<String> key(SignedTable table, ResultSet row) throws SQLException {
    List<String> key = new ArrayList<>();
    for (String column : table.key()) {
      key.add(row.getString(column));
    }
    return key;
  }
}
