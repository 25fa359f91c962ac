package dev.postern.store.auth;

import java.util.Optional;
import java.util.OptionalLong;

/**
 * What to change of a user; fields as in {@link User}.
 *
 * @param upstream the upstream to pin to; empty: that of the route
 * @param upstreamUser the mailbox there; empty: the user's name, as routes rewrite it
 * @param group letters, digits, dots, hyphens and underscores; case is folded
 * @param expectedVersion the {@link User#version()} that is to be changed; empty: any
 */
public record UserEdit(
    Edit<Optional<String>> upstream,
    Edit<Optional<String>> upstreamUser,
    Edit<Optional<String>> group,
    Edit<Boolean> isProtected,
    OptionalLong expectedVersion) {

  /** Leaves everything as it is. */
  public static final UserEdit NONE =
      new UserEdit(
          new Edit.Keep<>(),
          new Edit.Keep<>(),
          new Edit.Keep<>(),
          new Edit.Keep<>(),
          OptionalLong.empty());

  public UserEdit withUpstream(Optional<String> name) {
    return new UserEdit(new Edit.To<>(name), upstreamUser, group, isProtected, expectedVersion);
  }

  public UserEdit withUpstreamUser(Optional<String> name) {
    return new UserEdit(upstream, new Edit.To<>(name), group, isProtected, expectedVersion);
  }

  public UserEdit withGroup(Optional<String> name) {
    return new UserEdit(upstream, upstreamUser, new Edit.To<>(name), isProtected, expectedVersion);
  }

  public UserEdit withProtected(boolean wanted) {
    return new UserEdit(upstream, upstreamUser, group, new Edit.To<>(wanted), expectedVersion);
  }

  /** Only if the user's version is that one. */
  public UserEdit expecting(long version) {
    return new UserEdit(upstream, upstreamUser, group, isProtected, OptionalLong.of(version));
  }
}
