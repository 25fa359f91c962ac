package dev.postern.store.auth;

import java.util.Optional;

/**
 * Which users are wanted; empty parts want all.
 *
 * @param domain those whose name ends in {@code @} and this
 * @param group those in that group
 * @param isDisabled whether they may not log in
 * @param startsWith what their names, as they are stored, begin with; case is folded
 */
public record UserFilter(
    Optional<String> domain,
    Optional<String> group,
    Optional<Boolean> isDisabled,
    Optional<Boolean> isProtected,
    Optional<String> startsWith) {

  /** Everybody. */
  public static final UserFilter ALL =
      new UserFilter(
          Optional.empty(), Optional.empty(), Optional.empty(), Optional.empty(), Optional.empty());

  public UserFilter ofDomain(String name) {
    return new UserFilter(Optional.of(name), group, isDisabled, isProtected, startsWith);
  }

  public UserFilter ofGroup(String name) {
    return new UserFilter(domain, Optional.of(name), isDisabled, isProtected, startsWith);
  }

  public UserFilter disabled(boolean wanted) {
    return new UserFilter(domain, group, Optional.of(wanted), isProtected, startsWith);
  }

  public UserFilter protectedOnes(boolean wanted) {
    return new UserFilter(domain, group, isDisabled, Optional.of(wanted), startsWith);
  }

  public UserFilter startingWith(String text) {
    return new UserFilter(domain, group, isDisabled, isProtected, Optional.of(text));
  }
}
