package dev.postern.store.auth;

import dev.postern.store.RefusedException;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/**
 * How well the way protects what travels on it: that of a login, and that which an app password was
 * made for. What was made for the ordinary lane is never taken on the legacy one; the other way
 * round is harmless.
 */
public enum Lane {
  /** TLS of today, or this machine alone. */
  ORDINARY,
  /**
   * For devices that speak retired versions of TLS or none: whoever listens on the way may read the
   * secret. So its app passwords are for sending alone, and bound to networks.
   */
  LEGACY;

  /** {@code ordinary} or {@code legacy}. */
  public String word() {
    return switch (this) {
      case ORDINARY -> "ordinary";
      case LEGACY -> "legacy";
    };
  }

  /** The lane of that word, if there is one. */
  public static Optional<Lane> ofWord(String word) {
    return Stream.of(values()).filter(lane -> lane.word().equals(word)).findFirst();
  }

  /** Whether a login on this lane takes an app password that was made for {@code made}. */
  boolean takes(Lane made) {
    return this == ORDINARY || made == LEGACY;
  }

  /**
   * Checks what an app password for this lane may be.
   *
   * @throws RefusedException {@code INVALID} with what would be right
   */
  void require(Set<Scope> scopes, List<Cidr> networks) {
    if (this == ORDINARY) {
      return;
    }
    if (!scopes.equals(Set.of(Scope.SUBMISSION))) {
      throw AppPasswordPolicy.invalid(
          "an app password for an old device can be read on its way, so it is for sending alone",
          "Say --for send.");
    }
    if (networks.isEmpty() || networks.stream().anyMatch(network -> network.prefix() == 0)) {
      throw AppPasswordPolicy.invalid(
          "an app password for an old device can be read on its way, so it is bound to networks",
          "Say where the device stands: --network CIDR.");
    }
  }
}
