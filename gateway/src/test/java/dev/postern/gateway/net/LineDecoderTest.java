package dev.postern.gateway.net;

import static org.assertj.core.api.Assertions.assertThat;

import dev.postern.gateway.net.LineDecoder.Cut;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class LineDecoderTest {
  private final LineDecoder lines = new LineDecoder();

  @Test
  void cutsAtCrlfAndAtLfWhereverTheReadsEnd() {
    byte[] bytes = "one\r\ntwo\n\r\n\r\r\nf\u00fcnf\r\nrest".getBytes(StandardCharsets.ISO_8859_1);
    for (int step = 1; step <= bytes.length; step++) {
      LineDecoder decoder = new LineDecoder();
      ByteBuf in = Unpooled.buffer();
      List<String> found = new ArrayList<>();
      for (int from = 0; from < bytes.length; from += step) {
        in.writeBytes(bytes, from, Math.min(step, bytes.length - from));
        while (decoder.decode(in) instanceof Cut.Line(String text)) {
          found.add(text);
        }
      }
      assertThat(found).containsExactly("one", "two", "", "\r", "f\u00fcnf");
      assertThat(in.toString(StandardCharsets.ISO_8859_1)).isEqualTo("rest");
    }
  }

  @Test
  void takesALineOfTheLongestLength() {
    assertThat(lines.decode(bytes("x".repeat(LineDecoder.LONGEST) + "\r\n")))
        .isEqualTo(new Cut.Line("x".repeat(LineDecoder.LONGEST)));
  }

  @Test
  void refusesALongerLineWithItsEnd() {
    assertThat(lines.decode(bytes("x".repeat(LineDecoder.LONGEST + 1) + "\r\n")))
        .isEqualTo(new Cut.TooLong());
  }

  @Test
  void refusesALongerLineBeforeItsEnd() {
    assertThat(lines.decode(bytes("x".repeat(LineDecoder.LONGEST + 2))))
        .isEqualTo(new Cut.TooLong());
  }

  @Test
  void waitsForTheEndOfAShorterOne() {
    assertThat(lines.decode(bytes("x".repeat(LineDecoder.LONGEST) + "\r")))
        .isEqualTo(new Cut.Partial());
  }

  private static ByteBuf bytes(String text) {
    return Unpooled.copiedBuffer(text, StandardCharsets.ISO_8859_1);
  }
}
