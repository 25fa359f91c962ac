package dev.postern.gateway.net;

import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.function.ToIntFunction;

/**
 * As much of the first TLS record of a client as decides who answers it, RFC 8446 §4.1.2. Nothing
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

  /** Whether more is needed before {@link #read} can tell. */
  static boolean isPartial(ByteBuf in) {
    int start = in.readerIndex();
    if (in.readableBytes() < RECORD_HEADER) {
      return !in.isReadable() || in.getUnsignedByte(start) == HANDSHAKE;
    }
    int whole = RECORD_HEADER + in.getUnsignedShort(start + 3);
    return in.getUnsignedByte(start) == HANDSHAKE && whole <= LONGEST && in.readableBytes() < whole;
  }

  /**
   * Reads the first record and leaves it where it is. Empty if it cannot be read: then the TLS
   * engine will say so, or it knows how to.
   */
  static Optional<ClientHello> read(ByteBuf in) {
    try {
      return find(in.slice());
    } catch (IndexOutOfBoundsException _) {
      return Optional.empty();
    }
  }

  private static Optional<ClientHello> find(ByteBuf in) {
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
