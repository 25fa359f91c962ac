package dev.postern.gateway.sasl;

import dev.postern.gateway.dialogue.CommandLineDecoder;
import dev.postern.store.auth.Secret;
import java.util.Arrays;

/**
 * Reads what stands on the line of a SASL response: the rules that every protocol shares. Total: no
 * input makes it throw.
 *
 * <p>Base64 is taken strictly (RFC 4648 §4): nothing outside the alphabet, padding in full and only
 * at the end, unused bits zero, so that one message has one text. Exactly one trailing CR and any
 * trailing spaces are forgiven, because clients are known to send them.
 */
public final class SaslWire {
  /** The longest response taken, in bytes of base64 text; RFC 4954 §4.6 sets this figure. */
  public static final int MAX_RESPONSE = CommandLineDecoder.RESPONSE_LIMIT;

  private static final byte[] VALUES = values();

  private SaslWire() {}

  /** What a response says. */
  sealed interface Response {
    /** A message; whoever gets it closes it. */
    record Message(Secret bytes) implements Response {}

    /** The client gives up: {@code *}. */
    record Cancel() implements Response {}

    /** Not base64, or too long. */
    record Garbage() implements Response {}
  }

  /** Reads a response and wipes it. */
  static Response read(Secret response) {
    try (response) {
      return response.expose(SaslWire::read);
    }
  }

  private static Response read(byte[] line) {
    if (line.length > MAX_RESPONSE) {
      return new Response.Garbage();
    }
    int length = trimmedLength(line);
    if (length == 1 && line[0] == '*') {
      return new Response.Cancel();
    }
    if (length == 0 || (length == 1 && line[0] == '=')) {
      return new Response.Message(Secret.owning(new byte[0]));
    }
    return decode(line, length);
  }

  private static int trimmedLength(byte[] line) {
    int length = line.length;
    if (length > 0 && line[length - 1] == '\r') {
      length--;
    }
    while (length > 0 && line[length - 1] == ' ') {
      length--;
    }
    return length;
  }

  private static Response decode(byte[] line, int length) {
    if (length % 4 != 0) {
      return new Response.Garbage();
    }
    int padding = line[length - 1] != '=' ? 0 : line[length - 2] != '=' ? 1 : 2;
    int digits = length - padding;
    byte[] message = new byte[length / 4 * 3 - padding];
    int bits = 0;
    int pending = 0;
    int written = 0;
    for (int i = 0; i < digits; i++) {
      int value = VALUES[line[i] & 0xff];
      if (value < 0) {
        Arrays.fill(message, (byte) 0);
        return new Response.Garbage();
      }
      pending = (pending << 6) | value;
      bits += 6;
      if (bits >= 8) {
        bits -= 8;
        message[written++] = (byte) (pending >>> bits);
        pending &= (1 << bits) - 1;
      }
    }
    if (pending != 0) {
      Arrays.fill(message, (byte) 0);
      return new Response.Garbage();
    }
    return new Response.Message(Secret.owning(message));
  }

  private static byte[] values() {
    byte[] values = new byte[256];
    Arrays.fill(values, (byte) -1);
    String alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    for (int i = 0; i < alphabet.length(); i++) {
      values[alphabet.charAt(i)] = (byte) i;
    }
    return values;
  }
}
