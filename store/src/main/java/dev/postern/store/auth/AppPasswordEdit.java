package dev.postern.store.auth;

import dev.postern.store.RefusedException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.Supplier;

/**
 * What to change of an app password; fields as in {@link AppPassword}. What only narrows is always
 * allowed and ends the sessions that it leaves out; what widens must be within the policy in force.
 *
 * @param expectedVersion the {@link AppPassword#version()} that is to be changed; empty: any
 */
public record AppPasswordEdit(
    Edit<String> label,
    Edit<Set<Scope>> scopes,
    Edit<List<Cidr>> networks,
    Edit<Optional<Instant>> expiresAt,
    Edit<Optional<Duration>> idleExpiry,
    OptionalLong expectedVersion) {

  /** Of whatever version. */
  public AppPasswordEdit(
      Edit<String> label,
      Edit<Set<Scope>> scopes,
      Edit<List<Cidr>> networks,
      Edit<Optional<Instant>> expiresAt,
      Edit<Optional<Duration>> idleExpiry) {
    this(label, scopes, networks, expiresAt, idleExpiry, OptionalLong.empty());
  }

  /** Another label and nothing else. */
  public static AppPasswordEdit rename(String label) {
    return new AppPasswordEdit(
        new Edit.To<>(label),
        new Edit.Keep<>(),
        new Edit.Keep<>(),
        new Edit.Keep<>(),
        new Edit.Keep<>());
  }

  /** Only if its version is that one. */
  public AppPasswordEdit expecting(long version) {
    return new AppPasswordEdit(
        label, scopes, networks, expiresAt, idleExpiry, OptionalLong.of(version));
  }

  /**
   * What becomes of an app password.
   *
   * @param policy asked only if something widens
   * @throws RefusedException {@code INVALID} with what would be right
   */
  public AppPassword apply(AppPassword old, Supplier<AppPasswordPolicy> policy, Instant now) {
    Set<Scope> newScopes = scopes(old.scopes(), policy);
    List<Cidr> newNetworks = networks(old.networks(), policy);
    old.lane().require(newScopes, newNetworks);
    return new AppPassword(
        old.id(),
        old.userId(),
        old.user(),
        label instanceof Edit.To<String>(String text) ? AppPasswordPolicy.label(text) : old.label(),
        newScopes,
        old.loginName(),
        newNetworks,
        expiresAt(old, policy, now),
        idleExpiry(old.idleExpiry(), policy),
        old.createdAt(),
        old.createdBy(),
        old.lastUse(),
        old.exposedAt(),
        old.state(),
        old.lane(),
        old.version());
  }

  private Set<Scope> scopes(Set<Scope> old, Supplier<AppPasswordPolicy> policy) {
    Set<Scope> wanted = scopes.of(old);
    return !wanted.isEmpty() && old.containsAll(wanted)
        ? wanted
        : policy.get().allowedScopes(wanted);
  }

  private List<Cidr> networks(List<Cidr> old, Supplier<AppPasswordPolicy> policy) {
    List<Cidr> wanted = networks.of(old);
    boolean isNarrower =
        old.isEmpty()
            ? wanted.size() <= AppPasswordPolicy.MOST_NETWORKS
            : !wanted.isEmpty()
                && wanted.size() <= AppPasswordPolicy.MOST_NETWORKS
                && wanted.stream().allMatch(network -> Cidr.isWithin(network, old));
    return isNarrower ? wanted : policy.get().allowedNetworks(wanted);
  }

  private Optional<Instant> expiresAt(
      AppPassword old, Supplier<AppPasswordPolicy> policy, Instant now) {
    Optional<Instant> wanted = expiresAt.of(old.expiresAt());
    if (wanted.equals(old.expiresAt())) {
      return wanted;
    }
    if (wanted.isEmpty()) {
      requireEndless(policy.get().expiresAfter());
      return wanted;
    }
    Instant at = wanted.get();
    Instant before = old.expiresAt().orElse(now.plus(AppPasswordPolicy.LONGEST));
    if (at.isBefore(before)) {
      AppPasswordPolicy.requireFuture(at, now);
      return Optional.of(AppPasswordPolicy.toMillis(at));
    }
    return Optional.of(policy.get().allowedExpiry(at, old.createdAt(), now));
  }

  private Optional<Duration> idleExpiry(
      Optional<Duration> old, Supplier<AppPasswordPolicy> policy) {
    Optional<Duration> wanted = idleExpiry.of(old);
    if (wanted.equals(old)) {
      return wanted;
    }
    if (wanted.isEmpty()) {
      requireEndless(policy.get().idleExpiresAfter());
      return wanted;
    }
    Duration time = wanted.get();
    Duration before = old.orElse(AppPasswordPolicy.LONGEST);
    boolean isNarrower = time.isPositive() && time.compareTo(before) < 0;
    return isNarrower ? wanted : Optional.of(policy.get().allowedIdleExpiry(time));
  }

  private static void requireEndless(AppPasswordPolicy.Rule<PolicyRules.Lifetime> rule) {
    if (rule.value().after().isPresent()) {
      throw AppPasswordPolicy.invalid(
          "an app password without that end is more than the policy allows",
          "Name a time within " + rule.value().after().get().toDays() + " days.");
    }
  }
}
