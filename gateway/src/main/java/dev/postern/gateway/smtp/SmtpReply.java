package dev.postern.gateway.smtp;

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

  private static final Pattern LINE =
      Pattern.compile("([2-5][0-9][0-9])(?:([ -])(.*))?", Pattern.DOTALL);
  private static final Pattern ENHANCED = Pattern.compile("[245]\\.[0-9]{1,3}\\.[0-9]{1,3}");

  SmtpReply {
    texts = List.copyOf(texts);
  }

  /** Whether the server says: not now. */
  boolean isTemporary() {
    return code >= 400 && code < 500;
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
      Matcher match = LINE.matcher(line);
      if (!match.matches()) {
        return new Progress.Broken();
      }
      int lineCode = Integer.parseInt(match.group(1));
      String text = Optional.ofNullable(match.group(3)).orElse("");
      int newLength = length + text.length();
      if (code.orElse(lineCode) != lineCode
          || texts.size() >= LINE_LIMIT
          || newLength > TEXT_LIMIT) {
        return new Progress.Broken();
      }
      List<String> all = new ArrayList<>(texts);
      all.add(text);
      return "-".equals(match.group(2))
          ? new Progress.More(new Partial(Optional.of(lineCode), all, newLength))
          : new Progress.Whole(new SmtpReply(lineCode, all));
    }
  }
}
