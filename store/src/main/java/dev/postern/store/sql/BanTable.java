package dev.postern.store.sql;

import dev.postern.store.auth.Cidr;
import dev.postern.store.guard.Ban;
import dev.postern.store.guard.Bans;
import dev.postern.store.integrity.RowChecks;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.statement.Query;

/**
 * Statements on {@code bans}. Whoever changes the table locks it first; the version of a row is
 * above the number of every change so far, so that a row that was taken away and comes again is
 * newer than it was.
 */
final class BanTable {
  /** Rows that are read at once. */
  static final int PAGE = 1000;

  private static final String SELECT = "SELECT " + BanRows.COLUMNS + " FROM bans ";
  private static final String DELETE = "DELETE FROM bans WHERE network = :network ";
  private static final String RETURNING = "RETURNING " + BanRows.COLUMNS;

  private final RowChecks checks;
  private final BanRows rows;
  private final Dialect dialect;

  BanTable(RowChecks checks, Dialect dialect) {
    this.checks = checks;
    this.rows = new BanRows(checks);
    this.dialect = dialect;
  }

  /** The next rows, at most {@value #PAGE}, in the order of the primary key; raises no alarm. */
  List<BanRows.Read> page(Handle handle, BanPlace behind) {
    return handle
        .createQuery(
            SELECT
                + "WHERE (bans.network, bans.kind) > (:network, :kind)"
                + " ORDER BY bans.network, bans.kind LIMIT "
                + PAGE)
        .bind("network", behind.network())
        .bind("kind", behind.kind())
        .map((row, _) -> rows.read(row))
        .list();
  }

  /**
   * Has the table to itself until the transaction ends.
   *
   * @return the number of the last change
   */
  long lock(Handle handle) {
    return handle
        .createQuery("SELECT number FROM change_counter WHERE id = 1" + dialect.rowLock())
        .mapTo(Long.class)
        .findOne()
        .orElse(0L);
  }

  /** Drops what has ended, genuine or not. */
  void dropEnded(Handle handle, Instant now) {
    int _ =
        handle
            .createUpdate("DELETE FROM bans WHERE ends_at <= :now")
            .bind("now", now.toEpochMilli())
            .execute();
  }

  /** Whether there are {@link Bans#MOST} rows or more, genuine or not. */
  boolean isFull(Handle handle) {
    return handle
            .createQuery("SELECT COUNT(*) FROM (SELECT 1 FROM bans LIMIT :most) AS counted")
            .bind("most", Bans.MOST)
            .mapTo(Integer.class)
            .one()
        >= Bans.MOST;
  }

  /**
   * What went.
   *
   * @param isGone whether any row did, genuine or not
   * @param genuine those of them that were
   */
  record Removed(boolean isGone, List<BanRow> genuine) {}

  /** Takes away all that is said about a network, also what makes no sense. */
  Removed remove(Handle handle, Cidr network) {
    return remove(handle.createQuery(DELETE + RETURNING), network);
  }

  Removed remove(Handle handle, Cidr network, Ban.Kind kind) {
    return remove(
        handle.createQuery(DELETE + "AND kind = :kind " + RETURNING).bind("kind", kind.word()),
        network);
  }

  private Removed remove(Query delete, Cidr network) {
    List<Optional<BanRow>> gone =
        delete.bind("network", network.toString()).map((row, _) -> rows.genuine(row)).list();
    return new Removed(!gone.isEmpty(), gone.stream().flatMap(Optional::stream).toList());
  }

  void insert(Handle handle, Ban ban, long version) {
    BanRow row = new BanRow(ban, version);
    int _ =
        handle
            .createUpdate(
                """
                INSERT INTO bans (network, kind, reason, created_at, created_by, ends_at, version,
                    signature)
                VALUES (:network, :kind, :reason, :createdAt, :createdBy, :endsAt, :version,
                    :signature)
                """)
            .bind("network", ban.network().toString())
            .bind("kind", ban.kind().word())
            .bind("reason", ban.reason())
            .bind("createdAt", ban.createdAt().toEpochMilli())
            .bind("createdBy", ban.createdBy())
            .bind("endsAt", ban.endsAt().map(Instant::toEpochMilli).orElse(null))
            .bind("version", version)
            .bind("signature", checks.sign(row.facts()))
            .execute();
  }

  /** For signing anew. */
  SignedTable signed() {
    return new SignedTable(
        BanRow.TABLE,
        BanRow.TABLE,
        List.of("network", "kind"),
        SELECT,
        (row, _) -> rows.genuine(row).map(BanRow::facts));
  }
}
