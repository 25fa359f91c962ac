package dev.postern.gateway.net;

import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelInitializer;
import io.netty.handler.codec.LineBasedFrameDecoder;
import io.netty.handler.codec.string.LineEncoder;
import io.netty.handler.codec.string.LineSeparator;
import io.netty.handler.codec.string.StringDecoder;
import java.nio.charset.StandardCharsets;
import java.util.function.Supplier;

/**
 * The handlers of both ends of a take-over: short lines, and descriptors between them.
 *
 * <pre>
 * successor                predecessor
 *   sockets            -->
 *                      <-- how many there are
 *   send               -->
 *                      <-- so many descriptors
 *   free               -->     closes its admin listeners
 *                      <-- free
 *   serving            -->     closes its ports and drains
 *                      <-- bye
 * </pre>
 *
 * <p>Until "serving" the predecessor goes on as if nothing was; when the connection breaks before,
 * or "serving" takes too long, which it answers with "no", it opens its admin listeners again.
 */
final class TakeOverPipeline extends ChannelInitializer<Channel> {
  static final String SOCKETS = "sockets";
  static final String SEND = "send";
  static final String FREE = "free";
  static final String SERVING = "serving";
  static final String BYE = "bye";

  /** The predecessor no longer waits: it goes on, and the successor must not serve. */
  static final String NO = "no";

  private static final int LONGEST_LINE = 64;

  private final Supplier<ChannelHandler> last;

  TakeOverPipeline(Supplier<ChannelHandler> last) {
    this.last = last;
  }

  @Override
  protected void initChannel(Channel channel) {
    channel
        .pipeline()
        .addLast(
            new LineBasedFrameDecoder(LONGEST_LINE),
            new StringDecoder(StandardCharsets.US_ASCII),
            new LineEncoder(LineSeparator.UNIX, StandardCharsets.US_ASCII),
            last.get());
  }
}
