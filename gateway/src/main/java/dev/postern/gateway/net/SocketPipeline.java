package dev.postern.gateway.net;

import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelPipeline;

/** The end of a pipeline that is nearest to the socket, for both sides of a session. */
final class SocketPipeline {
  private SocketPipeline() {}

  /** Ends reading with closing, {@link LastRead}; to be called before there are other handlers. */
  static void endReadingWithClosing(Channel channel) {
    channel.pipeline().addFirst(HandlerNames.LAST_READ, new LastRead());
  }

  /** Puts a handler before all others, but for {@link LastRead}. */
  static void add(ChannelPipeline pipeline, String name, ChannelHandler handler) {
    if (pipeline.get(HandlerNames.LAST_READ) == null) {
      pipeline.addFirst(name, handler);
    } else {
      pipeline.addAfter(HandlerNames.LAST_READ, name, handler);
    }
  }
}
