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
import io.netty.channel.uring.IoUring;
import io.netty.channel.uring.IoUringIoHandler;
import io.netty.channel.uring.IoUringIoHandlerConfig;
import io.netty.channel.uring.IoUringServerSocketChannel;
import io.netty.channel.uring.IoUringSocketChannel;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;

/** How this machine's sockets are driven, the preferred way first: decision 10. */
public enum Transport {
  IO_URING(IoUringServerSocketChannel.class) {
    @Override
    boolean isAvailable() {
      return IoUring.isAvailable();
    }

    @Override
    IoHandlerFactory ioHandlers() {
      return IoUringIoHandler.newFactory(new IoUringIoHandlerConfig().setCqSize(COMPLETIONS));
    }

    @Override
    Channel newChannel() {
      Channel channel = new IoUringSocketChannel();
      opened(channel);
      return channel;
    }

    @Override
    void opened(Channel channel) {
      SocketPipeline.endReadingWithClosing(channel);
    }
  },
  EPOLL(EpollServerSocketChannel.class) {
    @Override
    boolean isAvailable() {
      return Epoll.isAvailable();
    }

    @Override
    IoHandlerFactory ioHandlers() {
      return EpollIoHandler.newFactory();
    }

    @Override
    Channel newChannel() {
      return new EpollSocketChannel();
    }
  },
  NIO(NioServerSocketChannel.class) {
    @Override
    boolean isAvailable() {
      return true;
    }

    @Override
    IoHandlerFactory ioHandlers() {
      return NioIoHandler.newFactory();
    }

    @Override
    Channel newChannel() {
      return new NioSocketChannel();
    }
  };

  private static final String PROPERTY = "postern.transport";

  /**
   * That many operations of one event loop can be done before it looks (16 bytes each): with 4,096
   * two thousand sessions that all have something to say go over, which works, and warns.
   */
  private static final int COMPLETIONS = 16_384;

  // Read when Netty's class is loaded. With such polls one in twelve resets of clients is missed;
  // with such accepts the system goes on accepting when everything is full, and runs out of
  // descriptors.
  static {
    System.setProperty("io.netty.iouring.pollAddMultishotEnabled", "false");
    System.setProperty("io.netty.iouring.acceptMultiShotEnabled", "false");
  }

  private final Class<? extends ServerChannel> serverChannel;

  Transport(Class<? extends ServerChannel> serverChannel) {
    this.serverChannel = serverChannel;
  }

  /**
   * The first that works here, or the one that the system property {@value #PROPERTY} names, if
   * that one does.
   */
  public static Transport best() {
    String wanted = System.getProperty(PROPERTY, "");
    return available().stream()
        .filter(transport -> wanted.isEmpty() || transport.word().equals(wanted))
        .findFirst()
        .orElse(NIO);
  }

  /** Those that work here. */
  public static List<Transport> available() {
    return Stream.of(values()).filter(Transport::isAvailable).toList();
  }

  /** Whether sockets can be given to and taken from other processes. */
  static boolean canPassSockets() {
    return Epoll.isAvailable();
  }

  /** As operators write it. */
  public String word() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** As many event loops as there are processors, at least two. */
  public EventLoopGroup newEventLoops() {
    return newEventLoops(Math.max(2, Runtime.getRuntime().availableProcessors()), "gateway");
  }

  /** That many, on threads of that name. */
  EventLoopGroup newEventLoops(int count, String threads) {
    return new MultiThreadIoEventLoopGroup(
        count, new DefaultThreadFactory(threads, true), ioHandlers());
  }

  abstract boolean isAvailable();

  abstract IoHandlerFactory ioHandlers();

  Class<? extends ServerChannel> serverChannel() {
    return serverChannel;
  }

  /** A connection to be made. */
  abstract Channel newChannel();

  /** To be called for a connection that was accepted, before it has handlers. */
  void opened(Channel channel) {}
}
