package dev.postern.store.sql;

import dev.postern.store.Actor;
import dev.postern.store.RefusedException;
import dev.postern.store.RefusedException.Code;
import dev.postern.store.StoreConfig;
import dev.postern.store.access.ApiToken;
import dev.postern.store.auth.AppPassword;
import dev.postern.store.keys.KeyKind;
import dev.postern.store.keys.KeyState;
import dev.postern.store.keys.KeyStatus;
import dev.postern.store.keys.Keys;
import dev.postern.store.keys.LiveNode;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.LongConsumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The door to the keys: {@link KeyListing} tells of them, {@link KeyActivation} makes one active,
 * {@link KeyRetirement} ends one. Every change locks the whole ring, which has a few rows.
 */
final class SqlKeys implements Keys {
  private static final Logger log = LoggerFactory.getLogger(SqlKeys.class);

  private final KeyRingTable table;
  private final Membership membership;
  private final KeyRingWrites ringWrites;
  private final KeyListing listing;
  private final KeyActivation activation;
  private final KeyRetirement retirement;

  SqlKeys(
      Database database,
      Writes writes,
      KeyRing ring,
      KeyRingTable table,
      Membership membership,
      KeyUses uses,
      AppPasswordTable appPasswords,
      ApiTokenTable apiTokens,
      PepperEnd pepperEnd,
      Resealing resealing,
      Resigning resigning,
      List<SignedTable> signedTables,
      ChangeLog changeLog) {
    this.table = table;
    this.membership = membership;
    this.ringWrites = new KeyRingWrites(writes, ring, table, changeLog);
    this.listing =
        new KeyListing(database, writes, ring, table, membership, uses, appPasswords, apiTokens);
    this.activation =
        new KeyActivation(
            database, ringWrites, ring, table, membership, listing, resigning, signedTables);
    this.retirement =
        new KeyRetirement(
            database,
            ringWrites,
            ring,
            table,
            membership,
            listing,
            uses,
            pepperEnd,
            resealing,
            resigning,
            signedTables);
  }

  @Override
  public List<KeyStatus> status(Optional<KeyKind> kind) {
    return listing.status(kind);
  }

  @Override
  public List<LiveNode> nodes() {
    return membership.nodes();
  }

  @Override
  public void add(KeyKind kind, StoreConfig.Key key, Actor actor) {
    ringWrites.run(handle -> {
      List<KeyRingTable.Found> there = table.lock(handle);
      if (there.stream().anyMatch(row -> row.kind() == kind && row.id().equals(key.id()))) {
        throw new RefusedException(
            Code.CONFLICT, "there is a key " + key.id() + " already", "Choose another id.");
      }
      if (there.size() >= KeyRingTable.MOST) {
        throw new RefusedException(
            Code.LIMIT,
            "the key ring holds " + KeyRingTable.MOST + " keys already",
            "Look at 'postern keys status': no site needs so many.");
      }
      RingRow _ =
          table.put(
              handle,
              new RingRow(
                  kind,
                  key.id(),
                  HeldKeys.check(kind, key),
                  KeyState.ADDED,
                  Optional.empty(),
                  Optional.empty(),
                  0));
      ringWrites.record(handle, actor, "add", kind, key.id(), Optional.empty());
    });
    log.info("{} added the {} key {}", actor.who(), kind.word(), key.id());
  }

  @Override
  public KeyStatus activate(KeyKind kind, String id, Actor actor) {
    return activation.activate(kind, id, actor);
  }

  /** See {@link KeyActivation#adopt}. */
  void adopt() {
    activation.adopt();
  }

  @Override
  public void underPepper(String id, Consumer<AppPassword> each) {
    listing.underPepper(id, each);
  }

  @Override
  public List<ApiToken> apiTokensUnderPepper(String id) {
    return listing.apiTokensUnderPepper(id);
  }

  @Override
  public List<ApiToken> apiTokensRevokedWith(String pepper) {
    return listing.apiTokensRevokedWith(pepper);
  }

  @Override
  public KeyStatus retirePepper(String id, Instant by, Actor actor, Consumer<AppPassword> revoked) {
    return retirement.retirePepper(id, by, actor, revoked);
  }

  @Override
  public Renewed retire(KeyKind kind, String id, Actor actor, LongConsumer progress) {
    return retirement.retire(kind, id, actor, progress);
  }
}
