package dev.postern.store;

import dev.postern.store.auth.AppPasswordShape;
import dev.postern.store.auth.Secret;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * The text of a pepper or sealing key file: one key a line, {@code id base64(32 bytes)}, newest
 * last. Empty lines and lines that begin with {@code #} do not count.
 */
public final class KeyFile {
  private static final int FRESH_ID_LENGTH = 8;

  private KeyFile() {}

  /**
   * Reads such a text.
   *
   * @throws IllegalArgumentException with the number of the line and what would be right, never
   *     what is in it
   */
  public static List<StoreConfig.Key> parse(String text) {
    List<StoreConfig.Key> keys = new ArrayList<>();
    Set<String> ids = new HashSet<>();
    int number = 0;
    for (String line : text.split("\n", -1)) {
      number++;
      String key = line.strip();
      if (!key.isEmpty() && !key.startsWith("#")) {
        StoreConfig.Key parsed = parseLine(key, number);
        if (!ids.add(parsed.id())) {
          throw wrong(number, "its id is that of an earlier line; give each key its own");
        }
        keys.add(parsed);
      }
    }
    if (keys.isEmpty()) {
      throw new IllegalArgumentException(
          "there is no key in it; write one line: an id, a space, 32 bytes in base64");
    }
    return List.copyOf(keys);
  }

  /**
   * A line with a new key and a new id, in ASCII, with its line end; for a file that only the
   * server reads. The caller closes it.
   */
  public static Secret freshLine(SecureRandom random) {
    byte[] key = new byte[StoreConfig.Key.LENGTH];
    random.nextBytes(key);
    byte[] base64 = Base64.getEncoder().encode(key);
    byte[] line = new byte[FRESH_ID_LENGTH + 1 + base64.length + 1];
    for (int i = 0; i < FRESH_ID_LENGTH; i++) {
      line[i] =
          (byte)
              AppPasswordShape.ALPHABET.charAt(random.nextInt(AppPasswordShape.ALPHABET.length()));
    }
    line[FRESH_ID_LENGTH] = ' ';
    System.arraycopy(base64, 0, line, FRESH_ID_LENGTH + 1, base64.length);
    line[line.length - 1] = '\n';
    Arrays.fill(key, (byte) 0);
    Arrays.fill(base64, (byte) 0);
    return Secret.owning(line);
  }

  private static StoreConfig.Key parseLine(String line, int number) {
    String[] parts = line.split("[ \t]+", -1);
    if (parts.length != 2) {
      throw wrong(number, "write an id, a space, and 32 bytes in base64");
    }
    if (!StoreConfig.Key.isId(parts[0])) {
      throw wrong(number, "its id must be 1 to 32 letters, digits and hyphens");
    }
    byte[] bytes;
    try {
      bytes = Base64.getDecoder().decode(parts[1].getBytes(StandardCharsets.UTF_8));
    } catch (IllegalArgumentException _) {
      // Without a cause: its message would quote the key.
      throw wrong(number, "what follows the id is not base64");
    }
    if (bytes.length != StoreConfig.Key.LENGTH) {
      throw wrong(number, "the key has " + bytes.length + " bytes and must have 32");
    }
    return new StoreConfig.Key(parts[0], Secret.owning(bytes));
  }

  private static IllegalArgumentException wrong(int line, String what) {
    return new IllegalArgumentException("line " + line + ": " + what);
  }
}
