package dev.postern.gateway.dialogue;

import dev.postern.store.auth.Secret;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/**
 * One command line as it stands in the buffer: a verb, and behind blanks (space or tab) its
 * arguments. Good until the buffer moves on.
 */
public final class CommandLine {
  private static final byte DELETE = 0x7f;

  private final ByteBuf in;
  private final int start;
  private final int verbEnd;
  private final int end;

  /**
   * @param start index of its first octet
   * @param end index behind its last octet, line end not counted
   */
  CommandLine(ByteBuf in, int start, int end) {
    this.in = in;
    this.start = start;
    this.end = end;
    this.verbEnd = wordEnd(start);
  }

  /** What AUTH says, RFC 4954 §4 and RFC 5034 §4. */
  public record Auth(String mechanism, Optional<Secret> initialResponse) {}

  /**
   * The first word, each octet one character (ISO 8859-1), its ASCII letters in upper case: a sharp
   * s is not two; perhaps empty.
   */
  public String verb() {
    StringBuilder verb = new StringBuilder(text(start, verbEnd));
    for (int i = 0; i < verb.length(); i++) {
      char letter = verb.charAt(i);
      if (letter >= 'a' && letter <= 'z') {
        verb.setCharAt(i, (char) (letter - 'a' + 'A'));
      }
    }
    return verb.toString();
  }

  /** Whether anything but blanks stands behind the verb. */
  public boolean hasArguments() {
    return argumentsStart() < end;
  }

  /** All that stands behind the verb and the blanks behind it. */
  public byte[] arguments() {
    int from = argumentsStart();
    return ByteBufUtil.getBytes(in, from, end - from);
  }

  /** All that stands behind the verb and one blank; whoever gets it closes it. */
  public Secret secretArgument() {
    return secret(Math.min(verbEnd + 1, end), end);
  }

  /** Mechanism and initial response; empty if there is no mechanism. */
  public Optional<Auth> auth() {
    int from = argumentsStart();
    int mechanismEnd = wordEnd(from);
    if (mechanismEnd == from) {
      return Optional.empty();
    }
    int response = skipBlanks(mechanismEnd);
    return Optional.of(
        new Auth(
            text(from, mechanismEnd),
            response < end ? Optional.of(secret(response, end)) : Optional.empty()));
  }

  /** The line as it stands; whoever gets it closes it. */
  Secret whole() {
    return secret(start, end);
  }

  /** Whether a control character other than a tab stands in it. */
  boolean holdsControl() {
    for (int i = start; i < end; i++) {
      byte b = in.getByte(i);
      if ((b >= 0 && b < ' ' && b != '\t') || b == DELETE) {
        return true;
      }
    }
    return false;
  }

  static boolean isBlank(byte octet) {
    return octet == ' ' || octet == '\t';
  }

  private int argumentsStart() {
    return skipBlanks(verbEnd);
  }

  private int wordEnd(int from) {
    int i = from;
    while (i < end && !isBlank(in.getByte(i))) {
      i++;
    }
    return i;
  }

  private int skipBlanks(int from) {
    int i = from;
    while (i < end && isBlank(in.getByte(i))) {
      i++;
    }
    return i;
  }

  private String text(int from, int to) {
    return in.toString(from, to - from, StandardCharsets.ISO_8859_1);
  }

  private Secret secret(int from, int to) {
    return Secret.owning(ByteBufUtil.getBytes(in, from, to - from));
  }
}
