package dev.postern.gateway.smtp;

import dev.postern.gateway.dialogue.Mood;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A whole reply of an SMTP server, RFC 5321 §4.2.
 *
 * @param code 200 to 599
 * @param texts what stands behind the code on each of its lines, at least one
 */
record SmtpReply(int code, List<String> texts) {

  /** Lines of one reply; a longer one is an attack on our memory. */
  static final int LINE_LIMIT = 128;

  /** Characters in the texts of one reply. */
  static final int TEXT_LIMIT = 65_536;

  private static final int CODE = 3;
  private static final Pattern ENHANCED = Pattern.compile("[245]\\.[0-9]{1,3}\\.[0-9]{1,3}");

  SmtpReply {
    texts = List.copyOf(texts);
  }

  /** Whether the server says: not now. */
  boolean isTemporary() {
    return code >= 400 && code < 500;
  }

  /**
   * Whether it has had enough of this mailbox, for now: Exchange Online's {@code 432 4.3.2}, and
   * what Gmail says in words.
   */
  boolean isThrottling() {
    return codes().equals("432 4.3.2")
        || (isTemporary() && Mood.of(texts.getFirst()) instanceof Mood.Throttled);
  }

  /** The codes alone: safe to log even if the server repeats what we sent. */
  String codes() {
    Matcher enhanced = ENHANCED.matcher(texts.getFirst());
    return enhanced.lookingAt() ? code + " " + enhanced.group() : Integer.toString(code);
  }

  /** Codes and the first line's text. */
  String summary() {
    return code + " " + texts.getFirst();
  }

  /** What a line makes of a reply. */
  sealed interface Progress {
    /** The reply goes on. */
    record More(Partial partial) implements Progress {}

    record Whole(SmtpReply reply) implements Progress {}

    /** Not the line of a reply, or too many of them. */
    record Broken() implements Progress {}
  }

  /** A reply some of whose lines are here. Immutable. */
  record Partial(Optional<Integer> code, List<String> texts, int length) {

    static final Partial NOTHING = new Partial(Optional.empty(), List.of(), 0);

    Partial {
      texts = List.copyOf(texts);
    }

    Progress with(String line) {
      if (!isLine(line)) {
        return new Progress.Broken();
      }
      int lineCode = Integer.parseInt(line, 0, CODE, 10);
      String text = line.substring(Math.min(line.length(), CODE + 1));
      int newLength = length + text.length();
      if (code.orElse(lineCode) != lineCode
          || texts.size() >= LINE_LIMIT
          || newLength > TEXT_LIMIT) {
        return new Progress.Broken();
      }
      List<String> all = new ArrayList<>(texts);
      all.add(text);
      return line.startsWith("-", CODE)
          ? new Progress.More(new Partial(Optional.of(lineCode), all, newLength))
          : new Progress.Whole(new SmtpReply(lineCode, all));
    }

    /** Three digits, and nothing or a space or a hyphen behind them. */
    private static boolean isLine(String line) {
      return line.length() >= CODE
          && line.charAt(0) >= '2'
          && line.charAt(0) <= '5'
          && isDigit(line.charAt(1))
          && isDigit(line.charAt(2))
          && (line.length() == CODE || line.charAt(CODE) == ' ' || line.charAt(CODE) == '-');
    }

    private static boolean isDigit(char c) {
      return c >= '0' && c <= '9';
    }
  }
}
