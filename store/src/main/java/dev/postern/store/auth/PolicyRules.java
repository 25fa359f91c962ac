package dev.postern.store.auth;

import dev.postern.store.RefusedException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * What one policy says about app passwords; what it leaves open is for the next wider one. Bad
 * values are refused with {@code INVALID}.
 *
 * @param mayCreate whether new ones may be made at all
 * @param limit most active ones of a user, 1–1000
 * @param length characters of new ones, 16–32
 * @param form how new ones are stored
 * @param scopes what new ones may be for, at least one
 * @param networks where new ones may be used from; they lie within these and have these if they
 *     name none. Empty: anywhere
 * @param expiresAfter longest life of new ones
 * @param idleExpiresAfter longest time that new ones may be unused
 * @param unusedExpiresAfter ends new ones that were not used at all for that long
 */
public record PolicyRules(
    Optional<Boolean> mayCreate,
    Optional<Integer> limit,
    Optional<Integer> length,
    Optional<StorageForm> form,
    Optional<Set<Scope>> scopes,
    Optional<List<Cidr>> networks,
    Optional<Lifetime> expiresAfter,
    Optional<Lifetime> idleExpiresAfter,
    Optional<Lifetime> unusedExpiresAfter) {

  /** Says nothing. */
  public static final PolicyRules NONE =
      new PolicyRules(
          Optional.empty(),
          Optional.empty(),
          Optional.empty(),
          Optional.empty(),
          Optional.empty(),
          Optional.empty(),
          Optional.empty(),
          Optional.empty(),
          Optional.empty());

  public PolicyRules {
    scopes = scopes.map(Set::copyOf);
    networks = networks.map(List::copyOf);
    refuse(
        limit.isPresent() && (limit.get() < 1 || limit.get() > 1000),
        "the limit must be 1 to 1000",
        "To allow none at all, say so: --may-create no.");
    refuse(
        length.isPresent()
            && (length.get() < AppPasswordShape.SHORTEST
                || length.get() > AppPasswordShape.LONGEST),
        "the length must be 16 to 32",
        "Name a length in between; from 23 on no password hash is asked for.");
    refuse(
        scopes.isPresent() && scopes.get().isEmpty(),
        "a policy must allow at least one protocol",
        "To allow no app passwords at all, say so: --may-create no.");
    refuse(
        networks.isPresent() && networks.get().size() > AppPasswordPolicy.MOST_NETWORKS,
        "there are more than " + AppPasswordPolicy.MOST_NETWORKS + " networks",
        "Join some of them.");
  }

  /** The rules by the words that name them, as in the options of {@code postern policy set}. */
  public enum Name {
    MAY_CREATE("may-create"),
    LIMIT("limit"),
    LENGTH("length"),
    FORM("form"),
    SCOPES("for"),
    NETWORKS("network"),
    EXPIRES_AFTER("expires-after"),
    IDLE_EXPIRES_AFTER("idle-expires-after"),
    UNUSED_EXPIRES_AFTER("unused-expires-after");

    private final String word;

    Name(String word) {
      this.word = word;
    }

    public String word() {
      return word;
    }
  }

  private static void refuse(boolean isBad, String detail, String remedy) {
    if (isBad) {
      throw new RefusedException(RefusedException.Code.INVALID, detail, remedy);
    }
  }

  /** These rules, and for what they leave open those of {@code other}. */
  public PolicyRules over(PolicyRules other) {
    return new PolicyRules(
        mayCreate.or(other::mayCreate),
        limit.or(other::limit),
        length.or(other::length),
        form.or(other::form),
        scopes.or(other::scopes),
        networks.or(other::networks),
        expiresAfter.or(other::expiresAfter),
        idleExpiresAfter.or(other::idleExpiresAfter),
        unusedExpiresAfter.or(other::unusedExpiresAfter));
  }

  /** These rules but for those named. */
  public PolicyRules without(Set<Name> dropped) {
    return new PolicyRules(
        kept(mayCreate, Name.MAY_CREATE, dropped),
        kept(limit, Name.LIMIT, dropped),
        kept(length, Name.LENGTH, dropped),
        kept(form, Name.FORM, dropped),
        kept(scopes, Name.SCOPES, dropped),
        kept(networks, Name.NETWORKS, dropped),
        kept(expiresAfter, Name.EXPIRES_AFTER, dropped),
        kept(idleExpiresAfter, Name.IDLE_EXPIRES_AFTER, dropped),
        kept(unusedExpiresAfter, Name.UNUSED_EXPIRES_AFTER, dropped));
  }

  private static <T> Optional<T> kept(Optional<T> rule, Name name, Set<Name> dropped) {
    return dropped.contains(name) ? Optional.empty() : rule;
  }

  /**
   * A time after which something ends, or that it never does.
   *
   * @param after empty: never
   */
  public record Lifetime(Optional<Duration> after) {
    /** No end. */
    public static final Lifetime ENDLESS = new Lifetime(Optional.empty());

    public Lifetime {
      refuse(
          after.isPresent()
              && (after.get().compareTo(Duration.ofMillis(1)) < 0
                  || after.get().compareTo(AppPasswordPolicy.LONGEST) > 0),
          "an expiry must be longer than nothing and at most "
              + AppPasswordPolicy.LONGEST.toDays()
              + " days",
          "Name a time in between, or never.");
    }
  }
}
