package dev.postern.admin.api;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.regex.Pattern;

/**
 * What {@code If-Match} says of versions, RFC 9110 §13.1.1.
 *
 * @param isAny {@code *}: whatever there is
 * @param tags as {@link #of} writes them, or any others, which match nothing
 */
record EntityTag(boolean isAny, List<String> tags) {
  private static final Pattern LIST =
      Pattern.compile(
          "(?:W/)?\"[\\x21\\x23-\\x7e]*\"(?:[ \\t]*,[ \\t]*(?:W/)?\"[\\x21\\x23-\\x7e]*\")*");
  private static final int LONGEST = 1000;

  EntityTag {
    tags = List.copyOf(tags);
  }

  /** That of a version. */
  static String of(long version) {
    return "\"" + version + "\"";
  }

  /** Reads the header; empty if it is none. */
  static Optional<EntityTag> parse(String header) {
    String text = header.strip();
    if (text.equals("*")) {
      return Optional.of(new EntityTag(true, List.of()));
    }
    if (text.length() > LONGEST || !LIST.matcher(text).matches()) {
      return Optional.empty();
    }
    return Optional.of(
        new EntityTag(false, Arrays.stream(text.split(",", -1)).map(String::strip).toList()));
  }

  /**
   * The version that must still be there when something is changed; empty: any will do.
   *
   * @param today as it was just read
   * @throws Refusal {@code STALE} if it is another already
   */
  OptionalLong expected(long today) {
    if (isAny) {
      return OptionalLong.empty();
    }
    if (!tags.contains(of(today))) {
      throw stale();
    }
    return OptionalLong.of(today);
  }

  static Refusal stale() {
    return Refusal.of(
        ProblemType.STALE, "It was changed since it was read: read it again and look.");
  }
}
