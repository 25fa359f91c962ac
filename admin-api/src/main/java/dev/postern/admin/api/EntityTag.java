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

  /** Characters of an id: 48 bits, that no two of the same name have in common. */
  private static final int ID = 12;

  EntityTag {
    tags = List.copyOf(tags);
  }

  /** That of a version of what has its id in its address. */
  static String of(long version) {
    return "\"" + version + "\"";
  }

  /**
   * That of a version of what has a name in its address, which somebody else may have tomorrow.
   *
   * @param id hexadecimal; its beginning stands in the tag
   */
  static String of(String id, long version) {
    return "\"" + id.substring(0, Math.min(ID, id.length())) + "-" + version + "\"";
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
   * @param tag of what was just read
   * @param today its version
   * @throws Refusal {@code STALE} if it is another already
   */
  OptionalLong expected(String tag, long today) {
    if (isAny) {
      return OptionalLong.empty();
    }
    if (!tags.contains(tag)) {
      throw stale();
    }
    return OptionalLong.of(today);
  }

  static Refusal stale() {
    return Refusal.of(
        ProblemType.STALE, "It was changed since it was read: read it again and look.");
  }
}
