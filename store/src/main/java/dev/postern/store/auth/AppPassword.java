package dev.postern.store.auth;

import java.net.InetAddress;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/**
 * One app password as people see it: everything but the secret and its stored form.
 *
 * @param id public id, {@code ap_} and 16 characters
 * @param label the device, 1–64 characters
 * @param scopes at least one
 * @param loginName its own login name, unique on the site, up to 20 characters without {@code @}
 * @param networks addresses it may be used from; empty means from anywhere
 * @param expiresAt first moment at which it no longer works
 * @param idleExpiry it ends when unused for that long
 * @param lastUse updated within a minute of each use
 * @param exposedAt when it was last sent without TLS, whether it was let in or not
 * @param lane what it was made for, for good
 * @param version counts up with every change but its last use
 */
public record AppPassword(
    String id,
    String userId,
    String user,
    String label,
    Set<Scope> scopes,
    Optional<String> loginName,
    List<Cidr> networks,
    Optional<Instant> expiresAt,
    Optional<Duration> idleExpiry,
    Instant createdAt,
    String createdBy,
    Optional<LastUse> lastUse,
    Optional<Instant> exposedAt,
    State state,
    Lane lane,
    long version) {

  public AppPassword {
    scopes = Set.copyOf(scopes);
    networks = List.copyOf(networks);
  }

  /** A new one for the ordinary lane. */
  public AppPassword(
      String id,
      String userId,
      String user,
      String label,
      Set<Scope> scopes,
      Optional<String> loginName,
      List<Cidr> networks,
      Optional<Instant> expiresAt,
      Optional<Duration> idleExpiry,
      Instant createdAt,
      String createdBy,
      Optional<LastUse> lastUse,
      Optional<Instant> exposedAt,
      State state) {
    this(
        id,
        userId,
        user,
        label,
        scopes,
        loginName,
        networks,
        expiresAt,
        idleExpiry,
        createdAt,
        createdBy,
        lastUse,
        exposedAt,
        state,
        Lane.ORDINARY,
        1);
  }

  /** The same in another state. */
  public AppPassword with(State changed) {
    return new AppPassword(
        id,
        userId,
        user,
        label,
        scopes,
        loginName,
        networks,
        expiresAt,
        idleExpiry,
        createdAt,
        createdBy,
        lastUse,
        exposedAt,
        changed,
        lane,
        version);
  }

  /** The same as another version. */
  public AppPassword with(long changed) {
    return new AppPassword(
        id,
        userId,
        user,
        label,
        scopes,
        loginName,
        networks,
        expiresAt,
        idleExpiry,
        createdAt,
        createdBy,
        lastUse,
        exposedAt,
        state,
        lane,
        changed);
  }

  /**
   * When, from where and how it was last used.
   *
   * @param protection empty if that was not noted yet at the time
   */
  public record LastUse(
      Instant at,
      InetAddress from,
      Scope scope,
      Optional<Protection> protection,
      String clientName) {}

  /** Whether it may be used, as set by people; expiry is beside it. */
  public sealed interface State {
    record Active() implements State {}

    /** Reversible. */
    record Suspended(Instant at, String reason) implements State {}

    /** Final. */
    record Revoked(Instant at, String reason) implements State {}

    /**
     * Final, and nobody did it: a time ran out. Written down once it has, so that nothing that is
     * changed in the database afterwards, such as the last use, brings it back.
     */
    record Expired(Instant at, Cause cause) implements State {}

    /** Which time ran out. */
    enum Cause {
      /** Its date. */
      DATE,
      /** Unused for too long. */
      IDLE,
      /** Never used at all. */
      UNUSED;

      /** As stored and as people see it. */
      public String word() {
        return name().toLowerCase(Locale.ROOT);
      }
    }

    /** {@code active}, {@code suspended}, {@code revoked} or {@code expired}. */
    default String word() {
      return switch (this) {
        case Active _ -> "active";
        case Suspended _ -> "suspended";
        case Revoked _ -> "revoked";
        case Expired _ -> "expired";
      };
    }
  }
}
