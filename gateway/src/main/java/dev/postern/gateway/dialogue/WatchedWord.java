package dev.postern.gateway.dialogue;

import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * One word of a client's line, read letter by letter and compared, in any case, with commands that
 * must not come. A word that only begins like one counts: servers differ in what ends a word, and
 * so the last letter of a command need never reach them. Holds a few letters of it at most.
 */
public final class WatchedWord {
  private static final int MOST = 20;

  private final Map<String, Forbidden> commands;
  private final StringBuilder letters = new StringBuilder(MOST);

  public WatchedWord(Set<Forbidden> commands) {
    this.commands =
        commands.stream()
            .collect(Collectors.toUnmodifiableMap(Forbidden::verb, Function.identity()));
  }

  /** Adds a letter; the forbidden command that is whole with it. */
  public @Nullable Forbidden add(byte letter) {
    if (letters.length() == MOST) {
      return null;
    }
    boolean isLower = letter >= 'a' && letter <= 'z';
    letters.append((char) (isLower ? letter - 'a' + 'A' : letter & 0xff));
    return commands.get(letters.toString());
  }

  /** Its first letters, in upper case. */
  public String text() {
    return letters.toString();
  }

  /** Begins another word. */
  public void clear() {
    letters.setLength(0);
  }

  /** Whether a byte belongs to a word; all others part words, for this or that server. */
  public static boolean isLetter(byte b) {
    return b > ' ' && b < 0x7f;
  }

  /** Whether a byte has no place in a command but as its line end: controls other than the tab. */
  public static boolean isControl(byte b) {
    return (b >= 0 && b < ' ' && b != '\t') || b == 0x7f;
  }
}
