package dev.postern.gateway.net;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOutboundHandlerAdapter;
import io.netty.channel.ChannelPromise;
import io.netty.channel.embedded.EmbeddedChannel;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;

/** An end comes behind what was written, and alone where nothing waits. */
class HalfCloseTest {
  static final List<Consumer<Channel>> ENDS =
      List.of(HalfClose::endOutput, HalfClose::closeAfterWrites);

  private final WriteCount writes = new WriteCount();
  private final EmbeddedChannel channel = new EmbeddedChannel(writes);

  private static final class WriteCount extends ChannelOutboundHandlerAdapter {
    private int soFar;

    @Override
    public void write(ChannelHandlerContext ctx, Object msg, ChannelPromise promise) {
      soFar++;
      ctx.write(msg, promise);
    }
  }

  @ParameterizedTest
  @FieldSource("ENDS")
  void comesBehindWhatWasWrittenAndNotFlushedYet(Consumer<Channel> end) {
    channel.write(Unpooled.copiedBuffer("* BYE\r\n", US_ASCII));
    end.accept(channel);
    channel.runPendingTasks();
    ByteBuf sent = channel.readOutbound();
    assertThat(sent.toString(US_ASCII)).isEqualTo("* BYE\r\n");
    sent.release();
    assertThat(channel.isOpen()).isFalse();
  }

  @ParameterizedTest
  @FieldSource("ENDS")
  void isNoWriteOfItsOwnWhereNothingWaits(Consumer<Channel> end) {
    end.accept(channel);
    assertThat(writes.soFar).isZero();
    assertThat(channel.isOpen()).isFalse();
  }
}
