package dev.postern.deploy.config;

import java.util.Collection;
import java.util.Comparator;
import java.util.Optional;

/** Guesses which of the known names somebody meant. */
final class NearestName {
  private NearestName() {}

  /** The closest name, if it is close enough to be a slip of the fingers. */
  static Optional<String> of(String written, Collection<String> known) {
    return known.stream()
        .filter(name -> distance(written, name) <= Math.max(2, name.length() / 3))
        .min(Comparator.comparingInt(name -> distance(written, name)));
  }

  /** What to write instead of an unknown name. */
  static String remedy(String written, Collection<String> known) {
    String all = known.isEmpty() ? "there are none" : String.join(", ", known);
    return of(written, known)
        .map(near -> "did you mean \"" + near + "\"? Known here: " + all)
        .orElse("known here: " + all);
  }

  /** Insertions, deletions and replacements from one word to the other (Levenshtein). */
  private static int distance(String left, String right) {
    int[] above = new int[right.length() + 1];
    for (int column = 0; column <= right.length(); column++) {
      above[column] = column;
    }
    for (int row = 1; row <= left.length(); row++) {
      int[] current = new int[right.length() + 1];
      current[0] = row;
      for (int column = 1; column <= right.length(); column++) {
        int replaced =
            above[column - 1] + (left.charAt(row - 1) == right.charAt(column - 1) ? 0 : 1);
        current[column] = Math.min(replaced, 1 + Math.min(above[column], current[column - 1]));
      }
      above = current;
    }
    return above[right.length()];
  }
}
