package dev.postern.gateway.dialogue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** {@code docs/protocols.md}: the rows of its tables, and where what they name would be. */
final class ProtocolsDocument {
  private static final Path PROJECT = Path.of("..");
  private static final Pattern CELL_END = Pattern.compile("(?<!\\\\)\\|");
  private static final Pattern CODE = Pattern.compile("`([^`]+)`");
  private static final Pattern TEST = Pattern.compile("(?:([a-z-]+):)?([A-Z]\\w*)#(\\w+)");
  private static final String HOME = "gateway";
  private static final int CELLS = 4;

  private ProtocolsDocument() {}

  /**
   * One row.
   *
   * @param what the RFC and section, or the quirk
   * @param does what Postern does about it
   * @param classes simple names
   * @param transcripts such as {@code imap/rfc9051-6.2.3-login-atoms}
   */
  record Row(
      String what,
      String does,
      List<String> classes,
      List<String> transcripts,
      List<TestMethod> tests) {
    Row {
      classes = List.copyOf(classes);
      transcripts = List.copyOf(transcripts);
      tests = List.copyOf(tests);
    }
  }

  /** A test method of a module. */
  record TestMethod(String module, String className, String method) {

    /** Whether there is a source file of that class with that method. */
    boolean exists() throws IOException {
      Pattern declaration = Pattern.compile("\\s" + method + "\\(");
      for (Path source : sources(module, "test", className)) {
        if (declaration.matcher(Files.readString(source)).find()) {
          return true;
        }
      }
      return false;
    }
  }

  static String text() throws IOException {
    return Files.readString(PROJECT.resolve("docs/protocols.md"));
  }

  static String readme() throws IOException {
    return Files.readString(PROJECT.resolve("README.md"));
  }

  /** The rows of all tables, in order. */
  static List<Row> rows(String page) {
    List<Row> rows = new ArrayList<>();
    boolean isInTable = false;
    for (String line : page.lines().toList()) {
      if (!line.startsWith("|")) {
        isInTable = false;
      } else if (line.startsWith("|---")) {
        isInTable = true;
      } else if (isInTable) {
        rows.add(row(line));
      }
    }
    return rows;
  }

  /** Whether a class of that name is part of Postern. */
  static boolean isClass(String name) throws IOException {
    for (String module : List.of("gateway", "store", "deploy", "admin-api")) {
      if (!sources(module, "main", name).isEmpty()) {
        return true;
      }
    }
    return false;
  }

  private static Row row(String line) {
    List<String> cells = Stream.of(CELL_END.split(line.substring(1))).map(String::strip).toList();
    if (cells.size() != CELLS) {
      throw new AssertionError("a row has %d cells: %s".formatted(CELLS, line));
    }
    List<String> transcripts = new ArrayList<>();
    List<TestMethod> tests = new ArrayList<>();
    for (String shown : code(cells.get(3))) {
      Matcher test = TEST.matcher(shown);
      if (test.matches()) {
        String module = test.group(1) == null ? HOME : test.group(1);
        tests.add(new TestMethod(module, test.group(2), test.group(3)));
      } else {
        transcripts.add(shown);
      }
    }
    return new Row(cells.get(0), cells.get(1), code(cells.get(2)), transcripts, tests);
  }

  private static List<String> code(String cell) {
    return CODE.matcher(cell).results().map(code -> code.group(1)).toList();
  }

  private static List<Path> sources(String module, String kind, String className)
      throws IOException {
    Path folder = PROJECT.resolve(module).resolve("src").resolve(kind).resolve("java");
    if (!Files.isDirectory(folder)) {
      return List.of();
    }
    try (Stream<Path> files = Files.walk(folder)) {
      return files.filter(file -> file.endsWith(className + ".java")).toList();
    }
  }
}
