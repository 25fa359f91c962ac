package dev.postern.admin.imports;

import dev.postern.store.imports.ForeignSecret;

/** What a line of an export holds. */
public sealed interface ImportLine {
  /** Nothing to import: a comment, a header, an empty line, or what other lines refer to. */
  record Nothing() implements ImportLine {}

  /** A hash. */
  record Found(ForeignSecret secret) implements ImportLine {}

  /**
   * Something that cannot be imported.
   *
   * @param user whose, perhaps empty
   * @param why for people; never quotes the line
   */
  record Unusable(String user, String why) implements ImportLine {}
}
