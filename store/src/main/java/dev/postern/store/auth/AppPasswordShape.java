package dev.postern.store.auth;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Optional;

/**
 * The form of app passwords: {@value #SHORTEST} to {@value #LONGEST} characters of {@value
 * #ALPHABET}, and the tolerance with which people may type them.
 *
 * <p>The alphabet has no {@code i}, {@code l}, {@code o}, {@code u}: what a person reads wrongly is
 * either read as meant ({@code o} as 0, {@code i} and {@code l} as 1) or cannot occur. Everything
 * here works on UTF-8 bytes, because a {@code String} cannot be wiped.
 */
public final class AppPasswordShape {
  /** 32 characters: five bits each. */
  public static final String ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz";

  public static final int SHORTEST = 16;
  public static final int LONGEST = 32;

  /** More bytes than this are no app password however many of them are separators. */
  static final int LONGEST_ENTRY = 1024;

  /** The length of what has the wrong shape. */
  static final int NO_LENGTH = -1;

  private static final byte WRONG = -1;
  private static final byte SEPARATOR = -2;

  /** For each byte of an ASCII character: what it stands for. */
  private static final byte[] MEANING = new byte[128];

  static {
    Arrays.fill(MEANING, WRONG);
    for (byte symbol : ALPHABET.getBytes(StandardCharsets.US_ASCII)) {
      MEANING[symbol] = symbol;
      MEANING[Character.toUpperCase(symbol)] = symbol;
    }
    MEANING['o'] = MEANING['O'] = '0';
    MEANING['i'] = MEANING['I'] = MEANING['l'] = MEANING['L'] = '1';
    MEANING[' '] = MEANING['\t'] = MEANING['-'] = SEPARATOR;
  }

  private AppPasswordShape() {}

  /**
   * The app password that {@code entered} stands for: separators dropped, case folded; empty if it
   * has the wrong shape. Takes a time that depends on {@code entered} alone. The caller closes
   * both.
   */
  public static Optional<Secret> read(Secret entered) {
    return entered.expose(AppPasswordShape::read);
  }

  /** Whether what was entered can be an app password. */
  static boolean fits(Secret entered) {
    Optional<Secret> read = read(entered);
    read.ifPresent(Secret::close);
    return read.isPresent();
  }

  /** Whether a character is one of {@link #ALPHABET}, or read as one of it. */
  static boolean isSymbol(int character) {
    return character < MEANING.length && MEANING[character] >= 0;
  }

  /**
   * The same characters in four groups with spaces between them, for a person to copy. The caller
   * closes both.
   */
  public static Secret grouped(Secret secret) {
    return secret.expose(bytes -> {
      int size = Math.ceilDiv(bytes.length, 4);
      byte[] grouped = new byte[bytes.length + Math.max(0, (bytes.length - 1) / size)];
      int to = 0;
      for (int i = 0; i < bytes.length; i++) {
        if (i > 0 && i % size == 0) {
          grouped[to++] = ' ';
        }
        grouped[to++] = bytes[i];
      }
      return Secret.owning(grouped);
    });
  }

  private static Optional<Secret> read(byte[] entry) {
    byte[] symbols = new byte[LONGEST];
    try {
      int length = read(entry, symbols, 0);
      return length < 0
          ? Optional.empty()
          : Optional.of(Secret.owning(Arrays.copyOf(symbols, length)));
    } finally {
      Arrays.fill(symbols, (byte) 0);
    }
  }

  /**
   * Reads as {@link #read(Secret)} does, into an array with room for {@value #LONGEST} bytes at
   * {@code at}, which the caller wipes in any case.
   *
   * @return the number of characters, {@value #NO_LENGTH} for a wrong shape
   */
  static int read(byte[] entry, byte[] symbols, int at) {
    if (entry.length > LONGEST_ENTRY) {
      return NO_LENGTH;
    }
    if (entry.length >= SHORTEST && entry.length <= LONGEST && readPlain(entry, symbols, at)) {
      return entry.length;
    }
    int length = 0;
    for (int i = 0; i < entry.length; ) {
      byte meaning = entry[i] < 0 ? SEPARATOR : MEANING[entry[i]];
      if (meaning == SEPARATOR) {
        int separator = separatorAt(entry, i);
        if (separator == 0) {
          return NO_LENGTH;
        }
        i += separator;
      } else {
        if (meaning == WRONG || length == LONGEST) {
          return NO_LENGTH;
        }
        symbols[at + length++] = meaning;
        i++;
      }
    }
    return length < SHORTEST ? NO_LENGTH : length;
  }

  /** Reads an entry without separators, as nearly all are; false if it is none. */
  private static boolean readPlain(byte[] entry, byte[] symbols, int at) {
    int signs = 0;
    for (int i = 0; i < entry.length; i++) {
      byte meaning = MEANING[entry[i] & 0x7f];
      symbols[at + i] = meaning;
      signs |= meaning | entry[i];
    }
    return signs >= 0;
  }

  /** Number of bytes of the separator that begins at {@code at}; 0 if there is none. */
  private static int separatorAt(byte[] entry, int at) {
    int first = entry[at] & 0xff;
    int second = at + 1 < entry.length ? entry[at + 1] & 0xff : 0;
    int third = at + 2 < entry.length ? entry[at + 2] & 0xff : 0;
    return switch (first) {
      case ' ', '\t', '-' -> 1;
      // Some clients send Latin-1: there the no-break space is this one byte.
      case 0xa0 -> 1;
      case 0xc2 -> second == 0xa0 || second == 0xad ? 2 : 0; // U+00A0, U+00AD
      case 0xe2 -> isSeparatorU2xxx(second, third) ? 3 : 0;
      case 0xe3 -> second == 0x80 && third == 0x80 ? 3 : 0; // U+3000
      case 0xef -> second == 0xbb && third == 0xbf ? 3 : 0; // U+FEFF
      default -> 0;
    };
  }

  private static boolean isSeparatorU2xxx(int second, int third) {
    return switch (second << 8 | third) {
      case 0x80af, 0x81a0, 0x8892 -> true; // U+202F, U+2060, U+2212: word processors' minus
      // U+2000 to U+2015: spaces, marks of no width, hyphens and the dashes made of them.
      default -> second == 0x80 && third >= 0x80 && third <= 0x95;
    };
  }
}
