package dev.postern.gateway.net;

import dev.postern.gateway.dialogue.ClientIdentity.Endpoint;
import io.netty.util.NetUtil;
import java.net.InetSocketAddress;
import java.net.SocketAddress;

/** Ends of connections as text. */
final class Endpoints {
  private static final Endpoint UNKNOWN = new Endpoint("0.0.0.0", 0);

  private Endpoints() {}

  /**
   * The address in its shortest form, RFC 5952; 0.0.0.0 and port 0 if the socket has none any more.
   */
  static Endpoint of(SocketAddress address) {
    return address instanceof InetSocketAddress socket && socket.getAddress() != null
        ? new Endpoint(NetUtil.toAddressString(socket.getAddress()), socket.getPort())
        : UNKNOWN;
  }
}
