package dev.postern.store.sql;

import dev.postern.store.integrity.RowFacts;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.List;
import java.util.Optional;
import org.jdbi.v3.core.statement.StatementContext;

/**
 * A table with signed rows, for signing them anew under another key.
 *
 * @param alias what the table is called in {@code select}, its name if it has no other
 * @param key columns of the primary key
 * @param select all that the signature covers, and the signature; ends before {@code WHERE}
 * @param facts what a row says, empty (and an alarm) if it is not genuine
 */
record SignedTable(String name, String alias, List<String> key, String select, Reader facts) {

  /** Reads a row. */
  interface Reader {
    Optional<RowFacts> read(ResultSet row, StatementContext context) throws SQLException;
  }
}
