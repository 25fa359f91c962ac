package dev.postern.gateway.net;

import dev.postern.gateway.observe.Session;
import dev.postern.gateway.observe.SessionEvents;
import dev.postern.store.auth.Scope;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.embedded.EmbeddedChannel;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.Optional;

/**
 * Two channels without sockets, spliced as those of a client and of its upstream are. It is in the
 * package of the splice since nobody else is to call it. Used by one thread.
 */
public final class SplicedPair implements AutoCloseable {
  private static final InetSocketAddress ADDRESS =
      new InetSocketAddress(InetAddress.getLoopbackAddress(), 143);
  private static final RelayLimits LIMITS =
      new RelayLimits(Duration.ofHours(1), Duration.ofMinutes(1));

  private final EmbeddedChannel front = withLogin();
  private final EmbeddedChannel upstream = withLogin();

  /** Joins them. */
  public SplicedPair() {
    Splice.join(
        front,
        upstream,
        Unpooled.EMPTY_BUFFER,
        new SessionTrail(
            new Session("0a1b2c3d4e", Scope.IMAP, Session.Tls.NONE, ADDRESS, ADDRESS),
            new SessionEvents() {},
            front.eventLoop().ticker()),
        LIMITS,
        Optional.empty());
    front.releaseOutbound();
  }

  private static EmbeddedChannel withLogin() {
    EmbeddedChannel channel = new EmbeddedChannel();
    channel.pipeline().addLast(HandlerNames.LOGIN, new ChannelInboundHandlerAdapter());
    return channel;
  }

  /**
   * Has the upstream say something.
   *
   * @return how many bytes came out at the client's side
   */
  public int down(ByteBuf bytes) {
    upstream.writeInbound(bytes);
    ByteBuf out = front.readOutbound();
    int length = out.readableBytes();
    out.release();
    return length;
  }

  @Override
  public void close() {
    front.finishAndReleaseAll();
    upstream.finishAndReleaseAll();
  }
}
