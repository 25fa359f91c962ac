package dev.postern.store.sql;

import dev.postern.store.guard.Ban;
import dev.postern.store.integrity.RowFacts;
import java.time.Instant;

/** What Postern has written about a network: one row. */
record BanRow(Ban ban, long version) {
  static final String TABLE = "bans";

  BanPlace place() {
    return new BanPlace(ban.network().toString(), ban.kind().word());
  }

  /** What its signature covers. */
  RowFacts facts() {
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
