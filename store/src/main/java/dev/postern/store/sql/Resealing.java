package dev.postern.store.sql;

import dev.postern.store.auth.Secret;
import dev.postern.store.auth.StoredSecret.Imported;
import dev.postern.store.integrity.RowChecks;
import dev.postern.store.seal.Sealed;
import dev.postern.store.seal.SecretBox;
import dev.postern.store.seal.SecretBox.SealBrokenException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Seals values anew under the active sealing key. */
final class Resealing {
  private final Database database;
  private final SecretBox secretBox;
  private final RowChecks checks;
  private final UpstreamPasswordTable upstreamPasswords;
  private final OAuthAccountTable oauthAccounts;
  private final AppPasswordTable appPasswords;
  private final AppPasswordLocks locks;
  private final KeyUses uses;

  Resealing(
      Database database,
      SecretBox secretBox,
      RowChecks checks,
      UpstreamPasswordTable upstreamPasswords,
      OAuthAccountTable oauthAccounts,
      AppPasswordTable appPasswords,
      AppPasswordLocks locks,
      KeyUses uses) {
    this.database = database;
    this.secretBox = secretBox;
    this.checks = checks;
    this.upstreamPasswords = upstreamPasswords;
    this.oauthAccounts = oauthAccounts;
    this.appPasswords = appPasswords;
    this.locks = locks;
    this.uses = uses;
  }

  /** One page of the passwords for upstreams. */
  Renewal.Page upstreamPasswords(String keyId, Optional<List<String>> behind) {
    return database.write(handle -> upstreamPasswords.reseal(handle, keyId, behind));
  }

  /** One page of the refresh tokens. */
  Renewal.Page refreshTokens(String keyId, Optional<List<String>> behind) {
    return database.write(handle -> oauthAccounts.reseal(handle, keyId, behind));
  }

  /**
   * What does not last is not sealed anew: nodes make other keys of session tickets within a
   * minute, ask for an access token that they do not find handed over, and people for another link.
   *
   * @return how many links for consent ended that somebody might have followed yet
   */
  long dropShortLived(String keyId) {
    return database.write(handle -> {
      TicketKeyTable.dropUnder(handle, keyId);
      OAuthLeaseTable.dropUnder(handle, keyId);
      SqlConsentLinks.dropOld(handle, database.dialect());
      return SqlConsentLinks.dropUnder(handle, keyId);
    });
  }

  /** One page of the imported hashes. */
  Renewal.Page imported(String keyId, Optional<List<String>> behind) {
    return database.write(handle -> {
      List<String> ids =
          uses.importedUnder(handle, keyId, behind.map(List::getFirst).orElse(""), Renewal.PAGE);
      if (ids.isEmpty()) {
        return Renewal.Page.EMPTY;
      }
      List<AppPasswordRow> fresh = new ArrayList<>();
      for (AppPasswordRow row : locks.lock(handle, ids)) {
        resealed(row).ifPresent(fresh::add);
      }
      int renewed = appPasswords.save(handle, fresh).size();
      return new Renewal.Page(Optional.of(List.of(ids.getLast())), renewed, ids.size() - renewed);
    });
  }

  private Optional<AppPasswordRow> resealed(AppPasswordRow row) {
    if (!(row.credential().stored().orElse(null) instanceof Imported imported)) {
      return Optional.empty();
    }
    Sealed old = imported.sealed(row.id(), row.appPassword().userId());
    try (Secret hash = secretBox.open(old)) {
      return Optional.of(row.withSecret(new Imported(secretBox.seal(hash, old.place()).text())));
    } catch (SealBrokenException _) {
      checks.malformed(AppPasswordRow.TABLE, row.id());
      return Optional.empty();
    }
  }
}
