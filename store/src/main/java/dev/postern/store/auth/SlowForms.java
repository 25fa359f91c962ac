package dev.postern.store.auth;

import dev.postern.store.auth.StoredSecret.Hardened;
import dev.postern.store.auth.StoredSecret.Imported;
import dev.postern.store.auth.StoredSecret.Keyed;
import dev.postern.store.hash.Hardening;
import dev.postern.store.hash.Readings;
import dev.postern.store.hash.Selectors;
import dev.postern.store.hash.SlowHash;
import dev.postern.store.hash.SlowPool.Turn;
import dev.postern.store.integrity.RowAlarm;
import dev.postern.store.seal.SecretBox;
import dev.postern.store.seal.SecretBox.SealBrokenException;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Optional;

/**
 * The two forms that take a slow hash to check: which of a user's app passwords are worth one, and
 * whether it is right.
 */
public final class SlowForms {
  /** Of one user for one attempt; as many as a user may have that are imported and work. */
  static final int MOST = 40;

  private final Selectors selectors;
  private final Hardening hardening;
  private final SecretBox box;
  private final RowAlarm alarm;

  /**
   * @param box opens imported hashes
   * @param alarm told of a hash that nobody can use, or that takes more memory than there is here:
   *     it never matches
   */
  public SlowForms(Selectors selectors, Hardening hardening, SecretBox box, RowAlarm alarm) {
    this.selectors = selectors;
    this.hardening = hardening;
    this.box = box;
    this.alarm = alarm;
  }

  /**
   * The numbers of those that may match: imported ones, whose alphabet nobody knows, and hardened
   * ones with the right selector; at most {@value #MOST}. Takes a microsecond or two.
   *
   * @param fitting those that come first, see {@link CachedUser#fitting}: imported ones may have
   *     the same secret, and one that works here must not be refused for another that does not
   * @param isOwnTried whether those that people made are worth it
   */
  List<Integer> worthTrying(CachedUser user, Secret typed, BitSet fitting, boolean isOwnTried) {
    List<Integer> worth = new ArrayList<>();
    List<Integer> others = new ArrayList<>();
    Optional<Secret> entered = AppPasswordShape.read(typed);
    try {
      Optional<Selectors.Selection> selection =
          entered.filter(_ -> hasHardened(user)).map(secret -> selectors.of(user.id(), secret));
      for (int number = user.firstOther(); number < user.size(); number++) {
        boolean isWorth =
            switch (user.other(number).stored().orElse(null)) {
              case null -> false;
              case Keyed _ -> false;
              case Hardened hardened -> selection.isPresent() && selection.get().picks(hardened);
              case Imported _ -> isOwnTried || user.other(number).isMachineMade();
            };
        if (isWorth) {
          List<Integer> kind = fitting.get(number - user.firstOther()) ? worth : others;
          // The selector has picked a hardened one, which is the likeliest then.
          kind.add(
              user.other(number).stored().orElse(null) instanceof Hardened ? 0 : kind.size(),
              number);
        }
      }
    } finally {
      entered.ifPresent(Secret::close);
    }
    worth.addAll(others);
    return worth.subList(0, Math.min(worth.size(), MOST));
  }

  /**
   * The number of the first that matches, {@link FlatTags#NONE} if none does. Milliseconds to
   * seconds: on the pool for slow hashes alone.
   */
  int firstMatch(CachedUser user, List<Integer> numbers, Secret typed, Turn turn) {
    for (int number : numbers) {
      if (matches(user.id(), user.other(number), typed, turn)) {
        return number;
      }
    }
    return FlatTags.NONE;
  }

  /** Whether a new secret would be kept like that one. */
  boolean isCurrent(Hardened stored) {
    return hardening.isCurrent(stored);
  }

  /** What would be kept of a new secret. Some fifty milliseconds: on the pool, see above. */
  Hardened harden(String userId, Secret entered, Turn turn) {
    return turn.compute(Hardening.MEMORY, () -> hardening.store(userId, entered, turn.workspace()));
  }

  private boolean matches(String userId, Credential candidate, Secret typed, Turn turn) {
    return switch (candidate.stored().orElse(null)) {
      case null -> false;
      case Keyed _ -> false;
      case Hardened hardened -> {
        Optional<Secret> entered = AppPasswordShape.read(typed);
        try {
          if (entered.isEmpty()) {
            yield false;
          }
          if (!turn.fits(hardened.memory())) {
            alarm.raise("app_passwords", candidate.appPassword().id(), RowAlarm.Trouble.MALFORMED);
            yield false;
          }
          yield turn.compute(
              hardened.memory(),
              () -> hardening.matches(hardened, userId, entered.get(), turn.workspace()));
        } finally {
          entered.ifPresent(Secret::close);
        }
      }
      case Imported imported ->
          imported(candidate.appPassword().id(), userId, imported, turn)
              .filter(hash -> matches(hash, typed, turn))
              .isPresent();
    };
  }

  private static boolean matches(SlowHash hash, Secret typed, Turn turn) {
    List<Secret> readings = Readings.of(typed);
    try {
      for (Secret reading : readings) {
        if (turn.compute(hash.memory(), () -> hash.matches(reading, turn.workspace()))) {
          return true;
        }
      }
      return false;
    } finally {
      readings.forEach(Secret::close);
    }
  }

  private Optional<SlowHash> imported(
      String credentialId, String userId, Imported imported, Turn turn) {
    try (Secret text = box.open(imported.sealed(credentialId, userId))) {
      return switch (SlowHash.parse(text)) {
        case SlowHash.Parsed.Known(SlowHash hash) ->
            turn.fits(hash.memory()) ? Optional.of(hash) : unusable(credentialId);
        case SlowHash.Parsed.Refused _ -> unusable(credentialId);
      };
    } catch (SealBrokenException e) {
      return unusable(credentialId);
    }
  }

  private Optional<SlowHash> unusable(String credentialId) {
    alarm.raise("app_passwords", credentialId, RowAlarm.Trouble.MALFORMED);
    return Optional.empty();
  }

  private static boolean hasHardened(CachedUser user) {
    for (int number = user.firstOther(); number < user.size(); number++) {
      if (user.other(number).stored().orElse(null) instanceof Hardened) {
        return true;
      }
    }
    return false;
  }
}
