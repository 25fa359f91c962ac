package dev.postern.gateway.net;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.postern.gateway.net.LineDecoder.Cut;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.ArrayList;
import java.util.List;

/** What a server says, in pieces as long as the first byte of an input. */
class LineDecoderFuzzTest {

  @FuzzTest
  void cutsTheSameLinesHoweverTheBytesArrive(byte[] input) {
    if (input.length > 0) {
      List<String> atOnce = lines(input, input.length);
      assertThat(lines(input, 1)).isEqualTo(atOnce);
      assertThat(lines(input, 2 + (input[0] & 0x3f))).isEqualTo(atOnce);
    }
  }

  private static List<String> lines(byte[] input, int piece) {
    LineDecoder decoder = new LineDecoder();
    ByteBuf in = Unpooled.buffer();
    List<String> lines = new ArrayList<>();
    for (int from = 1; from < input.length; from += piece) {
      in.writeBytes(input, from, Math.min(piece, input.length - from));
      boolean hadLine = LineDecoder.holdsLineBut(_ -> false, in);
      Cut cut = decoder.decode(in);
      assertThat(hadLine).isEqualTo(!(cut instanceof Cut.Partial));
      while (cut instanceof Cut.Line(String text)) {
        assertThat(text.length()).isLessThanOrEqualTo(LineDecoder.LONGEST);
        assertThat(text).doesNotContain("\n");
        lines.add(text);
        cut = decoder.decode(in);
      }
      if (cut instanceof Cut.TooLong) {
        lines.add("too long");
        return lines;
      }
      assertThat(in.readableBytes()).isLessThanOrEqualTo(LineDecoder.LONGEST + 1);
    }
    lines.add("rest " + in.toString(ISO_8859_1));
    return lines;
  }
}
