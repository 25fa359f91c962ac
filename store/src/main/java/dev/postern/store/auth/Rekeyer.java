package dev.postern.store.auth;

import dev.postern.store.auth.StoredSecret.Hardened;
import dev.postern.store.auth.StoredSecret.Imported;
import dev.postern.store.auth.StoredSecret.Keyed;
import dev.postern.store.auth.StoredSecret.Over;
import java.util.Optional;

/**
 * Asks for a better stored form of a secret that was just seen to be right: the moment at which it
 * is known. A keyed one moves to the active pepper; an imported one that a machine made becomes
 * keyed, since nobody can guess it. A hardened one stays: it would take another slow hash.
 */
final class Rekeyer {
  private final KeyedDigest digest;
  private final Rekeying rekeying;

  Rekeyer(KeyedDigest digest, Rekeying rekeying) {
    this.digest = digest;
    this.rekeying = rekeying;
  }

  /**
   * @param match what {@link KeyedDigest#compare} or a slow check said
   */
  void seen(CachedUser user, int match, Secret typed) {
    int number = FlatTags.number(match);
    if (number < user.firstOther()) {
      if (!digest.isActive(match)) {
        Optional<Secret> entered = AppPasswordShape.read(typed);
        entered.ifPresent(
            secret -> replace(user, number, digest.stored(user, match), secret, Over.ENTERED));
        entered.ifPresent(Secret::close);
      }
      return;
    }
    Credential other = user.other(number);
    StoredSecret old = other.stored().orElseThrow();
    boolean isDue =
        switch (old) {
          case Keyed keyed -> !digest.isActive(keyed);
          case Hardened _ -> false;
          case Imported _ -> other.isMachineMade();
        };
    if (isDue) {
      replace(user, number, old, typed, Over.TYPED);
    }
  }

  private void replace(CachedUser user, int number, StoredSecret old, Secret secret, Over over) {
    String userId = user.id();
    rekeying.replace(userId, user.credentialId(number), old, digest.store(userId, secret, over));
  }
}
