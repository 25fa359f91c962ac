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
 * Statements on {@code ticket_keys}, whose values are sealed. PostgreSQL neither logs the table nor
 * copies it with its files, so that no backup lets anybody read a ticket later.
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

  /** Takes away those of periods long over, by the database's clock. */
  void dropOld(Handle handle) {
    handle
        .createUpdate("DELETE FROM ticket_keys WHERE <now> >= (period + 2) * :length")
        .define("now", dialect.now())
        .bind("length", TicketPeriod.LENGTH.toMillis())
        .execute();
  }

  private Optional<TicketKey> open(long period, String sealed) {
    try {
      Secret material = secretBox.open(new Sealed(sealed, place(period)));
      return Optional.of(material)
          .filter(secret -> secret.length() == TicketKey.BYTES)
          .map(secret -> new TicketKey(period, secret));
    } catch (SealBrokenException _) {
      return Optional.empty();
    }
  }

  private static Sealed.Place place(long period) {
    return new Sealed.Place(TABLE, Long.toString(period), "", "", "sealed", period);
  }
}
