package dev.postern.admin.api;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/** Looks at what a body says that it is, RFC 9110 §8.3. */
public final class BodyType {
  private static final Pattern CHARSET = Pattern.compile("(?i)charset[ \\t]*=.*");
  private static final Pattern UTF_8 = Pattern.compile("(?i)charset=(?:utf-8|\"utf-8\")");

  private BodyType() {}

  /**
   * Refuses a body of another kind, or in another encoding than UTF-8.
   *
   * @throws Refusal {@code UNSUPPORTED_MEDIA_TYPE}
   */
  public static void require(Optional<String> contentType, String wanted) {
    List<String> parts =
        Arrays.stream(contentType.orElse("").split(";", -1)).map(String::strip).toList();
    if (!parts.getFirst().equalsIgnoreCase(wanted)) {
      throw Refusal.of(
          ProblemType.UNSUPPORTED_MEDIA_TYPE, "The body must be " + wanted + ", and say so.");
    }
    if (parts.stream()
        .filter(part -> CHARSET.matcher(part).matches())
        .anyMatch(part -> !UTF_8.matcher(part).matches())) {
      throw Refusal.of(
          ProblemType.UNSUPPORTED_MEDIA_TYPE, "The body must be in UTF-8, and say nothing else.");
    }
  }
}
