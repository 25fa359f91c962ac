package dev.postern.gateway.sasl;

import dev.postern.store.auth.LoginName;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/**
 * Reads names that clients send in whatever encoding they like. Strict UTF-8 first; what is not
 * UTF-8 is taken as ISO 8859-1, which old clients send and which every byte sequence is.
 */
public final class ClientText {
  /** The longest user name or authorisation identity taken, in bytes as sent. */
  public static final int MAX_NAME = 512;

  /** The longest secret taken, in bytes as sent. */
  public static final int MAX_SECRET = 1024;

  private static final byte DELETE = 0x7f;

  private ClientText() {}

  /** The text in all of {@code bytes}. */
  public static String decode(byte[] bytes) {
    return decode(bytes, 0, bytes.length);
  }

  /** The text in the bytes from {@code from} to before {@code to}. */
  public static String decode(byte[] bytes, int from, int to) {
    try {
      return StandardCharsets.UTF_8
          .newDecoder()
          .decode(ByteBuffer.wrap(bytes, from, to - from))
          .toString();
    } catch (CharacterCodingException notUtf8) {
      return new String(bytes, from, to - from, StandardCharsets.ISO_8859_1);
    }
  }

  /**
   * Whether a byte can be the first of a command: printable ASCII, a blank or a line end. Whoever
   * begins with another speaks TLS (0x16, RFC 8446 §5.1) or something else that is no mail
   * protocol.
   */
  public static boolean canBeginCommand(byte first) {
    return first >= ' ' ? first != DELETE : first == '\t' || first == '\r' || first == '\n';
  }

  /** Whether two names are equal as sent, or stand for the same login name. */
  static boolean isSameName(String one, String other) {
    Optional<LoginName> name = LoginName.parse(one);
    return one.equals(other) || (name.isPresent() && name.equals(LoginName.parse(other)));
  }
}
