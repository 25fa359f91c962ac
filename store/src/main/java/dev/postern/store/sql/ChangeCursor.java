package dev.postern.store.sql;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * The statements of the feed on the {@code changes} table, prepared once for each connection. For
 * the feed's thread alone.
 */
final class ChangeCursor implements AutoCloseable {
  private static final int PAGE = 1000;

  private final Connection connection;
  private final PreparedStatement newest;
  private final PreparedStatement after;
  private final PreparedStatement at;
  private long last;

  ChangeCursor(Connection connection) throws SQLException {
    this.connection = connection;
    this.newest = connection.prepareStatement("SELECT number, has_imports FROM change_counter");
    this.after =
        connection.prepareStatement(
            "SELECT number, kind, user_id, login_name, detail, at FROM changes WHERE number > ?"
                + " ORDER BY number LIMIT "
                + PAGE);
    this.at =
        connection.prepareStatement(
            "SELECT number, kind, user_id, login_name, detail, at FROM changes WHERE number = ?");
  }

  /**
   * How far the table has come.
   *
   * @param hasImports whether hashes of other systems were imported up to then
   */
  record Newest(long number, boolean hasImports) {}

  Newest newest() throws SQLException {
    try (ResultSet row = newest.executeQuery()) {
      return row.next() ? new Newest(row.getLong(1), row.getInt(2) != 0) : new Newest(0, false);
    }
  }

  List<ChangeFeed.Entry> after(long place) throws SQLException {
    after.setLong(1, place);
    List<ChangeFeed.Entry> entries = new ArrayList<>();
    try (ResultSet rows = after.executeQuery()) {
      while (rows.next()) {
        last = rows.getLong(1);
        entries.add(entry(rows));
      }
    }
    return entries;
  }

  /** Those of the users of changes who are not there any more. */
  Set<String> removed(List<ChangeFeed.Entry> changes) throws SQLException {
    Set<String> missing = new LinkedHashSet<>();
    for (ChangeFeed.Entry entry : changes) {
      if (entry.change() instanceof Change.OfUser(String userId, var _)) {
        missing.add(userId);
      }
    }
    if (missing.isEmpty()) {
      return missing;
    }
    String ids = String.join(",", Collections.nCopies(missing.size(), "?"));
    try (PreparedStatement there =
        connection.prepareStatement("SELECT id FROM users WHERE id IN (" + ids + ")")) {
      int parameter = 0;
      for (String id : missing) {
        there.setString(++parameter, id);
      }
      try (ResultSet rows = there.executeQuery()) {
        while (rows.next()) {
          boolean _ = missing.remove(rows.getString(1));
        }
      }
    }
    return missing;
  }

  /**
   * Of the login names of changes, those that no row gives to that user any more, with the number
   * of the last of these changes of each.
   *
   * @param changes what was read last
   */
  Map<Change.OfUser, Long> removedNames(List<ChangeFeed.Entry> changes) throws SQLException {
    Map<Change.OfUser, Long> missing = new HashMap<>();
    long number = last - changes.size();
    for (ChangeFeed.Entry entry : changes) {
      number++;
      if (entry.change() instanceof Change.OfUser ofName && ofName.loginName().isPresent()) {
        missing.put(ofName, number);
      }
    }
    if (missing.isEmpty()) {
      return missing;
    }
    String names = String.join(",", Collections.nCopies(missing.size(), "?"));
    try (PreparedStatement there =
        connection.prepareStatement(
            "SELECT user_id, name FROM login_names WHERE name IN (" + names + ")")) {
      int parameter = 0;
      for (Change.OfUser change : missing.keySet()) {
        there.setString(++parameter, change.loginName().orElseThrow());
      }
      try (ResultSet rows = there.executeQuery()) {
        while (rows.next()) {
          missing.remove(Change.ofName(rows.getString(1), rows.getString(2)));
        }
      }
    }
    return missing;
  }

  /** The change of that number. */
  Optional<ChangeFeed.Entry> at(long number) throws SQLException {
    at.setLong(1, number);
    try (ResultSet row = at.executeQuery()) {
      return row.next() ? Optional.of(entry(row)) : Optional.empty();
    }
  }

  private static ChangeFeed.Entry entry(ResultSet row) throws SQLException {
    return new ChangeFeed.Entry(
        ChangeRow.read(row.getString(2), row.getString(3), row.getString(4), row.getString(5)),
        Instant.ofEpochMilli(row.getLong(6)));
  }

  /** The number of the last of the changes that were read last; without gaps it says how many. */
  long last() {
    return last;
  }

  @Override
  public void close() throws SQLException {
    newest.close();
    after.close();
    at.close();
  }

  /** The one number that a statement answers with; 0 if there is no row. */
  static long only(PreparedStatement query) throws SQLException {
    try (ResultSet row = query.executeQuery()) {
      return row.next() ? row.getLong(1) : 0;
    }
  }
}
