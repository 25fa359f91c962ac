package dev.postern.store.sql;

import dev.postern.store.access.ApiToken;
import dev.postern.store.access.StoredToken;
import dev.postern.store.access.TokenBook;
import dev.postern.store.audit.Snapshot;
import dev.postern.store.integrity.RowFacts;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * What Postern has written of an API token: one row.
 *
 * @param revokedReason as its last change says; empty if it was not revoked, or for no reason
 */
record ApiTokenRow(ApiToken token, StoredToken stored, Optional<String> revokedReason) {
  static final String TABLE = "api_tokens";

  String id() {
    return token.id();
  }

  /** Sorted, with commas between them, of which domains have none. */
  String domains() {
    return String.join(",", domainList());
  }

  private List<String> domainList() {
    return token.domains().stream().sorted().toList();
  }

  /** The next version, ended. */
  ApiTokenRow revoked(Instant at, Optional<String> reason) {
    return new ApiTokenRow(token.revoked(at).withVersion(token.version() + 1), stored, reason);
  }

  /** The next version, under another pepper. */
  ApiTokenRow with(StoredToken fresh) {
    return new ApiTokenRow(token.withVersion(token.version() + 1), fresh, revokedReason);
  }

  TokenBook.Held held() {
    return new TokenBook.Held(token, stored);
  }

  /** What its signature covers: all but the last use. */
  RowFacts facts() {
    return RowFacts.of(TABLE)
        .text(token.id())
        .text(token.name())
        .text(token.role().word())
        .text(domains())
        .text(stored.print())
        .number(token.createdAt().toEpochMilli())
        .text(token.createdBy())
        .number(token.expiresAt().map(Instant::toEpochMilli))
        .number(token.revokedAt().map(Instant::toEpochMilli))
        .text(revokedReason)
        .number(token.version());
  }

  /** For the audit; without the digest. */
  String snapshot() {
    return Snapshot.start()
        .text("name", token.name())
        .text("role", token.role().word())
        .list("domains", domainList())
        .text("expiresAt", token.expiresAt().map(Instant::toString))
        .text("state", token.revokedAt().isPresent() ? "revoked" : "active")
        .text("reason", revokedReason)
        .end();
  }
}
