package dev.postern.gateway.dialogue;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Random;
import org.junit.jupiter.api.Test;

class StopBytesTest {
  private static final StopBytes STOPS = StopBytes.of('\r', '\n', '{');

  @Test
  void theFirstOfThemIsFoundWhereverItStands() {
    Random random = new Random(1);
    byte[] close = {'\r' - 1, '\r' + 1, '\n' + 1, '{' - 1, '{' + 1, 0, -1, (byte) 0x8d, 1};
    for (int round = 0; round < 200_000; round++) {
      byte[] eight = new byte[Long.BYTES];
      for (int i = 0; i < eight.length; i++) {
        eight[i] =
            random.nextInt(6) == 0
                ? (byte) "\r\n{".charAt(random.nextInt(3))
                : close[random.nextInt(close.length)];
      }
      long word = ByteBuffer.wrap(eight).order(ByteOrder.LITTLE_ENDIAN).getLong();

      assertThat(STOPS.before(word)).isEqualTo(before(eight));
      assertThat(STOPS.contains(eight[0])).isEqualTo(before(eight) == 0);
      assertThat(StopBytes.NONE.before(word)).isEqualTo(Long.BYTES);
    }
  }

  private static int before(byte[] eight) {
    int count = 0;
    while (count < eight.length && "\r\n{".indexOf(eight[count]) < 0) {
      count++;
    }
    return count;
  }
}
