package dev.postern.store.auth;

import dev.postern.store.RefusedException;
import dev.postern.store.RefusedException.Code;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/**
 * What follows an app password: the same, as far as policy allows it now. A policy that was
 * narrowed since the old one was made is not got round by rotating it.
 */
record Successor(AppPasswordPolicy policy, AppPassword old) {

  AppPasswordPolicy.Terms terms(Instant now) {
    return new AppPasswordPolicy.Terms(
        old.label(),
        keptScopes(),
        keptNetworks(),
        old.loginName().flatMap(LoginName::parse),
        earliest(old.expiresAt(), policy.latest(now).map(AppPasswordPolicy::toMillis)),
        earliest(old.idleExpiry(), policy.idleExpiresAfter().value().after()),
        policy.unusedExpiry(now),
        old.lane());
  }

  /** A device that reads and sends must not find out by itself that it cannot send any more. */
  private Set<Scope> keptScopes() {
    return policy
        .enough(old.scopes())
        .orElseThrow(() -> {
          boolean isRest = old.scopes().stream().anyMatch(policy.scopes().value()::contains);
          String purpose = policy.scopes().value().contains(Scope.SUBMISSION) ? "send" : "read";
          return new RefusedException(
              Code.STATE,
              policy.allowedWords() + ", and this app password is for more",
              isRest
                  ? "Narrow it first: postern app-password set "
                      + old.id()
                      + " --for "
                      + purpose
                      + "."
                  : "Create another one: postern app-password create "
                      + old.user()
                      + " --for "
                      + purpose
                      + ".");
        });
  }

  /** Networks hold one another or have nothing in common. */
  private List<Cidr> keptNetworks() {
    List<Cidr> allowed = policy.networks().value();
    if (old.networks().isEmpty() || allowed.isEmpty()) {
      return allowed.isEmpty() ? old.networks() : allowed;
    }
    List<Cidr> kept =
        Stream.concat(
                old.networks().stream().filter(network -> Cidr.isWithin(network, allowed)),
                allowed.stream().filter(network -> Cidr.isWithin(network, old.networks())))
            .distinct()
            .toList();
    if (kept.isEmpty() || kept.size() > AppPasswordPolicy.MOST_NETWORKS) {
      throw new RefusedException(
          Code.STATE,
          kept.isEmpty()
              ? "none of its networks is within those that " + policy.networks().words() + " allows"
              : "its networks and those of "
                  + policy.networks().words()
                  + " have more than "
                  + AppPasswordPolicy.MOST_NETWORKS
                  + " in common",
          "Change them first: postern app-password set " + old.id() + " --network CIDR.");
    }
    return kept;
  }

  private static <T extends Comparable<T>> Optional<T> earliest(
      Optional<T> left, Optional<T> right) {
    if (left.isEmpty() || right.isEmpty()) {
      return left.or(() -> right);
    }
    return left.get().compareTo(right.get()) < 0 ? left : right;
  }
}
