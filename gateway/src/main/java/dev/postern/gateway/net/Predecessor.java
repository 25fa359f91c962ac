package dev.postern.gateway.net;

import dev.postern.gateway.GatewayException;
import io.netty.bootstrap.Bootstrap;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.epoll.EpollDomainSocketChannel;
import io.netty.channel.unix.DomainSocketAddress;
import io.netty.channel.unix.DomainSocketReadMode;
import io.netty.channel.unix.FileDescriptor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The process whose place we take, as seen by us: it hands its listening sockets over, frees what
 * cannot be shared, and drains once we serve. Each step waits; used by one thread. Closed before
 * {@link #succeed}, it goes on as before.
 */
public final class Predecessor implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Predecessor.class);
  private static final long PATIENCE_SECONDS = 15;

  /** Said by nobody: the connection is gone. */
  private static final String GONE = "";

  private final EventLoopGroup loops;
  private final EpollDomainSocketChannel channel;
  private final BlockingQueue<Object> heard;

  private Predecessor(
      EventLoopGroup loops, EpollDomainSocketChannel channel, BlockingQueue<Object> heard) {
    this.loops = loops;
    this.channel = channel;
    this.heard = heard;
  }

  /**
   * The one that listens there; empty if nobody does.
   *
   * @throws GatewayException if it is somebody else's
   */
  public static Optional<Predecessor> at(Path socket) {
    return at(socket, OwnAccount.uid());
  }

  /** As above, with the account that it has to have. */
  static Optional<Predecessor> at(Path socket, int ownUid) {
    if (!Transport.canPassSockets() || !Files.exists(socket)) {
      return Optional.empty();
    }
    EventLoopGroup loops = Transport.EPOLL.newEventLoops(1, "take-over");
    BlockingQueue<Object> heard = new LinkedBlockingQueue<>();
    ChannelFuture connecting =
        new Bootstrap()
            .group(loops)
            .channel(EpollDomainSocketChannel.class)
            .handler(new TakeOverPipeline(() -> new Hearing(heard)))
            .connect(new DomainSocketAddress(socket.toString()))
            .awaitUninterruptibly();
    if (!connecting.isSuccess()) {
      loops.shutdownGracefully(0, 1, TimeUnit.SECONDS);
      return Optional.empty();
    }
    Predecessor found =
        new Predecessor(loops, (EpollDomainSocketChannel) connecting.channel(), heard);
    if (found.uid() != ownUid) {
      found.close();
      throw new GatewayException(
          socket + " is a process of another account, which is not to be trusted",
          "remove that file; stop that process, or run both under one account");
    }
    return Optional.of(found);
  }

  /** The account it runs under; none of anybody's if it is gone. */
  private int uid() {
    try {
      return channel.peerCredentials().uid();
    } catch (IOException _) {
      return -1;
    }
  }

  /**
   * Its listening sockets, on which it goes on accepting.
   *
   * @throws GatewayException if it does not give them
   */
  public InheritedSockets sockets() {
    say(TakeOverPipeline.SOCKETS);
    int count = count(hear(String.class));
    channel
        .eventLoop()
        .submit(() -> channel.config().setReadMode(DomainSocketReadMode.FILE_DESCRIPTORS))
        .awaitUninterruptibly();
    say(TakeOverPipeline.SEND);
    List<Integer> descriptors = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      descriptors.add(hear(FileDescriptor.class).intValue());
    }
    channel
        .eventLoop()
        .submit(() -> channel.config().setReadMode(DomainSocketReadMode.BYTES))
        .awaitUninterruptibly();
    return InheritedSockets.of(descriptors);
  }

  private static int count(String said) {
    try {
      return Integer.parseInt(said);
    } catch (NumberFormatException _) {
      throw notHandedOver();
    }
  }

  /** Has it close what we cannot share with it, such as its admin listeners. */
  public void free() {
    say(TakeOverPipeline.FREE);
    hear(String.class);
  }

  /**
   * We accept: it closes its ports and drains. If it says nothing it may have heard us, or be gone:
   * then we go on.
   *
   * @throws GatewayException if it no longer waited for us, and goes on itself
   */
  public void succeed() {
    say(TakeOverPipeline.SERVING);
    Object answer = next();
    if (TakeOverPipeline.NO.equals(answer)) {
      throw new GatewayException(
          "the running process no longer waits for this one, and goes on",
          "see in the log what took so long; then start this one again");
    }
    if (!TakeOverPipeline.BYE.equals(answer)) {
      LOG.warn(
          "the process before this one does not say that it leaves: see whether it still runs");
    }
  }

  private void say(String line) {
    channel.writeAndFlush(line);
  }

  private Object next() {
    try {
      Object next = heard.poll(PATIENCE_SECONDS, TimeUnit.SECONDS);
      return next == null ? GONE : next;
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
      return GONE;
    }
  }

  private <T> T hear(Class<T> kind) {
    Object next = next();
    if (!kind.isInstance(next) || GONE.equals(next)) {
      throw notHandedOver();
    }
    return kind.cast(next);
  }

  private static GatewayException notHandedOver() {
    return new GatewayException(
        "the running process does not hand its listeners over",
        "see its log; or stop it, then start this one");
  }

  @Override
  public void close() {
    channel.close().awaitUninterruptibly();
    loops.shutdownGracefully(0, 1, TimeUnit.SECONDS);
  }

  /** Keeps what is heard: at most a line for each of ours, and the descriptors. */
  private static final class Hearing extends ChannelInboundHandlerAdapter {
    private final BlockingQueue<Object> heard;

    Hearing(BlockingQueue<Object> heard) {
      this.heard = heard;
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object msg) {
      heard.add(msg);
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
      heard.add(GONE);
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
      ctx.close();
    }
  }
}
