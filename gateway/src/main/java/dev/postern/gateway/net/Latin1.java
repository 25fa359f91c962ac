package dev.postern.gateway.net;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import java.nio.charset.StandardCharsets;

/** Texts on the wire, each character one byte. */
final class Latin1 {
  private Latin1() {}

  static ByteBuf encode(ByteBufAllocator allocator, String text) {
    ByteBuf bytes = allocator.buffer(text.length());
    bytes.writeCharSequence(text, StandardCharsets.ISO_8859_1);
    return bytes;
  }
}
