package dev.postern.gateway.net;

import io.netty.channel.Channel;

/** What stands behind Netty's acceptor at a listening socket. */
final class ServerPipeline {
  private ServerPipeline() {}

  /** Ends it, after the task in which Netty puts its acceptor there. */
  static void end(Channel server) {
    server.eventLoop().execute(() -> server.pipeline().addLast(new AcceptTrouble.Said()));
  }
}
