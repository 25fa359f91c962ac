package dev.postern.gateway.net;

import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * As much of the first TLS record of a client as says which protocols it offers, RFC 8446 §4.1.2.
 */
final class ClientHello {
  private static final int RECORD_HEADER = 5;
  private static final int HANDSHAKE = 22;
  private static final int CLIENT_HELLO = 1;
  private static final int ALPN = 16;

  /** Version and random. */
  private static final int FIXED = 2 + 32;

  /** The longest record that a client may send in clear, header included, RFC 8446 §5.1. */
  static final int LONGEST = RECORD_HEADER + 16_384;

  private ClientHello() {}

  /** Whether more is needed before {@link #offered} can tell. */
  static boolean isPartial(ByteBuf in) {
    int start = in.readerIndex();
    if (in.readableBytes() < RECORD_HEADER) {
      return !in.isReadable() || in.getUnsignedByte(start) == HANDSHAKE;
    }
    int whole = RECORD_HEADER + in.getUnsignedShort(start + 3);
    return in.getUnsignedByte(start) == HANDSHAKE && whole <= LONGEST && in.readableBytes() < whole;
  }

  /**
   * The protocols offered by ALPN, RFC 7301 §3.1. Empty if the client offers none, or if the record
   * cannot be read: then the TLS engine will say so.
   */
  static Optional<List<String>> offered(ByteBuf in) {
    try {
      return find(in.slice());
    } catch (IndexOutOfBoundsException _) {
      return Optional.empty();
    }
  }

  private static Optional<List<String>> find(ByteBuf in) {
    if (in.readUnsignedByte() != HANDSHAKE) {
      return Optional.empty();
    }
    in.skipBytes(2);
    ByteBuf message = in.readSlice(in.readUnsignedShort());
    if (message.readUnsignedByte() != CLIENT_HELLO) {
      return Optional.empty();
    }
    ByteBuf hello = message.readSlice(message.readUnsignedMedium());
    hello.skipBytes(FIXED);
    hello.skipBytes(hello.readUnsignedByte()); // session
    hello.skipBytes(hello.readUnsignedShort()); // cipher suites
    hello.skipBytes(hello.readUnsignedByte()); // compression
    ByteBuf extensions = hello.readSlice(hello.isReadable() ? hello.readUnsignedShort() : 0);
    while (extensions.isReadable()) {
      int type = extensions.readUnsignedShort();
      ByteBuf extension = extensions.readSlice(extensions.readUnsignedShort());
      if (type == ALPN) {
        return Optional.of(names(extension.readSlice(extension.readUnsignedShort())));
      }
    }
    return Optional.empty();
  }

  private static List<String> names(ByteBuf list) {
    List<String> names = new ArrayList<>();
    while (list.isReadable()) {
      int length = list.readUnsignedByte();
      names.add(list.readCharSequence(length, StandardCharsets.ISO_8859_1).toString());
    }
    return names;
  }
}
