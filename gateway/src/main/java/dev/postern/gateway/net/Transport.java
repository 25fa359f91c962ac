package dev.postern.gateway.net;

import io.netty.channel.Channel;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.IoHandlerFactory;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.ServerChannel;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.util.concurrent.DefaultThreadFactory;

/** How this machine's sockets are driven. */
public enum Transport {
  EPOLL(EpollServerSocketChannel.class, EpollSocketChannel.class) {
    @Override
    IoHandlerFactory ioHandlers() {
      return EpollIoHandler.newFactory();
    }
  },
  NIO(NioServerSocketChannel.class, NioSocketChannel.class) {
    @Override
    IoHandlerFactory ioHandlers() {
      return NioIoHandler.newFactory();
    }
  };

  private final Class<? extends ServerChannel> serverChannel;
  private final Class<? extends Channel> channel;

  Transport(Class<? extends ServerChannel> serverChannel, Class<? extends Channel> channel) {
    this.serverChannel = serverChannel;
    this.channel = channel;
  }

  /** The fastest that works here. */
  public static Transport best() {
    return Epoll.isAvailable() ? EPOLL : NIO;
  }

  /** As many event loops as there are processors, at least two. */
  public EventLoopGroup newEventLoops() {
    int loops = Math.max(2, Runtime.getRuntime().availableProcessors());
    return new MultiThreadIoEventLoopGroup(
        loops, new DefaultThreadFactory("gateway", true), ioHandlers());
  }

  abstract IoHandlerFactory ioHandlers();

  Class<? extends ServerChannel> serverChannel() {
    return serverChannel;
  }

  Class<? extends Channel> channel() {
    return channel;
  }
}
