package dev.postern.gateway.dialogue;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.ByteBuffer;
import java.util.Random;
import org.junit.jupiter.api.Test;

class StopBytesTest {
  private static final StopBytes STOPS = StopBytes.of('\r', '\n', '{');

  @Test
  void theFirstOfThemIsFoundWhereverItStands() {
    Random random = new Random(1);
    byte[] close = {'\r' - 1, '\r' + 1, '\n' + 1, '{' - 1, '{' + 1, 0, -1, (byte) 0x8d, 1};
    for (int round = 0; round < 100_000; round++) {
      byte[] bytes = new byte[random.nextInt(40)];
      for (int i = 0; i < bytes.length; i++) {
        bytes[i] =
            random.nextInt(12) == 0
                ? (byte) "\r\n{".charAt(random.nextInt(3))
                : close[random.nextInt(close.length)];
      }
      ByteBuf in = random.nextBoolean() ? Unpooled.wrappedBuffer(bytes) : direct(bytes);
      int from = random.nextInt(bytes.length + 1);
      int length = random.nextInt(bytes.length - from + 1);

      assertThat(STOPS.before(in, from, length)).isEqualTo(before(bytes, from, length));
    }
  }

  private static ByteBuf direct(byte[] bytes) {
    return Unpooled.wrappedBuffer(ByteBuffer.allocateDirect(bytes.length).put(bytes).flip());
  }

  private static int before(byte[] bytes, int from, int length) {
    int count = 0;
    while (count < length && "\r\n{".indexOf(bytes[from + count]) < 0) {
      count++;
    }
    return count;
  }
}
