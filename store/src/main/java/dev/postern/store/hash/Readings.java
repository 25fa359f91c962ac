package dev.postern.store.hash;

import dev.postern.store.auth.Secret;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CoderResult;
import java.nio.charset.StandardCharsets;
import java.text.Normalizer;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * What a typed password may have been when another system hashed it. Systems disagree about letters
 * beyond ASCII: a client sends Latin-1 where UTF-8 was hashed, or letter and accent apart where
 * they were hashed as one.
 */
public final class Readings {
  /** That a character of Java takes in UTF-8. */
  private static final int MOST_BYTES = 3;

  private static final byte DELETE = 0x7f;

  private Readings() {}

  /**
   * At most two distinct readings, the likelier first: the bytes as typed; then in composed form
   * (NFC) if they are UTF-8 in another, or read as Latin-1 if they are not UTF-8. None if a control
   * character is among them: nobody has typed that. The caller closes them and {@code typed}.
   */
  public static List<Secret> of(Secret typed) {
    return typed.expose(bytes ->
        holdsControl(bytes)
            ? List.of()
            : second(bytes)
                .map(other -> List.of(Secret.copyOf(bytes), other))
                .orElseGet(() -> List.of(Secret.copyOf(bytes))));
  }

  private static Optional<Secret> second(byte[] bytes) {
    if (isAscii(bytes)) {
      return Optional.empty();
    }
    CharBuffer characters;
    try {
      characters = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes));
    } catch (CharacterCodingException _) {
      characters = StandardCharsets.ISO_8859_1.decode(ByteBuffer.wrap(bytes));
    }
    try {
      byte[] reading = utf8(composed(characters));
      if (Arrays.equals(reading, bytes)) {
        Arrays.fill(reading, (byte) 0);
        return Optional.empty();
      }
      return Optional.of(Secret.owning(reading));
    } finally {
      Arrays.fill(characters.array(), '\0');
    }
  }

  /** What Java composes is a string, which nobody can wipe: only where it must. */
  private static CharBuffer composed(CharBuffer characters) {
    return Normalizer.isNormalized(characters, Normalizer.Form.NFC)
        ? characters
        : CharBuffer.wrap(Normalizer.normalize(characters, Normalizer.Form.NFC));
  }

  private static byte[] utf8(CharBuffer characters) {
    byte[] room = new byte[MOST_BYTES * characters.remaining()];
    ByteBuffer encoded = ByteBuffer.wrap(room);
    CoderResult _ =
        StandardCharsets.UTF_8.newEncoder().encode(characters.duplicate(), encoded, true);
    byte[] bytes = Arrays.copyOf(room, encoded.position());
    Arrays.fill(room, (byte) 0);
    return bytes;
  }

  private static boolean holdsControl(byte[] bytes) {
    for (byte b : bytes) {
      if ((b >= 0 && b < ' ') || b == DELETE) {
        return true;
      }
    }
    return false;
  }

  private static boolean isAscii(byte[] bytes) {
    for (byte b : bytes) {
      if (b < 0) {
        return false;
      }
    }
    return true;
  }
}
