package dev.postern.store.auth;

import java.time.Instant;
import java.util.Optional;

/**
 * Somebody who may own app passwords.
 *
 * @param id immutable, 16 random bytes in lower-case hexadecimal; the keyed digest covers it
 * @param name normalised login name, see {@link LoginName}
 * @param upstream upstream this user is pinned to, before any route
 * @param upstreamUser mailbox name at the upstream where it differs from {@code name}
 * @param group name of the group whose policy applies before those of domain and site
 * @param isProtected whether nobody may make app passwords for this user
 * @param disabled why and since when the user may not log in; empty while he may
 * @param version counts up with every change of the row
 */
public record User(
    String id,
    String name,
    Optional<String> upstream,
    Optional<String> upstreamUser,
    Optional<String> group,
    boolean isProtected,
    Optional<Disabled> disabled,
    Instant createdAt,
    String createdBy,
    long version) {

  public User withDisabled(Optional<Disabled> changed) {
    return new User(
        id,
        name,
        upstream,
        upstreamUser,
        group,
        isProtected,
        changed,
        createdAt,
        createdBy,
        version);
  }

  public User withUpstream(Optional<String> changed, Optional<String> changedUser) {
    return new User(
        id,
        name,
        changed,
        changedUser,
        group,
        isProtected,
        disabled,
        createdAt,
        createdBy,
        version);
  }

  public User withGroup(Optional<String> changed) {
    return new User(
        id,
        name,
        upstream,
        upstreamUser,
        changed,
        isProtected,
        disabled,
        createdAt,
        createdBy,
        version);
  }

  public User withProtected(boolean changed) {
    return new User(
        id, name, upstream, upstreamUser, group, changed, disabled, createdAt, createdBy, version);
  }

  public User withVersion(long changed) {
    return new User(
        id,
        name,
        upstream,
        upstreamUser,
        group,
        isProtected,
        disabled,
        createdAt,
        createdBy,
        changed);
  }

  /** A user that may not log in. */
  public record Disabled(Instant at, String reason) {}
}
