package dev.postern.gateway.net;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.channel.RecvByteBufAllocator.ExtendedHandle;
import io.netty.channel.embedded.EmbeddedChannel;
import org.junit.jupiter.api.Test;

class ReadSizeTest {
  private final EmbeddedChannel front = new EmbeddedChannel();

  @Test
  void readsLittleUntilTheLoginHoweverMuchThereIsAndThenMore() {
    ReadSize.limit(front);
    ReadSize size = front.config().getRecvByteBufAllocator();
    ExtendedHandle handle = size.newHandle();
    assertThat(afterManyFullReads(handle)).isEqualTo(ReadSize.BEFORE_LOGIN);
    ReadSize.loggedIn(front);
    assertThat(afterManyFullReads(handle)).isGreaterThan(8 * ReadSize.BEFORE_LOGIN);
    front.finishAndReleaseAll();
  }

  /** How much the next one may bring. */
  private int afterManyFullReads(ExtendedHandle handle) {
    for (int i = 0; i < 20; i++) {
      handle.reset(front.config());
      ByteBuf buffer = handle.allocate(front.alloc());
      handle.attemptedBytesRead(buffer.capacity());
      handle.lastBytesRead(buffer.capacity());
      handle.readComplete();
      buffer.release();
    }
    ByteBuf buffer = handle.allocate(front.alloc());
    int capacity = buffer.capacity();
    buffer.release();
    return capacity;
  }
}
