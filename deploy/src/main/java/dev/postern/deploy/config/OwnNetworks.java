package dev.postern.deploy.config;

import dev.postern.gateway.GatewayConfig;
import dev.postern.store.auth.Cidr;
import java.net.InetAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Networks that nobody bans on purpose: those of this machine, of the proxies in front and of
 * programs that the configuration trusts, and whatever is added.
 */
public record OwnNetworks(List<Own> all) {
  private static final int SHORTEST_IPV4 = 8;
  private static final int SHORTEST_IPV6 = 16;
  private static final int IPV4_BYTES = 4;

  /**
   * One of them.
   *
   * @param what it is, as in the middle of a sentence
   */
  public record Own(Cidr network, String what) {
    /** An address alone. */
    public static Own of(InetAddress address, String what) {
      return new Own(OwnNetworks.network(address), what);
    }

    private boolean meets(Cidr other) {
      return other.contains(network.address()) || network.contains(other.address());
    }
  }

  public OwnNetworks {
    all = List.copyOf(all);
  }

  /** Asks the system for the addresses of this machine. */
  public static OwnNetworks of(GatewayConfig gateway) {
    List<Own> all = new ArrayList<>();
    all.add(new Own(Cidr.parse("127.0.0.0/8"), "this machine's loopback"));
    all.add(new Own(Cidr.parse("::1"), "this machine's loopback"));
    for (InetAddress address : ofInterfaces()) {
      all.add(new Own(network(address), "this machine"));
    }
    gateway
        .listeners()
        .forEach(listener ->
            listener
                .trustedProxies()
                .forEach(proxy -> all.add(new Own(proxy, "a proxy of trusted-proxies"))));
    gateway
        .caps()
        .trustedClients()
        .forEach(client -> all.add(new Own(client, "a client of guard.trusted-clients")));
    return new OwnNetworks(all);
  }

  /** These and others. */
  public OwnNetworks and(List<Own> others) {
    return new OwnNetworks(Stream.of(all, others).flatMap(List::stream).toList());
  }

  /** Whom a ban of that network would keep out beside strangers, as a sentence without its end. */
  public Optional<String> objection(Cidr network) {
    Optional<String> covered =
        all.stream()
            .filter(own -> own.meets(network))
            .map(own -> "a ban of " + network + " would cover " + own.what() + ", " + own.network())
            .findFirst();
    int shortest =
        network.address().getAddress().length == IPV4_BYTES ? SHORTEST_IPV4 : SHORTEST_IPV6;
    return covered.or(() ->
        network.prefix() < shortest
            ? Optional.of(network + " is a large part of the Internet")
            : Optional.empty());
  }

  private static List<InetAddress> ofInterfaces() {
    try {
      return NetworkInterface.networkInterfaces().flatMap(NetworkInterface::inetAddresses).toList();
    } catch (SocketException _) {
      return List.of(); // Then what else is known must do.
    }
  }

  /** A network of one, without the zone that an address of an interface has. */
  private static Cidr network(InetAddress address) {
    try {
      byte[] bytes = address.getAddress();
      return new Cidr(InetAddress.getByAddress(bytes), bytes.length * Byte.SIZE);
    } catch (UnknownHostException impossible) {
      throw new IllegalStateException(impossible);
    }
  }
}
