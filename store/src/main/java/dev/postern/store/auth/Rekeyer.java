package dev.postern.store.auth;

import dev.postern.store.auth.StoredSecret.Hardened;
import dev.postern.store.auth.StoredSecret.Imported;
import dev.postern.store.auth.StoredSecret.Keyed;
import dev.postern.store.auth.StoredSecret.Over;
import dev.postern.store.hash.BusyException;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Asks for a better stored form of a secret that was just seen to be right: the moment at which it
 * is known. A keyed one moves to the active pepper; an imported one that a machine made becomes
 * keyed, since nobody can guess it. A hardened one is made anew on the pool for slow hashes, after
 * the answer; where that has no room, at another success.
 */
final class Rekeyer {
  private static final Logger log = LoggerFactory.getLogger(Rekeyer.class);

  private final KeyedDigest digest;
  private final SlowChecks slowChecks;
  private final Rekeying rekeying;

  /** App passwords being hardened: no more than the pool has room for. */
  private final Set<String> beingHardened = ConcurrentHashMap.newKeySet();

  Rekeyer(KeyedDigest digest, SlowChecks slowChecks, Rekeying rekeying) {
    this.digest = digest;
    this.slowChecks = slowChecks;
    this.rekeying = rekeying;
  }

  /**
   * @param match what {@link KeyedDigest#compare} or a slow check said
   * @param attempt whose secret is not closed
   */
  void seen(CachedUser user, int match, Attempt attempt) {
    int number = FlatTags.number(match);
    if (number < user.firstOther()) {
      if (!digest.isActive(match)) {
        Optional<Secret> entered = AppPasswordShape.read(attempt.secret());
        entered.ifPresent(
            secret -> replace(user, number, digest.stored(user, match), secret, Over.ENTERED));
        entered.ifPresent(Secret::close);
      }
      return;
    }
    Credential other = user.other(number);
    switch (other.stored().orElseThrow()) {
      case Keyed keyed -> {
        if (!digest.isActive(keyed)) {
          replace(user, number, keyed, attempt.secret(), Over.TYPED);
        }
      }
      case Hardened hardened -> {
        if (!slowChecks.isCurrent(hardened)) {
          harden(user.id(), user.credentialId(number), hardened, attempt);
        }
      }
      case Imported imported -> {
        if (other.isMachineMade()) {
          replace(user, number, imported, attempt.secret(), Over.TYPED);
        }
      }
    }
  }

  private void replace(CachedUser user, int number, StoredSecret old, Secret secret, Over over) {
    String userId = user.id();
    rekeying.replace(userId, user.credentialId(number), old, digest.store(userId, secret, over));
  }

  private void harden(String userId, String credentialId, Hardened old, Attempt attempt) {
    if (!beingHardened.add(credentialId)) {
      return;
    }
    Optional<Secret> entered =
        rekeying.isWanted(credentialId)
            ? AppPasswordShape.read(attempt.secret())
            : Optional.empty();
    if (entered.isEmpty()) {
      boolean _ = beingHardened.remove(credentialId);
      return;
    }
    var _ =
        slowChecks
            .harden(userId, attempt.peer(), entered.get())
            .whenComplete((fresh, failure) -> {
              if (failure == null) {
                rekeying.replace(userId, credentialId, old, fresh);
              } else if (!(failure instanceof BusyException)) {
                log.error("an app password could not be kept under the active pepper", failure);
              }
              boolean _ = beingHardened.remove(credentialId);
            });
  }
}
