package dev.postern.gateway.net;

import dev.postern.gateway.observe.ConnectionRefusal;
import dev.postern.gateway.observe.EndReason;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.handler.codec.haproxy.HAProxyMessage;
import io.netty.util.NetUtil;
import io.netty.util.concurrent.Future;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Waits for the PROXY header of a trusted proxy, which comes before anything else, TLS included.
 * What is no header, or comes too late, ends the connection without a word: nobody who may connect
 * here would read it. Stands behind the decoder; used once.
 */
final class ProxyHeaderReader extends ChannelInboundHandlerAdapter {
  private static final Logger LOG = LoggerFactory.getLogger(ProxyHeaderReader.class);

  private final Duration patience;
  private final Consumer<Ends> onHeader;
  private final Consumer<ConnectionRefusal> onRefusal;
  private @Nullable Future<?> deadline;
  private boolean isDone;

  /** Both ends of the connection that the proxy speaks for. */
  record Ends(InetSocketAddress client, InetSocketAddress server) {}

  /**
   * @param onHeader puts the next handlers in
   * @param onRefusal is told why the connection is closed
   */
  ProxyHeaderReader(
      Duration patience, Consumer<Ends> onHeader, Consumer<ConnectionRefusal> onRefusal) {
    this.patience = patience;
    this.onHeader = onHeader;
    this.onRefusal = onRefusal;
  }

  @Override
  public void channelActive(ChannelHandlerContext ctx) {
    deadline = ctx.executor().schedule(() -> refuse(ctx), patience.toNanos(), TimeUnit.NANOSECONDS);
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object msg) {
    if (!(msg instanceof HAProxyMessage header)) {
      throw new IllegalStateException("bytes came past the decoder");
    }
    try {
      if (!isDone) {
        done();
        onHeader.accept(ends(header).orElseGet(() -> ownEnds(ctx)));
        ctx.fireChannelActive();
        FrontPipeline.headerIsRead(ctx.pipeline());
      }
    } finally {
      header.release();
    }
  }

  /**
   * What the proxy says; empty where it speaks for itself, which the decoder makes an unknown
   * protocol of, or of no internet address.
   */
  private static Optional<Ends> ends(HAProxyMessage header) {
    return switch (header.proxiedProtocol()) {
      case TCP4, TCP6 ->
          Optional.of(
              new Ends(
                  socket(header.sourceAddress(), header.sourcePort()),
                  socket(header.destinationAddress(), header.destinationPort())));
      case UNKNOWN, UDP4, UDP6, UNIX_STREAM, UNIX_DGRAM -> Optional.empty();
    };
  }

  private static Ends ownEnds(ChannelHandlerContext ctx) {
    return new Ends(
        (InetSocketAddress) ctx.channel().remoteAddress(),
        (InetSocketAddress) ctx.channel().localAddress());
  }

  /** The decoder has seen that it is an address literal. */
  private static InetSocketAddress socket(String address, int port) {
    try {
      return new InetSocketAddress(
          InetAddress.getByAddress(NetUtil.createByteArrayFromIpAddressString(address)), port);
    } catch (UnknownHostException impossible) {
      throw new IllegalStateException(impossible);
    }
  }

  @Override
  public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
    switch (event) {
      case ChannelInputShutdownEvent _ -> refuse(ctx);
      case Leave.IF_LOGGED_IN -> {}
      case EndReason _, Leave _ -> {
        done();
        ctx.close();
      }
      default -> ctx.fireUserEventTriggered(event);
    }
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    if (Faults.isOurs(cause)) {
      LOG.error("a fault of ours while reading a PROXY header", cause);
      ctx.close();
    }
    refuse(ctx);
  }

  @Override
  public void channelInactive(ChannelHandlerContext ctx) {
    refuse(ctx);
  }

  private void refuse(ChannelHandlerContext ctx) {
    if (!isDone) {
      done();
      onRefusal.accept(ConnectionRefusal.PROXY_HEADER);
      ctx.close();
    }
  }

  private void done() {
    isDone = true;
    if (deadline != null) {
      deadline.cancel(false);
    }
  }
}
