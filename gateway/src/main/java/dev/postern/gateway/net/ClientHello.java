package dev.postern.gateway.net;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.function.ToIntFunction;

/**
 * As much of the first TLS message of a client as decides who answers it, RFC 8446 §4.1.2. Nothing
 * in it is believed: what a client says here that is not so makes its own handshake fail.
 *
 * @param protocols offered by ALPN, RFC 7301 §3.1; empty: none
 * @param serverName whom it wants to speak to, RFC 6066 §3; lower case
 * @param isTls13 whether it offers TLS 1.3, which is what it gets then
 * @param curves the curves of certificates with an EC key that it takes
 */
record ClientHello(
    List<String> protocols, Optional<String> serverName, boolean isTls13, Set<Curve> curves) {
  private static final int RECORD_HEADER = 5;
  private static final int HANDSHAKE = 22;
  private static final int CLIENT_HELLO = 1;
  private static final int SERVER_NAME = 0;
  private static final int GROUPS = 10;
  private static final int SIGNATURES = 13;
  private static final int ALPN = 16;
  private static final int VERSIONS = 43;
  private static final int TLS_1_3 = 0x0304;

  /** Version and random. */
  private static final int FIXED = 2 + 32;

  /** The longest record that a client may send in clear, header included, RFC 8446 §5.1. */
  static final int LONGEST = RECORD_HEADER + 16_384;

  /** Records that one hello may be in. */
  static final int MOST_PIECES = 8;

  /** Curves of EC keys in certificates, with their numbers among groups and signature schemes. */
  enum Curve {
    P256(23, 0x0403, 256),
    P384(24, 0x0503, 384),
    P521(25, 0x0603, 521);

    private final int group;
    private final int signature;
    private final int bits;

    Curve(int group, int signature, int bits) {
      this.group = group;
      this.signature = signature;
      this.bits = bits;
    }

    /** The one of a key of that many bits. */
    static Optional<Curve> ofBits(int bits) {
      return EnumSet.allOf(Curve.class).stream().filter(curve -> curve.bits == bits).findFirst();
    }
  }

  /** What the first bytes of a client are. */
  sealed interface Reading {
    /** More is needed to tell. */
    record Partial() implements Reading {}

    record Whole(ClientHello hello) implements Reading {}

    /** No hello that we can read: the TLS engine will say so, or it knows how to. */
    record Unread() implements Reading {}

    /**
     * What the engine might pass over before a hello that is then looked at by nobody, or a hello
     * in more pieces than anybody needs.
     */
    record Evasive() implements Reading {}
  }

  /**
   * Reads the message in the first records and leaves it where it is. Pieces are put together: who
   * stands between a client and us may cut records otherwise without either noticing.
   */
  static Reading read(ByteBuf in) {
    int start = in.readerIndex();
    ByteBuf message = Unpooled.EMPTY_BUFFER;
    int at = start;
    for (int pieces = 0; pieces < MOST_PIECES; pieces++) {
      int left = in.writerIndex() - at;
      if (left > 0 && in.getUnsignedByte(at) != HANDSHAKE) {
        return pieces > 0 || isOtherRecord(in.getUnsignedByte(at))
            ? new Reading.Evasive()
            : new Reading.Unread();
      }
      if (left < RECORD_HEADER) {
        return new Reading.Partial();
      }
      int length = in.getUnsignedShort(at + 3);
      int end = at + RECORD_HEADER + length;
      if (length == 0 || end - start > LONGEST) {
        return pieces > 0 ? new Reading.Evasive() : new Reading.Unread();
      }
      if (end > in.writerIndex()) {
        return new Reading.Partial();
      }
      message = joined(message, in.slice(at + RECORD_HEADER, length));
      at = end;
      if (isWhole(message)) {
        return message(message).<Reading>map(Reading.Whole::new).orElseGet(Reading.Unread::new);
      }
    }
    return new Reading.Evasive();
  }

  private static ByteBuf joined(ByteBuf first, ByteBuf second) {
    if (!first.isReadable()) {
      return second;
    }
    byte[] both = new byte[first.readableBytes() + second.readableBytes()];
    first.getBytes(first.readerIndex(), both, 0, first.readableBytes());
    second.getBytes(second.readerIndex(), both, first.readableBytes(), second.readableBytes());
    return Unpooled.wrappedBuffer(both);
  }

  /** A change of cipher, an alert, data, a heartbeat. */
  private static boolean isOtherRecord(int type) {
    return type >= 20 && type <= 24 && type != HANDSHAKE;
  }

  private static boolean isWhole(ByteBuf message) {
    int header = 4;
    return message.readableBytes() >= header
        && message.readableBytes() >= header + message.getUnsignedMedium(message.readerIndex() + 1);
  }

  private static Optional<ClientHello> message(ByteBuf message) {
    try {
      return find(message);
    } catch (IndexOutOfBoundsException _) {
      return Optional.empty();
    }
  }

  private static Optional<ClientHello> find(ByteBuf message) {
    if (message.readUnsignedByte() != CLIENT_HELLO) {
      return Optional.empty();
    }
    ByteBuf hello = message.readSlice(message.readUnsignedMedium());
    hello.skipBytes(FIXED);
    hello.skipBytes(hello.readUnsignedByte()); // session
    Draft draft = new Draft();
    draft.suites(hello.readSlice(hello.readUnsignedShort()));
    hello.skipBytes(hello.readUnsignedByte()); // compression
    ByteBuf extensions = hello.readSlice(hello.isReadable() ? hello.readUnsignedShort() : 0);
    while (extensions.isReadable()) {
      int type = extensions.readUnsignedShort();
      draft.extension(type, extensions.readSlice(extensions.readUnsignedShort()));
    }
    return Optional.of(draft.hello());
  }

  /** What has been read so far. */
  private static final class Draft {
    private List<String> protocols = List.of();
    private Optional<String> serverName = Optional.empty();
    private boolean isTls13;
    private boolean hasEcdsaSuite;
    private final Set<Curve> groups = EnumSet.noneOf(Curve.class);
    private final Set<Curve> signatures = EnumSet.noneOf(Curve.class);

    void suites(ByteBuf suites) {
      while (suites.isReadable()) {
        hasEcdsaSuite |=
            switch (suites.readUnsignedShort()) {
              case 0xc009, 0xc00a, 0xc02b, 0xc02c, 0xcca9 -> true;
              default -> false;
            };
      }
    }

    void extension(int type, ByteBuf in) {
      switch (type) {
        case SERVER_NAME -> serverName = name(in.readSlice(in.readUnsignedShort()));
        case GROUPS ->
            addCurves(groups, in.readSlice(in.readUnsignedShort()), curve -> curve.group);
        case SIGNATURES ->
            addCurves(signatures, in.readSlice(in.readUnsignedShort()), curve -> curve.signature);
        case ALPN -> protocols = protocols(in.readSlice(in.readUnsignedShort()));
        case VERSIONS -> {
          ByteBuf list = in.readSlice(in.readUnsignedByte());
          while (list.isReadable()) {
            isTls13 |= list.readUnsignedShort() == TLS_1_3;
          }
        }
        default -> {} // the engine's
      }
    }

    private static void addCurves(Set<Curve> to, ByteBuf list, ToIntFunction<Curve> number) {
      while (list.isReadable()) {
        int listed = list.readUnsignedShort();
        for (Curve curve : Curve.values()) {
          if (number.applyAsInt(curve) == listed) {
            to.add(curve);
          }
        }
      }
    }

    /** Before TLS 1.3 the curve of a certificate's key is one of the groups, RFC 8422 §5.1. */
    ClientHello hello() {
      Set<Curve> curves = EnumSet.copyOf(signatures);
      if (!isTls13) {
        curves.retainAll(hasEcdsaSuite ? groups : Set.of());
      }
      return new ClientHello(protocols, serverName, isTls13, curves);
    }

    private static Optional<String> name(ByteBuf list) {
      if (list.readUnsignedByte() != 0) {
        return Optional.empty();
      }
      int length = list.readUnsignedShort();
      return Optional.of(
          list.readCharSequence(length, StandardCharsets.ISO_8859_1)
              .toString()
              .toLowerCase(Locale.ROOT));
    }

    private static List<String> protocols(ByteBuf list) {
      List<String> names = new ArrayList<>();
      while (list.isReadable()) {
        int length = list.readUnsignedByte();
        names.add(list.readCharSequence(length, StandardCharsets.ISO_8859_1).toString());
      }
      return names;
    }
  }
}
