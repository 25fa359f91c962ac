package dev.postern.gateway.net;

import dev.postern.gateway.GatewayConfig.Listener;
import dev.postern.gateway.GatewayException;
import io.netty.channel.ChannelOption;
import io.netty.channel.ServerChannel;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.unix.IntegerUnixChannelOption;
import io.netty.util.NetUtil;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/**
 * Listening sockets that somebody else has bound: systemd, or the process before us. Each is used
 * by the listener of its address, once. Safe for use by several threads.
 */
public final class InheritedSockets {
  /** SO_ACCEPTCONN of SOL_SOCKET, socket(7). */
  private static final ChannelOption<Integer> LISTENING =
      new IntegerUnixChannelOption("SO_ACCEPTCONN", 1, 30);

  private static final Integer IS_LISTENING = 1;

  /** IPV6_V6ONLY of IPPROTO_IPV6, ipv6(7). */
  private static final ChannelOption<Integer> IPV6_ONLY =
      new IntegerUnixChannelOption("IPV6_V6ONLY", 41, 26);

  private static final Integer NO = 0;
  private static final InetAddress ANY_IPV4 = InetAddress.ofLiteral("0.0.0.0");

  private final List<EpollServerSocketChannel> sockets = new ArrayList<>();

  private InheritedSockets() {}

  public static InheritedSockets none() {
    return new InheritedSockets();
  }

  /**
   * Takes over descriptors.
   *
   * @throws GatewayException if one of them is no listening internet socket, or this machine has no
   *     epoll
   */
  public static InheritedSockets of(List<Integer> descriptors) {
    InheritedSockets inherited = new InheritedSockets();
    if (!descriptors.isEmpty() && !Transport.canPassSockets()) {
      throw new GatewayException(
          "listening sockets cannot be taken over without epoll",
          "run Postern on Linux on x86-64 or ARM64, or bind the ports here");
    }
    for (int descriptor : descriptors) {
      inherited.sockets.add(listening(descriptor));
    }
    return inherited;
  }

  private static EpollServerSocketChannel listening(int descriptor) {
    Descriptors.prepare(descriptor);
    EpollServerSocketChannel socket = new EpollServerSocketChannel(descriptor);
    if (socket.localAddress() == null
        || !IS_LISTENING.equals(socket.config().getOption(LISTENING))) {
      throw new GatewayException(
          "descriptor " + descriptor + " is no listening internet socket",
          "pass on sockets of ListenStream= with an address and a port alone");
    }
    return socket;
  }

  /** How they are driven, and with them all others of this process. */
  public synchronized Transport transport() {
    return sockets.isEmpty() ? Transport.best() : Transport.EPOLL;
  }

  /** The socket of a listener, if it was handed over. */
  synchronized Optional<ServerChannel> take(Listener listener) {
    InetAddress host = NetUtil.createInetAddressFromIpAddressString(listener.host());
    Optional<EpollServerSocketChannel> found =
        ofPort(listener.port(), host::equals, _ -> true)
            // Netty binds 0.0.0.0 as [::], for both families.
            .or(() ->
                host.equals(ANY_IPV4)
                    ? ofPort(
                        listener.port(), InetAddress::isAnyLocalAddress, InheritedSockets::isOfBoth)
                    : Optional.empty());
    found.ifPresent(sockets::remove);
    return found.map(ServerChannel.class::cast);
  }

  private Optional<EpollServerSocketChannel> ofPort(
      int port, Predicate<InetAddress> isIt, Predicate<EpollServerSocketChannel> isFit) {
    return sockets.stream()
        .filter(socket -> socket.localAddress().getPort() == port)
        .filter(socket -> isIt.test(socket.localAddress().getAddress()))
        .filter(isFit)
        .findFirst();
  }

  private static boolean isOfBoth(EpollServerSocketChannel socket) {
    return NO.equals(socket.config().getOption(IPV6_ONLY));
  }

  /** Addresses of those that no listener has taken. */
  public synchronized List<String> left() {
    return sockets.stream()
        .map(EpollServerSocketChannel::localAddress)
        .map(InheritedSockets::word)
        .toList();
  }

  private static String word(InetSocketAddress address) {
    return NetUtil.toSocketAddressString(address);
  }

  /**
   * Makes sure that all were taken: nobody would accept on the others.
   *
   * @throws GatewayException naming those
   */
  public void requireAllTaken() {
    List<String> left = left();
    if (!left.isEmpty()) {
      throw new GatewayException(
          "no listener is configured for "
              + left.stream().collect(Collectors.joining(", "))
              + ", which systemd has passed on",
          "give listeners and ListenStream= the same addresses");
    }
  }

  /** Gives back those that no listener has taken. */
  public synchronized void closeLeft() {
    sockets.forEach(socket -> socket.unsafe().closeForcibly());
    sockets.clear();
  }
}
