package dev.postern.gateway.net;

import dev.postern.gateway.Gateway.Bound;
import dev.postern.gateway.GatewayConfig.Listener;
import io.netty.channel.Channel;
import io.netty.channel.ServerChannel;
import io.netty.channel.unix.FileDescriptor;
import io.netty.channel.unix.UnixChannel;
import java.net.InetSocketAddress;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A bound port, and what is behind it for connections that come now. Safe for use by several
 * threads.
 */
final class OpenPort {
  private final Channel server;
  private volatile Behind behind;

  /** Connections that came in here, under whichever configuration. */
  private final AtomicInteger here = new AtomicInteger();

  private record Behind(FrontDoor<?> door, FrontPipeline<?> pipeline, Upstreams upstreams) {
    static Behind of(FrontDoor<?> door, Arrangement arrangement, AtomicInteger here) {
      return new Behind(
          door, new FrontPipeline<>(door, arrangement.services(), here), arrangement.upstreams());
    }
  }

  /**
   * @param server bound, and not accepting yet
   */
  OpenPort(Channel server, FrontDoor<?> door, Arrangement arrangement) {
    this.server = server;
    this.behind = Behind.of(door, arrangement, here);
  }

  /** From now on connections find these behind it. */
  void show(FrontDoor<?> door, Arrangement arrangement) {
    behind = Behind.of(door, arrangement, here);
  }

  /** Lays out the handlers of a new connection. */
  void admit(Channel front) {
    Behind now = behind;
    while (!now.upstreams().enter()) {
      Behind next = behind;
      if (next.equals(now)) {
        front.close(); // its port is gone, and so is what was behind it
        return;
      }
      now = next; // replaced since it was read
    }
    Upstreams used = now.upstreams();
    front.closeFuture().addListener(_ -> used.leave());
    now.pipeline().arrived(front);
  }

  /** Accepts while there is room. */
  void accept(ConnectionCaps connections) {
    connections.guard(server);
  }

  Bound bound() {
    return new Bound(behind.door().listener(), (InetSocketAddress) server.localAddress());
  }

  /**
   * Whether a listener of the configuration is this one. One that takes any free port is the one
   * that took it for the same.
   */
  boolean isFor(Listener wanted) {
    Listener listener = behind.door().listener();
    return wanted.host().equals(listener.host())
        && wanted.port() == listener.port()
        && (wanted.port() != 0
            || (wanted.protocol() == listener.protocol()
                && wanted.tls() == listener.tls()
                && wanted.lane() == listener.lane()));
  }

  /** Its socket, to be given to another process; none where the transport has no descriptors. */
  Optional<FileDescriptor> descriptor() {
    return server instanceof UnixChannel unix && server instanceof ServerChannel
        ? Optional.of(unix.fd())
        : Optional.empty();
  }

  void close() {
    server.close().awaitUninterruptibly();
  }
}
