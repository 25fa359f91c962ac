package dev.postern.store.testing;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * {@code docs/threats.md}: who threatens what, what Postern does about it, and which tests show
 * that it does.
 *
 * @param threats rows that begin with {@code T} and a number
 * @param requirements rows that begin with {@code R} and a number
 */
public record ThreatsDocument(List<Threat> threats, List<Requirement> requirements) {
  private static final Path PROJECT = Path.of("..");
  private static final Pattern CELL_END = Pattern.compile("(?<!\\\\)\\|");
  private static final Pattern NUMBER = Pattern.compile("[TR]\\d+");
  private static final Pattern TEST =
      Pattern.compile("`([a-z-]+):([A-Z]\\w*)#(\\w+)`( \\(long\\))?");
  private static final Pattern TRANSCRIPT = Pattern.compile("`([a-z0-9]+/[^`]+)`");
  private static final Pattern CODE = Pattern.compile("`[^`]+`");

  public ThreatsDocument {
    threats = List.copyOf(threats);
    requirements = List.copyOf(requirements);
  }

  /**
   * @param requirements the rows that stand against it
   */
  public record Threat(String number, List<String> requirements) {
    public Threat {
      requirements = List.copyOf(requirements);
    }
  }

  /**
   * @param does whether Postern does it, and how
   * @param transcripts conversations of {@code gateway}, such as {@code imap/rfc9051-9-tags}
   */
  public record Requirement(
      String number, String does, List<NamedTest> tests, List<String> transcripts) {
    public Requirement {
      tests = List.copyOf(tests);
      transcripts = List.copyOf(transcripts);
    }
  }

  /**
   * A test method, or a rule of ArchUnit.
   *
   * @param className a simple name; of a contract, which other classes extend, all of these are
   *     meant
   * @param isLong whether it takes too long to be run twice in a build
   */
  public record NamedTest(String module, String className, String method, boolean isLong) {}

  /** Reads the page of this checkout; a test runs in the folder of its module. */
  public static ThreatsDocument read() throws IOException {
    return of(Files.readString(PROJECT.resolve("docs/threats.md")));
  }

  /**
   * @throws AssertionError if a row has too few or too many cells, or names what is neither a test
   *     nor a transcript
   */
  static ThreatsDocument of(String page) {
    List<Threat> threats = new ArrayList<>();
    List<Requirement> requirements = new ArrayList<>();
    for (String line : page.lines().filter(line -> line.startsWith("|")).toList()) {
      List<String> cells = Stream.of(CELL_END.split(line.substring(1))).map(String::strip).toList();
      String number = cells.getFirst();
      if (!NUMBER.matcher(number).matches()) {
        continue;
      }
      if (number.startsWith("T")) {
        threats.add(new Threat(number, numbers(cell(cells, 4, 5, line))));
      } else {
        requirements.add(requirement(number, cell(cells, 2, 4, line), cells.getLast()));
      }
    }
    return new ThreatsDocument(threats, requirements);
  }

  /** The tests of that module, each once, in the order of the page. */
  public List<NamedTest> tests(String module) {
    return requirements.stream()
        .flatMap(requirement -> requirement.tests().stream())
        .filter(test -> test.module().equals(module))
        .distinct()
        .toList();
  }

  /** The transcripts, each once, in the order of the page. */
  public List<String> transcripts() {
    return requirements.stream()
        .flatMap(requirement -> requirement.transcripts().stream())
        .distinct()
        .toList();
  }

  private static Requirement requirement(String number, String does, String shown) {
    List<NamedTest> tests = TEST.matcher(shown).results().map(ThreatsDocument::namedTest).toList();
    List<String> transcripts =
        TRANSCRIPT.matcher(shown).results().map(found -> found.group(1)).toList();
    if (CODE.matcher(shown).results().count() != tests.size() + transcripts.size()) {
      throw new AssertionError(number + " names what is neither a test nor a transcript");
    }
    return new Requirement(number, does, tests, transcripts);
  }

  private static NamedTest namedTest(MatchResult found) {
    return new NamedTest(found.group(1), found.group(2), found.group(3), found.group(4) != null);
  }

  private static List<String> numbers(String cell) {
    return NUMBER.matcher(cell).results().map(MatchResult::group).toList();
  }

  private static String cell(List<String> cells, int index, int size, String line) {
    if (cells.size() != size) {
      throw new AssertionError("a row has %d cells: %s".formatted(size, line));
    }
    return cells.get(index);
  }
}
