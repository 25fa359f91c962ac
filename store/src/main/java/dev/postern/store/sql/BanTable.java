package dev.postern.store.sql;

import dev.postern.store.RefusedException;
import dev.postern.store.auth.Cidr;
import dev.postern.store.guard.Ban;
import dev.postern.store.guard.Bans;
import dev.postern.store.integrity.RowChecks;
import dev.postern.store.integrity.RowFacts;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.statement.Query;
import org.jdbi.v3.core.statement.StatementContext;

/**
 * Statements on {@code bans}. Whoever changes the table locks it first; the version of a row is
 * above the number of every change so far, so that a row that was taken away and comes again is
 * newer than it was.
 */
final class BanTable {
  static final String TABLE = "bans";
  private static final String SELECT =
      "SELECT network, kind, reason, created_at, created_by, ends_at, version, signature FROM bans"
          + " ";

  private static final String DELETE = "DELETE FROM bans WHERE network = :network ";
  private static final String RETURNING =
      "RETURNING network, kind, reason, created_at, created_by, ends_at, version, signature";

  private final RowChecks checks;
  private final Dialect dialect;

  BanTable(RowChecks checks, Dialect dialect) {
    this.checks = checks;
    this.dialect = dialect;
  }

  /** A genuine row. */
  record Row(Ban ban, long version) {
    String name() {
      return BanTable.name(ban.network().toString(), ban.kind().word());
    }

    private RowFacts facts() {
      return RowFacts.of(TABLE)
          .text(ban.network().toString())
          .text(ban.kind().word())
          .text(ban.reason())
          .number(ban.createdAt().toEpochMilli())
          .text(ban.createdBy())
          .number(ban.endsAt().map(Instant::toEpochMilli))
          .number(version);
    }
  }

  private static String name(String network, String kind) {
    return kind + " " + network;
  }

  /**
   * The genuine rows; the others raise the alarm.
   *
   * @throws RefusedException {@code STATE} if there are more rows than Postern writes
   */
  List<Row> all(Handle handle) {
    int rows =
        handle
            .createQuery("SELECT COUNT(*) FROM (SELECT 1 FROM bans LIMIT :most) AS counted")
            .bind("most", Bans.MOST + 1)
            .mapTo(Integer.class)
            .one();
    if (rows > Bans.MOST) {
      checks.malformed(TABLE, "after " + Bans.MOST);
      throw new RefusedException(
          RefusedException.Code.STATE,
          "there are more than " + Bans.MOST + " bans, which Postern does not write",
          "Delete the rows that you do not know from the table bans, and find out who wrote them.");
    }
    return handle
        .createQuery(SELECT + "ORDER BY network, kind LIMIT :most")
        .bind("most", Bans.MOST)
        .map(this::map)
        .list()
        .stream()
        .flatMap(Optional::stream)
        .toList();
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

  long count(Handle handle) {
    return handle.createQuery("SELECT COUNT(*) FROM bans").mapTo(Long.class).one();
  }

  /**
   * What went.
   *
   * @param isGone whether any row did, genuine or not
   * @param genuine those of them that were
   */
  record Removed(boolean isGone, List<Row> genuine) {}

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
    List<Optional<Row>> rows = delete.bind("network", network.toString()).map(this::map).list();
    return new Removed(!rows.isEmpty(), rows.stream().flatMap(Optional::stream).toList());
  }

  void insert(Handle handle, Ban ban, long version) {
    Row row = new Row(ban, version);
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
        TABLE,
        TABLE,
        List.of("network", "kind"),
        SELECT,
        (row, context) -> map(row, context).map(Row::facts));
  }

  private Optional<Row> map(ResultSet row, StatementContext context) throws SQLException {
    String network = row.getString("network");
    String kind = row.getString("kind");
    String name = name(network, kind);
    long endsAt = row.getLong("ends_at");
    Optional<Instant> end =
        row.wasNull() ? Optional.empty() : Optional.of(Instant.ofEpochMilli(endsAt));
    Optional<Cidr> parsed = parsed(network);
    Optional<Ban.Kind> known =
        Stream.of(Ban.Kind.values()).filter(one -> one.word().equals(kind)).findFirst();
    String reason = row.getString("reason");
    String createdBy = row.getString("created_by");
    if (parsed.isEmpty() || known.isEmpty() || reason == null || createdBy == null) {
      checks.malformed(TABLE, name);
      return Optional.empty();
    }
    Ban ban =
        new Ban(
            parsed.get(),
            known.get(),
            reason,
            Instant.ofEpochMilli(row.getLong("created_at")),
            createdBy,
            end);
    Row read = new Row(ban, row.getLong("version"));
    return checks.isGenuine(TABLE, name, read.version, read.facts(), row.getString("signature"))
        ? Optional.of(read)
        : Optional.empty();
  }

  /** Only as {@link Cidr} writes it itself. */
  private static Optional<Cidr> parsed(String network) {
    try {
      return Optional.of(Cidr.parse(network)).filter(read -> read.toString().equals(network));
    } catch (IllegalArgumentException _) {
      return Optional.empty();
    }
  }
}
