package dev.postern.store.auth;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What an app password allows, as the cache keeps it: times as milliseconds, so that an entry is
 * small. Most have no conditions beside their scopes; those share one object for all.
 *
 * @param expiresAt milliseconds since 1970, {@link #NEVER} for none; so are the other times
 * @param unusedExpiresAt {@link #NEVER} also if it was used before
 * @param idleAfter milliseconds, {@link #NEVER} for no idle expiry
 * @param idleSince last use that the row knows of, otherwise when it was made
 * @param replaces the app password that it succeeded by rotation
 * @param lane what it was made for
 */
record Terms(
    State state,
    Set<Scope> scopes,
    List<Cidr> networks,
    long expiresAt,
    long overlapEndsAt,
    long unusedExpiresAt,
    long idleAfter,
    long idleSince,
    @Nullable String replaces,
    Lane lane) {

  static final long NEVER = Long.MAX_VALUE;

  /** For each set of scopes, those who have no other condition. */
  private static final Map<Set<Scope>, Terms> PLAIN = plain();

  /** What people or time made of it. */
  enum State {
    ACTIVE,
    SUSPENDED,
    REVOKED,
    /** Its date has come. */
    EXPIRED,
    /** Unused for too long, or never used. */
    IDLE
  }

  static Terms of(Credential credential) {
    Terms plain = plainOf(credential.appPassword().scopes());
    AppPassword row = credential.appPassword();
    Optional<Instant> lastUse = row.lastUse().map(AppPassword.LastUse::at);
    Terms terms =
        new Terms(
            state(row.state()),
            plain.scopes,
            row.networks(),
            millis(row.expiresAt()),
            millis(credential.overlapEndsAt()),
            lastUse.isPresent() ? NEVER : millis(credential.unusedExpiresAt()),
            row.idleExpiry().map(Duration::toMillis).orElse(NEVER),
            row.idleExpiry().isEmpty() ? 0 : lastUse.orElse(row.createdAt()).toEpochMilli(),
            credential.replaces().orElse(null),
            row.lane());
    return terms.equals(plain) ? plain : terms;
  }

  /** Those of an app password that opens nothing. */
  static Terms ofNone() {
    return plainOf(Set.of());
  }

  /** Approximate bytes of its own, in memory. */
  int weight() {
    return isPlain() ? 0 : 80 + 100 * networks.size() + (replaces == null ? 0 : 64);
  }

  private boolean isPlain() {
    return equals(plainOf(scopes));
  }

  private static Terms plainOf(Set<Scope> scopes) {
    return Objects.requireNonNull(PLAIN.get(scopes));
  }

  /** What people decided. First of all, since of these the client must not learn anything. */
  Optional<RejectReason> ended(long now) {
    return switch (state) {
      case REVOKED -> Optional.of(RejectReason.REVOKED);
      case SUSPENDED -> Optional.of(RejectReason.SUSPENDED);
      case EXPIRED, IDLE -> Optional.empty();
      case ACTIVE -> now < overlapEndsAt ? Optional.empty() : Optional.of(RejectReason.REVOKED);
    };
  }

  /** Whether the protocol, place or lane of an attempt is one it may not be used with. */
  Optional<RejectReason> outOfPlace(Attempt attempt) {
    return attempt.lane().takes(lane)
        ? Standing.outOfPlace(scopes, networks, attempt.scope(), attempt.peer())
        : Optional.of(RejectReason.OUT_OF_LANE);
  }

  Optional<RejectReason> expired(long now) {
    return switch (state) {
      case EXPIRED -> Optional.of(RejectReason.EXPIRED);
      case IDLE -> Optional.of(RejectReason.IDLE_EXPIRED);
      case ACTIVE, SUSPENDED, REVOKED ->
          now < expiresAt ? Optional.empty() : Optional.of(RejectReason.EXPIRED);
    };
  }

  /** Whether it ends when nobody uses it. */
  boolean endsUnused() {
    return idleAfter != NEVER || unusedExpiresAt != NEVER;
  }

  /**
   * @param lastUse the latest use that is known of beside the row
   */
  Optional<RejectReason> unused(long now, Optional<Instant> lastUse) {
    long since = Math.max(idleSince, lastUse.map(Instant::toEpochMilli).orElse(Long.MIN_VALUE));
    boolean isIdle = idleAfter != NEVER && now - since >= idleAfter;
    boolean isUnused = lastUse.isEmpty() && now >= unusedExpiresAt;
    return isIdle || isUnused ? Optional.of(RejectReason.IDLE_EXPIRED) : Optional.empty();
  }

  /** Whether it was succeeded by another one and still works. */
  boolean overlaps(long now) {
    return state != State.REVOKED && now < overlapEndsAt;
  }

  /** When a session that it opened ends by itself. */
  Optional<Instant> endsAt() {
    long end = Math.min(expiresAt, overlapEndsAt);
    return end == NEVER ? Optional.empty() : Optional.of(Instant.ofEpochMilli(end));
  }

  private static State state(AppPassword.State state) {
    return switch (state) {
      case AppPassword.State.Active _ -> State.ACTIVE;
      case AppPassword.State.Suspended _ -> State.SUSPENDED;
      case AppPassword.State.Revoked _ -> State.REVOKED;
      case AppPassword.State.Expired(Instant _, var cause) ->
          switch (cause) {
            case DATE -> State.EXPIRED;
            case IDLE, UNUSED -> State.IDLE;
          };
    };
  }

  private static long millis(Optional<Instant> time) {
    return time.map(Instant::toEpochMilli).orElse(NEVER);
  }

  private static Map<Set<Scope>, Terms> plain() {
    List<Set<Scope>> sets = new ArrayList<>(List.of(Set.of()));
    for (Scope scope : Scope.values()) {
      for (Set<Scope> without : List.copyOf(sets)) {
        Set<Scope> with = new HashSet<>(without);
        with.add(scope);
        sets.add(Set.copyOf(with));
      }
    }
    Map<Set<Scope>, Terms> plain = new HashMap<>();
    for (Set<Scope> scopes : sets) {
      plain.put(
          scopes,
          new Terms(
              State.ACTIVE, scopes, List.of(), NEVER, NEVER, NEVER, NEVER, 0, null, Lane.ORDINARY));
    }
    return Map.copyOf(plain);
  }
}
