package dev.postern.gateway.net;

import dev.postern.gateway.observe.Direction;
import dev.postern.gateway.observe.EndReason;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.handler.ssl.SslCloseCompletionEvent;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One direction of a spliced session, as a handler on the channel it reads from: copies, and never
 * looks at what it copies.
 *
 * <p>Back-pressure: while the sink has more waiting than its high-water mark, the source is not
 * read. So each direction holds at most that mark and one read.
 *
 * <pre>
 * OPEN --end of stream, close_notify, close, error--> ENDED
 * </pre>
 *
 * <p>After ENDED no byte of the source is forwarded any more: what comes behind a close_notify
 * stands outside TLS. Nor is what comes for a sink that is closed.
 */
final class Relay extends ChannelInboundHandlerAdapter {
  private static final Logger LOG = LoggerFactory.getLogger(Relay.class);

  /**
   * Bytes that are sent at once, while they are near; of fewer, several reads are sent together.
   */
  private static final int FLUSH_AT = ReadSize.MOST_RELAYED / 2;

  private final Direction direction;
  private final Channel source;
  private final Channel sink;
  private final RelaySession session;
  private Flow flow = Flow.OPEN;

  private enum Flow {
    OPEN,
    ENDED
  }

  Relay(Direction direction, Channel source, Channel sink, RelaySession session) {
    this.direction = direction;
    this.source = source;
    this.sink = sink;
    this.session = session;
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object msg) {
    ByteBuf bytes = (ByteBuf) msg;
    switch (flow) {
      case OPEN -> {
        if (!sink.isOpen()) {
          bytes.release();
          return;
        }
        session.moved(direction, bytes.readableBytes());
        boolean isMuch = bytes.readableBytes() >= FLUSH_AT;
        sink.write(bytes);
        if (isMuch) {
          sink.flush();
        }
        paceSource();
      }
      case ENDED -> bytes.release();
    }
  }

  @Override
  public void channelReadComplete(ChannelHandlerContext ctx) {
    sink.flush();
    paceSource();
  }

  /** The source can, or can no longer, take what the opposite relay writes to it. */
  @Override
  public void channelWritabilityChanged(ChannelHandlerContext ctx) {
    session.pace(direction.opposite());
  }

  @Override
  public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
    switch (event) {
      case ChannelInputShutdownEvent _, SslCloseCompletionEvent _ -> end();
      case EndReason reason -> session.cut(reason);
      case Leave.IF_LOGGED_IN -> session.cut(EndReason.SHUTDOWN);
      default -> {} // for handlers that are no longer here
    }
  }

  @Override
  public void channelInactive(ChannelHandlerContext ctx) {
    boolean isExpected = flow == Flow.ENDED && direction == Direction.DOWN;
    end();
    if (!isExpected) {
      session.lost(direction);
    }
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    if (Faults.isOurs(cause)) {
      LOG.error("a fault of ours while relaying {}", direction.word(), cause);
      session.cut(EndReason.FAULT);
    } else {
      source.close(); // channelInactive follows
    }
  }

  private void end() {
    if (flow == Flow.OPEN) {
      flow = Flow.ENDED;
      session.ended(direction, sink);
    }
  }

  private void paceSource() {
    if (!RelaySession.takes(sink)) {
      source.config().setAutoRead(false);
    }
  }
}
