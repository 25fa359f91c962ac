package dev.postern.gateway;

import dev.postern.store.auth.Cidr;
import java.net.InetAddress;
import java.util.List;
import java.util.OptionalInt;

/**
 * How many connections there may be, of whom: sessions of an app password and of a user on all
 * nodes together, each of which lets its share in; the rest on this node alone.
 *
 * @param perCredential sessions of one app password
 * @param perUser sessions of one user
 * @param perUserAndNetwork sessions of one user from one network
 * @param total connections of any kind; empty: as the descriptor limit allows
 * @param perAddress connections that are not logged in, from one address
 * @param perKnownNetwork the same, from a network that somebody logged in from lately
 * @param beforeLogin connections that are not logged in; empty: half of all
 * @param trustedClients networks of programs that log in for others, such as webmail: they may
 *     state the real client's address, and have no limit per address
 */
public record Caps(
    int perCredential,
    int perUser,
    int perUserAndNetwork,
    OptionalInt total,
    int perAddress,
    int perKnownNetwork,
    OptionalInt beforeLogin,
    List<Cidr> trustedClients) {

  /** As in the configuration reference. */
  public static final Caps DEFAULT =
      new Caps(20, 100, 50, OptionalInt.empty(), 20, 500, OptionalInt.empty(), List.of());

  public Caps {
    trustedClients = List.copyOf(trustedClients);
  }

  /** Whether {@code client} is one of the programs that log in for others. */
  public boolean isTrusted(InetAddress client) {
    return !trustedClients.isEmpty()
        && trustedClients.stream().anyMatch(network -> network.contains(client));
  }
}
