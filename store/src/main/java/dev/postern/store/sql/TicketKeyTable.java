package dev.postern.store.sql;

import dev.postern.store.auth.Secret;
import dev.postern.store.seal.Sealed;
import dev.postern.store.seal.SecretBox;
import dev.postern.store.seal.SecretBox.SealBrokenException;
import dev.postern.store.tickets.TicketKey;
import dev.postern.store.tickets.TicketPeriod;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jdbi.v3.core.Handle;

/**
 * Statements on {@code ticket_keys}, whose values are sealed. PostgreSQL does not log the table: it
 * is in no base backup, no archived log and on no replica.
 */
final class TicketKeyTable {
  private static final String TABLE = "ticket_keys";

  private final SecretBox secretBox;
  private final Dialect dialect;

  TicketKeyTable(SecretBox secretBox, Dialect dialect) {
    this.secretBox = secretBox;
    this.dialect = dialect;
  }

  /** Keys from a period to a later one, by number; what does not open is left out. */
  Map<Long, TicketKey> between(Handle handle, long first, long last) {
    return handle
        .createQuery("SELECT period, sealed FROM ticket_keys WHERE period BETWEEN :first AND :last")
        .bind("first", first)
        .bind("last", last)
        .map((row, _) -> open(row.getLong("period"), row.getString("sealed")))
        .list()
        .stream()
        .flatMap(Optional::stream)
        .collect(Collectors.toMap(TicketKey::period, Function.identity()));
  }

  /** Keeps a key of a period that has none yet; of two nodes, the first one's stays. */
  void offer(Handle handle, TicketKey key) {
    handle
        .createUpdate(
            "INSERT INTO ticket_keys (period, sealed) VALUES (:period, :sealed)"
                + " ON CONFLICT (period) DO NOTHING")
        .bind("period", key.period())
        .bind("sealed", secretBox.seal(key.material(), place(key.period())).text())
        .execute();
  }

  /**
   * Takes away those of periods that are over, by the database's clock, and those made for a time
   * that is far: by a node whose clock was wrong.
   */
  void dropStray(Handle handle) {
    handle
        .createUpdate(
            "DELETE FROM ticket_keys WHERE <now> >= (period + 2) * :length"
                + " OR (period - 2) * :length > <now>")
        .define("now", dialect.now())
        .bind("length", TicketPeriod.LENGTH.toMillis())
        .execute();
  }

  /** Takes away those that are sealed under a key which is to be used no more. */
  static void dropUnder(Handle handle, String sealingKey) {
    String beginning = KeyUses.sealedBeginning(sealingKey);
    handle
        .createUpdate("DELETE FROM ticket_keys WHERE substr(sealed, 1, :length) = :beginning")
        .bind("length", beginning.length())
        .bind("beginning", beginning)
        .execute();
  }

  private Optional<TicketKey> open(long period, String sealed) {
    try {
      Secret material = secretBox.open(new Sealed(sealed, place(period)));
      return Optional.of(new TicketKey(period, material));
    } catch (SealBrokenException _) {
      return Optional.empty();
    }
  }

  private static Sealed.Place place(long period) {
    return new Sealed.Place(TABLE, Long.toString(period), "", "", "sealed", period);
  }
}
