package dev.postern.gateway.net;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.epoll.EpollDomainSocketChannel;
import io.netty.channel.epoll.EpollServerDomainSocketChannel;
import io.netty.channel.unix.DomainSocketAddress;
import io.netty.channel.unix.FileDescriptor;
import java.io.IOException;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Where a process that is to take our place asks for our listening sockets: a Unix-domain socket
 * that answers our own account alone. One successor at a time. See {@link TakeOverPipeline}.
 */
public final class TakeOverDoor implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(TakeOverDoor.class);

  private final Listeners listeners;
  private final Succession succession;
  private final Executor executor;
  private final AtomicBoolean isTaken = new AtomicBoolean();
  private final Channel server;
  private final int ownUid;

  /** What the rest of the process does about a successor. Its methods may wait. */
  public interface Succession {

    /** How long one may take until it serves; then it has given up. */
    default Duration patience() {
      return Duration.ofMinutes(2);
    }

    /** Closes what the successor cannot share with us. */
    void free();

    /** It has given up: opens that again. */
    void resume();

    /** It serves: this process is to drain. */
    void succeeded();
  }

  private TakeOverDoor(
      Path socket,
      EventLoopGroup loops,
      Listeners listeners,
      Succession succession,
      Executor executor,
      int ownUid)
      throws IOException {
    this.listeners = listeners;
    this.succession = succession;
    this.executor = executor;
    this.ownUid = ownUid;
    var binding =
        new ServerBootstrap()
            .group(loops)
            .channel(EpollServerDomainSocketChannel.class)
            .childHandler(new TakeOverPipeline(Successor::new))
            .bind(new DomainSocketAddress(socket.toString()))
            .awaitUninterruptibly();
    if (!binding.isSuccess()) {
      throw new IOException(binding.cause().getMessage(), binding.cause());
    }
    this.server = binding.channel();
    try {
      Files.setPosixFilePermissions(socket, PosixFilePermissions.fromString("rw-------"));
    } catch (IOException e) {
      close();
      throw e;
    }
  }

  /**
   * Opens it.
   *
   * @param socket a file that is made, readable by our account alone
   * @param executor runs what waits
   * @param ownUid the account that a successor has to have
   * @throws IOException if it cannot be made, or another process has it
   */
  static TakeOverDoor open(
      Path socket,
      EventLoopGroup loops,
      Listeners listeners,
      Succession succession,
      Executor executor,
      int ownUid)
      throws IOException {
    if (Files.exists(socket)) {
      if (isAnswered(socket)) {
        throw new IOException("another process has " + socket);
      }
      Files.delete(socket);
    }
    return new TakeOverDoor(socket, loops, listeners, succession, executor, ownUid);
  }

  /** A killed process leaves its file behind. */
  private static boolean isAnswered(Path socket) {
    try (SocketChannel _ = SocketChannel.open(UnixDomainSocketAddress.of(socket))) {
      return true;
    } catch (IOException _) {
      return false;
    }
  }

  /** Closes it and removes its file. */
  @Override
  public void close() {
    server.close().awaitUninterruptibly();
  }

  /** How far a successor has come. */
  private sealed interface Phase {
    /** It has asked for nothing. */
    record New() implements Phase {}

    /** It knows how many sockets there are. */
    record Told(int sockets) implements Phase {}

    /** It has them. */
    record Sent() implements Phase {}

    /** It has what it cannot share with us. */
    record Freed() implements Phase {}

    /** It serves. */
    record Succeeded() implements Phase {}

    /** It has given up, or is lost: it is no successor any more, whatever it says. */
    record Over() implements Phase {}
  }

  /** One process that wants to take over. Used by its event loop. */
  private final class Successor extends SimpleChannelInboundHandler<String> {
    private Phase phase = new Phase.New();

    @Override
    public void channelActive(ChannelHandlerContext ctx) throws IOException {
      EpollDomainSocketChannel channel = (EpollDomainSocketChannel) ctx.channel();
      if (channel.peerCredentials().uid() != ownUid) {
        LOG.warn("process {} of another account wants to take over", channel.peerCredentials());
        ctx.close();
        return;
      }
      Future<?> end =
          ctx.executor()
              .schedule(() -> giveUp(ctx), succession.patience().toMillis(), TimeUnit.MILLISECONDS);
      channel.closeFuture().addListener(_ -> end.cancel(false));
    }

    @Override
    protected void channelRead0(ChannelHandlerContext ctx, String line) {
      switch (phase) {
        case Phase.New() -> {
          if (expect(ctx, line, TakeOverPipeline.SOCKETS) && isTaken.compareAndSet(false, true)) {
            int sockets = listeners.descriptors().size();
            phase = new Phase.Told(sockets);
            ctx.writeAndFlush(String.valueOf(sockets));
          } else {
            ctx.close();
          }
        }
        case Phase.Told(int told) -> {
          if (expect(ctx, line, TakeOverPipeline.SEND)) {
            phase = new Phase.Sent();
            // As late as can be: the number of a port that a reload has closed may be another's.
            List<FileDescriptor> sockets = listeners.descriptors();
            if (sockets.size() == told) {
              sockets.forEach(ctx::write);
              ctx.flush();
            } else {
              ctx.close();
            }
          }
        }
        case Phase.Sent() -> {
          if (expect(ctx, line, TakeOverPipeline.FREE)) {
            phase = new Phase.Freed();
            executor.execute(() -> {
              succession.free();
              ctx.writeAndFlush(TakeOverPipeline.FREE);
            });
          }
        }
        case Phase.Freed() -> {
          if (expect(ctx, line, TakeOverPipeline.SERVING)) {
            phase = new Phase.Succeeded();
            executor.execute(() -> {
              close();
              succession.succeeded();
              ctx.writeAndFlush(TakeOverPipeline.BYE);
            });
          }
        }
        case Phase.Succeeded(), Phase.Over() -> {}
      }
    }

    private static boolean expect(ChannelHandlerContext ctx, String line, String word) {
      if (!line.equals(word)) {
        LOG.warn("a successor said \"{}\", not \"{}\"", line, word);
        ctx.close();
      }
      return line.equals(word);
    }

    private void giveUp(ChannelHandlerContext ctx) {
      switch (phase) {
        case Phase.New(), Phase.Told(_), Phase.Sent(), Phase.Freed() -> {
          LOG.warn("a successor does not serve within {} s", succession.patience().toSeconds());
          end();
          ctx.writeAndFlush(TakeOverPipeline.NO).addListener(ChannelFutureListener.CLOSE);
        }
        case Phase.Succeeded(), Phase.Over() -> {}
      }
    }

    /** It will not serve: this process goes on, and the next one may come. */
    private void end() {
      switch (phase) {
        case Phase.New() -> phase = new Phase.Over();
        case Phase.Told(_), Phase.Sent() -> {
          phase = new Phase.Over();
          isTaken.set(false);
        }
        case Phase.Freed() -> {
          phase = new Phase.Over();
          LOG.warn("a successor has given up: this process goes on");
          executor.execute(() -> {
            try {
              succession.resume();
            } finally {
              isTaken.set(false);
            }
          });
        }
        case Phase.Succeeded(), Phase.Over() -> {}
      }
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
      end();
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
      LOG.warn("a take-over failed: {}", cause.toString());
      ctx.close();
    }
  }
}
