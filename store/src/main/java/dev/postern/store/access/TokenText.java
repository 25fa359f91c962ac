package dev.postern.store.access;

import dev.postern.store.auth.AppPasswordShape;
import dev.postern.store.auth.Secret;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.util.Arrays;

/** The form of API tokens: {@code ptk_ID_SECRET}. */
public final class TokenText {
  /** Length of the part that names a token, and is no secret. */
  static final int ID_LENGTH = 12;

  /** Five random bits each. */
  static final int SECRET_LENGTH = 32;

  /** What ids begin with. */
  public static final String ID_PREFIX = "tk_";

  private static final byte[] PREFIX = "ptk_".getBytes(StandardCharsets.US_ASCII);
  private static final int SEPARATOR_AT = PREFIX.length + ID_LENGTH;
  private static final int SECRET_AT = SEPARATOR_AT + 1;
  private static final int LENGTH = SECRET_AT + SECRET_LENGTH;

  /** What is digested in place of what has the wrong form; no random draw yields capitals. */
  private static final byte[] NOBODYS =
      ("ptk_" + "A".repeat(ID_LENGTH) + "_" + "A".repeat(SECRET_LENGTH))
          .getBytes(StandardCharsets.US_ASCII);

  private TokenText() {}

  /** A new text. The caller closes it. */
  public static Secret make(SecureRandom random) {
    byte[] raw = new byte[ID_LENGTH + SECRET_LENGTH];
    random.nextBytes(raw);
    byte[] text = Arrays.copyOf(PREFIX, LENGTH);
    for (int i = 0; i < raw.length; i++) {
      int at = PREFIX.length + i + (i < ID_LENGTH ? 0 : 1);
      // 32 symbols: the low five bits choose one without bias.
      text[at] = (byte) AppPasswordShape.ALPHABET.charAt(raw[i] & 31);
    }
    text[SEPARATOR_AT] = '_';
    Arrays.fill(raw, (byte) 0);
    return Secret.owning(text);
  }

  /** The id of the token with that text, {@code tk_} and 12 characters. */
  public static String id(Secret text) {
    return text.expose(TokenText::id);
  }

  /** The text, or one that is nobody's if it has the wrong form. */
  static byte[] orNobodys(byte[] text) {
    boolean isText =
        text.length == LENGTH
            && Arrays.equals(text, 0, PREFIX.length, PREFIX, 0, PREFIX.length)
            && text[SEPARATOR_AT] == '_';
    return isText ? text : NOBODYS;
  }

  static String id(byte[] text) {
    return ID_PREFIX + new String(text, PREFIX.length, ID_LENGTH, StandardCharsets.US_ASCII);
  }

  /** Copies what names the token, and its secret, one behind the other, to {@code at}. */
  static void copy(byte[] text, byte[] to, int at) {
    System.arraycopy(text, PREFIX.length, to, at, ID_LENGTH);
    System.arraycopy(text, SECRET_AT, to, at + ID_LENGTH, SECRET_LENGTH);
  }
}
