package dev.postern.gateway.net;

import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;
import java.util.function.Predicate;

/**
 * Cuts lines out of an upstream's bytes. A line ends with CRLF or LF; each character is one byte
 * (ISO 8859-1). Reads each byte once, however small the pieces.
 */
final class LineDecoder {
  /** Longest line without its end, RFC 2683 §3.2.1.5. */
  static final int LONGEST = 8192;

  private static final byte LF = '\n';
  private static final byte CR = '\r';

  private int searched;

  /** What {@link #decode} found. */
  sealed interface Cut {

    /** A line without its end; the reader index is behind it. */
    record Line(String text) implements Cut {}

    /** No whole line yet. */
    record Partial() implements Cut {}

    /** A line that is longer than {@link #LONGEST}, ended or not. */
    record TooLong() implements Cut {}
  }

  Cut decode(ByteBuf in) {
    int start = in.readerIndex();
    int end = in.indexOf(start + searched, in.writerIndex(), LF);
    if (end < 0) {
      searched = in.readableBytes();
      return searched > LONGEST + 1 ? new Cut.TooLong() : new Cut.Partial();
    }
    searched = 0;
    boolean endsInCr = end > start && in.getByte(end - 1) == CR;
    int length = endsInCr ? end - 1 - start : end - start;
    if (length > LONGEST) {
      return new Cut.TooLong();
    }
    in.readerIndex(end + 1);
    return new Cut.Line(in.toString(start, length, StandardCharsets.ISO_8859_1));
  }

  /** Whether {@code in} holds a whole line that is none of the {@code permitted}. Reads nothing. */
  static boolean holdsLineBut(Predicate<String> permitted, ByteBuf in) {
    LineDecoder lines = new LineDecoder();
    ByteBuf view = in.duplicate();
    while (true) {
      switch (lines.decode(view)) {
        case Cut.Line(String line) -> {
          if (!permitted.test(line)) {
            return true;
          }
        }
        case Cut.Partial() -> {
          return false;
        }
        case Cut.TooLong() -> {
          return true;
        }
      }
    }
  }
}
