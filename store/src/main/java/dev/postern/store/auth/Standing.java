package dev.postern.store.auth;

import java.net.InetAddress;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** What has become of an app password since sessions were opened with it. */
public sealed interface Standing {

  /** No session of it may go on. */
  record Ended(RejectReason reason) implements Standing {}

  /**
   * Sessions may go on that it still allows.
   *
   * @param networks empty means from anywhere
   * @param endsAt when the time of it runs out
   */
  record Holds(Set<Scope> scopes, List<Cidr> networks, Optional<Instant> endsAt)
      implements Standing {
    public Holds {
      scopes = Set.copyOf(scopes);
      networks = List.copyOf(networks);
    }
  }

  /**
   * Why a session of this protocol, from there, may not go on; empty if it may.
   *
   * @param peer the client's address
   */
  default Optional<RejectReason> refusal(Scope scope, InetAddress peer) {
    return switch (this) {
      case Ended(RejectReason reason) -> Optional.of(reason);
      case Holds(var scopes, var networks, var _) -> outOfPlace(scopes, networks, scope, peer);
    };
  }

  /** Which of scopes and networks does not allow this; empty if both do. */
  static Optional<RejectReason> outOfPlace(
      Set<Scope> scopes, List<Cidr> networks, Scope scope, InetAddress peer) {
    if (!scopes.contains(scope)) {
      return Optional.of(RejectReason.OUT_OF_SCOPE);
    }
    return networks.isEmpty() || networks.stream().anyMatch(network -> network.contains(peer))
        ? Optional.empty()
        : Optional.of(RejectReason.OUT_OF_NETWORK);
  }
}
