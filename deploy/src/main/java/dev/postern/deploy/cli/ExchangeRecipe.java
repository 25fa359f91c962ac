package dev.postern.deploy.cli;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * What to do at Exchange Online, as {@code exchange-recipe.txt} has it: steps that begin with
 * {@code == WORDS: TITLE} and are left out unless each word holds ({@code !WORD}: does not; {@code
 * any}: always; the title {@code -} goes on with the step before), and lines for a shell ({@code
 * sh>}), PowerShell ({@code ps>}), the configuration ({@code yaml>}) or people. A line with {@value
 * #MAILBOX} stands for as many as there are mailboxes.
 */
final class ExchangeRecipe {
  private static final String FILE = "exchange-recipe.txt";
  private static final String MAILBOX = "<mailbox>";
  private static final Pattern HEAD = Pattern.compile("== ([^:]+): (.+)");
  private static final Pattern PLACE = Pattern.compile("<[a-z-]+>");

  private ExchangeRecipe() {}

  /** For whom a line is. */
  enum Kind {
    TEXT(""),
    SHELL("sh> "),
    POWERSHELL("ps> "),
    CONFIGURATION("yaml> ");

    private final String mark;

    Kind(String mark) {
      this.mark = mark;
    }

    /** Its name for programs. */
    String word() {
      return name().toLowerCase(Locale.ROOT);
    }

    private static Kind of(String line) {
      return Stream.of(SHELL, POWERSHELL, CONFIGURATION)
          .filter(kind -> line.startsWith(kind.mark))
          .findFirst()
          .orElse(TEXT);
    }

    /** A value as that reads it, whatever is in it. */
    private String quoted(String value) {
      return switch (this) {
        case POWERSHELL -> "'" + value.replace("'", "''") + "'";
        case SHELL -> "'" + value.replace("'", "'\\''") + "'";
        case TEXT, CONFIGURATION -> value;
      };
    }
  }

  record Line(Kind kind, String text) {}

  record Step(String title, List<Line> lines) {}

  /**
   * The steps.
   *
   * @param words that hold
   * @param values by what stands in their place, such as {@code <directory-id>}; what is in none
   *     stays
   * @param mailboxes none: {@value #MAILBOX} stays
   */
  static List<Step> steps(Set<String> words, Map<String, String> values, List<String> mailboxes) {
    List<Step> steps = new ArrayList<>();
    boolean isWanted = false;
    for (String line : text().lines().toList()) {
      Matcher head = HEAD.matcher(line);
      if (head.matches()) {
        isWanted = Stream.of(head.group(1).split(" ", -1)).allMatch(word -> holds(word, words));
        if (isWanted && !head.group(2).equals("-")) {
          steps.add(new Step(head.group(2), new ArrayList<>()));
        }
      } else if (isWanted && !line.isEmpty()) {
        steps.getLast().lines().addAll(lines(line, values, mailboxes));
      }
    }
    return steps;
  }

  private static boolean holds(String word, Set<String> words) {
    return word.equals("any")
        || (word.startsWith("!") ? !words.contains(word.substring(1)) : words.contains(word));
  }

  private static List<Line> lines(String line, Map<String, String> values, List<String> mailboxes) {
    Kind kind = Kind.of(line);
    String filled = filled(line.substring(kind.mark.length()), kind, values);
    return filled.contains(MAILBOX) && !mailboxes.isEmpty()
        ? mailboxes.stream()
            .map(mailbox -> new Line(kind, filled.replace(MAILBOX, kind.quoted(mailbox))))
            .toList()
        : List.of(new Line(kind, filled));
  }

  private static String filled(String line, Kind kind, Map<String, String> values) {
    return PLACE
        .matcher(line)
        .replaceAll(place -> {
          String value = values.get(place.group());
          return Matcher.quoteReplacement(value == null ? place.group() : kind.quoted(value));
        });
  }

  private static String text() {
    try (InputStream in = ExchangeRecipe.class.getResourceAsStream(FILE)) {
      if (in == null) {
        throw new IllegalStateException(FILE + " is not in the package");
      }
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
