package dev.postern.store.sql;

import dev.postern.store.auth.Cidr;
import dev.postern.store.guard.Ban;
import dev.postern.store.integrity.RowAlarm.Trouble;
import dev.postern.store.integrity.RowChecks;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.Optional;
import java.util.stream.Stream;

/** Tells the rows of {@code bans} that Postern wrote from others. */
final class BanRows {
  /**
   * For SELECT and RETURNING. Text is cut behind what Postern writes at most, so that nobody else
   * can fill the memory; what was cut is not what was signed.
   */
  static final String COLUMNS =
      "substr(network, 1, "
          + BanPlace.LONGEST
          + ") AS network, substr(kind, 1, 8) AS kind, substr(reason, 1, 1000) AS reason,"
          + " created_at, substr(created_by, 1, 1000) AS created_by, ends_at, version,"
          + " substr(signature, 1, 200) AS signature";

  private final RowChecks checks;

  BanRows(RowChecks checks) {
    this.checks = checks;
  }

  /** What a row turned out to be. */
  sealed interface Read {
    BanPlace place();

    /** It counts. */
    record Genuine(BanRow row) implements Read {
      @Override
      public BanPlace place() {
        return row.place();
      }
    }

    /** Somebody else wrote it, or put it back; it counts for nothing. */
    record Forged(BanPlace place, Trouble trouble) implements Read {}
  }

  /** Raises no alarm. */
  Read read(ResultSet row) throws SQLException {
    BanPlace place = new BanPlace(text(row, "network"), text(row, "kind"));
    Optional<Cidr> network = parsed(place.network());
    Optional<Ban.Kind> kind =
        Stream.of(Ban.Kind.values()).filter(one -> one.word().equals(place.kind())).findFirst();
    if (network.isEmpty() || kind.isEmpty()) {
      return new Read.Forged(place, Trouble.MALFORMED);
    }
    long endsAt = row.getLong("ends_at");
    Optional<Instant> end =
        row.wasNull() ? Optional.empty() : Optional.of(Instant.ofEpochMilli(endsAt));
    Ban ban =
        new Ban(
            network.get(),
            kind.get(),
            text(row, "reason"),
            Instant.ofEpochMilli(row.getLong("created_at")),
            text(row, "created_by"),
            end);
    BanRow read = new BanRow(ban, row.getLong("version"));
    return checks
        .trouble(
            BanRow.TABLE, place.name(), read.version(), read.facts(), row.getString("signature"))
        .<Read>map(trouble -> new Read.Forged(place, trouble))
        .orElseGet(() -> new Read.Genuine(read));
  }

  /** The same, and raises the alarm about a row that is not genuine. */
  Optional<BanRow> genuine(ResultSet row) throws SQLException {
    return switch (read(row)) {
      case Read.Genuine(BanRow genuine) -> Optional.of(genuine);
      case Read.Forged(BanPlace place, Trouble trouble) -> {
        checks.raise(BanRow.TABLE, place.name(), trouble);
        yield Optional.empty();
      }
    };
  }

  /** NULL, which only another schema lets in, is no text. */
  private static String text(ResultSet row, String column) throws SQLException {
    return Optional.ofNullable(row.getString(column)).orElse("");
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
