package dev.postern.store.sql;

import java.sql.SQLException;
import java.util.Optional;
import java.util.Set;

/** The few things in which the two databases differ for the same statements. */
public enum Dialect {
  SQLITE("COLLATE BINARY", "", "", "", "", "CAST(unixepoch('subsec') * 1000 AS INTEGER)") {
    @Override
    boolean isConflict(SQLException e) {
      return (e.getErrorCode() & 0xff) == 19; // SQLITE_CONSTRAINT
    }
  },

  POSTGRESQL(
      "COLLATE \"C\"",
      "UNLOGGED",
      " FOR NO KEY UPDATE",
      " FOR KEY SHARE",
      "SELECT pg_notify('" + Dialect.CHANNEL + "', '')",
      "CAST(EXTRACT(EPOCH FROM clock_timestamp()) * 1000 AS BIGINT)") {
    @Override
    boolean isConflict(SQLException e) {
      return CONFLICTS.contains(Optional.ofNullable(e.getSQLState()).orElse(""));
    }
  };

  /**
   * States of PostgreSQL: a row that is there or gone against its expectation, and two transactions
   * that wait for each other, of which it ends one.
   */
  private static final Set<String> CONFLICTS = Set.of("23505", "23503", "40P01", "40001");

  /** The PostgreSQL channel that wakes the change feeds. */
  static final String CHANNEL = "postern_changes";

  private final String binary;
  private final String unlogged;
  private final String rowLock;
  private final String keyShare;
  private final String notice;
  private final String now;

  Dialect(
      String binary, String unlogged, String rowLock, String keyShare, String notice, String now) {
    this.binary = binary;
    this.unlogged = unlogged;
    this.rowLock = rowLock;
    this.keyShare = keyShare;
    this.notice = notice;
    this.now = now;
  }

  /** Column clause: sort by bytes. */
  String binary() {
    return binary;
  }

  /** Kind of a table that a crash of the server empties, and that no base backup holds. */
  String unlogged() {
    return unlogged;
  }

  /** Ends a SELECT whose rows stay as they are until the transaction ends. */
  String rowLock() {
    return rowLock;
  }

  /**
   * Ends a SELECT, in the order of the key, of rows that nobody takes away until the transaction
   * ends. They may change, and whoever changes them does not wait.
   */
  String keyShare() {
    return keyShare;
  }

  /**
   * Ends a SELECT of rows that nobody holds, which stay as they are until the transaction ends; the
   * others are left out. Whoever locks so never waits, whatever the order.
   *
   * @param table or its alias
   */
  String freeRowLock(String table) {
    return rowLock.isEmpty() ? "" : rowLock + " OF " + table + " SKIP LOCKED";
  }

  /** The same where several tables are joined, for the rows of one of them. */
  String rowLock(String alias) {
    return rowLock.isEmpty() ? "" : rowLock + " OF " + alias;
  }

  /** Tells other nodes of a change at its commit; empty where they cannot be told. */
  String notice() {
    return notice;
  }

  /**
   * Expression: milliseconds since 1970 by the database's clock, which is the same for all nodes.
   */
  String now() {
    return now;
  }

  /** Whether a statement failed because of what somebody else did at the same time. */
  abstract boolean isConflict(SQLException e);
}
