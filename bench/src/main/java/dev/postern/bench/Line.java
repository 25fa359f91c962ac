package dev.postern.bench;

import dev.postern.gateway.dialogue.CommandDecoder;
import dev.postern.gateway.dialogue.MailProtocol;
import dev.postern.gateway.dialogue.SessionFacts;
import dev.postern.gateway.dialogue.SessionFacts.Tls;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** One command in a buffer, to be decoded again and again. */
final class Line<C> {
  private final CommandDecoder<C> decoder;
  private final ByteBuf in;
  private final int length;

  Line(MailProtocol<C> protocol, String command) {
    decoder = protocol.decoder().apply(new SessionFacts("localhost", Tls.ON, List.of(), 5));
    in = Unpooled.copiedBuffer(command + "\r\n", StandardCharsets.ISO_8859_1);
    length = in.readableBytes();
  }

  /** As it comes in one packet. */
  @Nullable C whole() {
    in.readerIndex(0);
    return decoder.decode(in);
  }

  /** As it comes from somebody who means to keep us busy. */
  @Nullable C oneByteAtATime() {
    in.setIndex(0, 0);
    for (int i = 1; i < length; i++) {
      in.writerIndex(i);
      if (decoder.decode(in) != null) {
        throw new IllegalStateException("a command before its end");
      }
    }
    in.writerIndex(length);
    return decoder.decode(in);
  }
}
