package dev.postern.deploy.cli;

import dev.postern.deploy.config.Configuration;
import dev.postern.store.auth.Cidr;
import java.net.InetAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Networks that nobody bans on purpose: those of this machine, of whoever is logged in to it, of
 * the proxies in front and of programs that the configuration trusts.
 */
record OwnNetworks(List<Own> all) {
  private static final int SHORTEST_IPV4 = 8;
  private static final int SHORTEST_IPV6 = 16;
  private static final int IPV4_BYTES = 4;

  /**
   * One of them.
   *
   * @param what it is, as in the middle of a sentence
   */
  record Own(Cidr network, String what) {
    boolean meets(Cidr other) {
      return other.contains(network.address()) || network.contains(other.address());
    }
  }

  static OwnNetworks of(Configuration configuration, Map<String, String> environment) {
    List<Own> all = new ArrayList<>();
    all.add(new Own(Cidr.parse("127.0.0.0/8"), "this machine's loopback"));
    all.add(new Own(Cidr.parse("::1"), "this machine's loopback"));
    for (InetAddress address : ofInterfaces()) {
      all.add(new Own(network(address), "this machine"));
    }
    for (String name : List.of("SSH_CONNECTION", "SSH_CLIENT")) {
      client(environment.getOrDefault(name, ""))
          .ifPresent(from -> all.add(new Own(from, "where you are logged in from")));
    }
    configuration
        .gateway()
        .listeners()
        .forEach(listener ->
            listener
                .trustedProxies()
                .forEach(proxy -> all.add(new Own(proxy, "a proxy of trusted-proxies"))));
    configuration
        .gateway()
        .caps()
        .trustedClients()
        .forEach(client -> all.add(new Own(client, "a client of guard.trusted-clients")));
    return new OwnNetworks(all);
  }

  /**
   * Whether a ban of that network keeps out strangers alone.
   *
   * @throws CommandFailure saying whom it would keep out, if it would
   */
  void requireOutside(Cidr network) {
    for (Own own : all) {
      if (own.meets(network)) {
        throw refused(
            "a ban of "
                + network
                + " would cover "
                + own.what()
                + ", "
                + own.network().address().getHostAddress());
      }
    }
    int shortest =
        network.address().getAddress().length == IPV4_BYTES ? SHORTEST_IPV4 : SHORTEST_IPV6;
    if (network.prefix() < shortest) {
      throw refused(network + " is a large part of the Internet");
    }
  }

  private static CommandFailure refused(String detail) {
    return new CommandFailure(
        "own-network", detail, "ban a narrower network, or repeat the command with --force");
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

  /** The first word is the client's address. */
  private static Optional<Cidr> client(String text) {
    String address = text.strip().split(" ", 2)[0].replaceFirst("%.*", "");
    try {
      return Optional.of(Cidr.parse(address));
    } catch (IllegalArgumentException _) {
      return Optional.empty();
    }
  }
}
