package dev.postern.gateway.net;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(LeakCheck.class)
class PendingBytesTest {
  private static final int LIMIT = 1000;
  private final LoginMemory memory = new LoginMemory(16 * 1024);
  private final PendingBytes pending = new PendingBytes(ByteBufAllocator.DEFAULT, LIMIT, memory);

  @Test
  void whatIsMoreThanItsOwnIsBorrowedAndGivenBack() {
    PendingBytes first = new PendingBytes(ByteBufAllocator.DEFAULT, 1 << 20, memory);
    PendingBytes second = new PendingBytes(ByteBufAllocator.DEFAULT, 1 << 20, memory);
    assertThat(first.add(bytes("x".repeat(LoginMemory.OWN)))).isTrue();
    assertThat(memory.left()).isEqualTo(16 * 1024);
    assertThat(first.add(bytes("y"))).isTrue();
    assertThat(memory.left()).isZero();

    assertThat(second.add(bytes("x".repeat(LoginMemory.OWN)))).isTrue();
    assertThat(second.add(bytes("y"))).as("nothing is left to borrow").isFalse();
    assertThat(second.size()).isEqualTo(LoginMemory.OWN);

    first.takeAll().release();
    assertThat(memory.left()).isEqualTo(16 * 1024);
    assertThat(second.add(bytes("y"))).isTrue();
    second.close();
    assertThat(memory.left()).isEqualTo(16 * 1024);
  }

  @Test
  void whatADecoderKeepsOfItIsBorrowedAsWell() {
    PendingBytes first = new PendingBytes(ByteBufAllocator.DEFAULT, 1 << 20, memory);
    assertThat(first.alsoKept(LoginMemory.OWN)).isTrue();
    assertThat(memory.left()).isEqualTo(16 * 1024);
    assertThat(first.alsoKept(LoginMemory.OWN + 10_000)).isTrue();
    assertThat(first.alsoKept(LoginMemory.OWN + 16_000)).isTrue();
    assertThat(memory.left()).isEqualTo(384);
    assertThat(first.alsoKept(2 * LoginMemory.OWN + 1)).isFalse();
    assertThat(memory.left()).isEqualTo(384);
    assertThat(first.alsoKept(0)).isTrue();
    assertThat(memory.left()).isEqualTo(16 * 1024);
    assertThat(first.alsoKept(2 * LoginMemory.OWN)).isTrue();
    first.close();
    assertThat(memory.left()).isEqualTo(16 * 1024);
  }

  @Test
  void keepsBytesInOrderAcrossReadsAndGrowth() {
    StringBuilder all = new StringBuilder();
    for (int i = 0; i < 300; i++) {
      String more = i + ",";
      if (pending.size() + more.length() <= LIMIT) {
        assertThat(pending.add(bytes(more))).isTrue();
        all.append(more);
      }
    }
    assertThat(text(pending.view())).isEqualTo(all.toString()).hasSizeGreaterThan(900);
    pending.close();
  }

  @Test
  void takesNoMoreThanItsLimit() {
    assertThat(pending.add(bytes("x".repeat(LIMIT)))).isTrue();
    assertThat(pending.add(bytes("y"))).isFalse();
    assertThat(pending.size()).isEqualTo(LIMIT);
    pending.close();
  }

  @Test
  void wipesTheBufferThatBroughtTheBytes() {
    ByteBuf read = bytes("secret").retain();

    pending.add(read);

    assertThat(read.getByte(0)).isZero();
    assertThat(read.getByte(5)).isZero();
    read.release();
    pending.close();
  }

  @Test
  void wipesWhatWasConsumedAndLeavesTheRest() {
    pending.add(bytes("secret;rest"));
    ByteBuf kept = pending.view();
    kept.skipBytes(7);

    pending.consumed();

    assertThat(kept.getByte(0)).isZero();
    assertThat(kept.getByte(6)).isZero();
    assertThat(text(pending.view())).isEqualTo("rest");
    pending.close();
  }

  @Test
  void wipesTheOldBufferWhenItGrows() {
    pending.add(bytes("secret"));
    ByteBuf small = pending.view().retain();

    pending.add(bytes("x".repeat(800)));

    assertThat(small.getByte(0)).isZero();
    assertThat(text(pending.view())).startsWith("secretxxx");
    small.release();
    pending.close();
  }

  @Test
  void wipesOnClose() {
    pending.add(bytes("secret"));
    ByteBuf kept = pending.view().retain();

    pending.close();

    assertThat(kept.getByte(0)).isZero();
    kept.release();
  }

  @Test
  void holdsNoMemoryWhileEmpty() {
    pending.add(bytes("all"));
    pending.view().skipBytes(3);

    pending.consumed();

    assertThat(pending.view()).isSameAs(Unpooled.EMPTY_BUFFER);
  }

  @Test
  void givesTheRestAwayOnce() {
    pending.add(bytes("used,rest"));
    pending.view().skipBytes(5);
    pending.consumed();

    ByteBuf rest = pending.takeAll();

    assertThat(text(rest)).isEqualTo("rest");
    assertThat(pending.isEmpty()).isTrue();
    rest.release();
    pending.close();
  }

  private static ByteBuf bytes(String text) {
    ByteBuf bytes = ByteBufAllocator.DEFAULT.buffer();
    bytes.writeCharSequence(text, StandardCharsets.ISO_8859_1);
    return bytes;
  }

  private static String text(ByteBuf bytes) {
    return bytes.toString(StandardCharsets.ISO_8859_1);
  }
}
