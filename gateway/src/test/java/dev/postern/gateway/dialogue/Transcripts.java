package dev.postern.gateway.dialogue;

import java.io.IOException;
import java.net.URISyntaxException;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;

/** The scripts on the class path. */
public final class Transcripts {
  private static final String ENDING = ".dialogue";

  private Transcripts() {}

  /** One test for each script, named after its file. */
  public static Stream<DynamicTest> each(Consumer<Transcript> replay) throws IOException {
    Path folder = folder();
    return files().stream()
        .map(file ->
            DynamicTest.dynamicTest(
                folder.relativize(file).toString(),
                file.toUri(),
                () -> replay.accept(parse(file))));
  }

  /**
   * The script of that name.
   *
   * @param name such as {@code imap/rfc9051-6.2.3-login-atoms}
   */
  public static Transcript named(String name) throws IOException {
    return parse(folder().resolve(name + ENDING));
  }

  /** The names of all scripts, as {@link #named} takes them. */
  public static List<String> names() throws IOException {
    Path folder = folder();
    return files().stream()
        .map(file -> folder.relativize(file).toString().replace(ENDING, ""))
        .toList();
  }

  private static Transcript parse(Path file) throws IOException {
    return TranscriptParser.parse(
        String.valueOf(file.getFileName()).replace(ENDING, ""), Files.readString(file));
  }

  /** The files {@code dialogues/<protocol>/*.dialogue}, in order of their names. */
  public static List<Path> files() throws IOException {
    try (Stream<Path> files = Files.walk(folder())) {
      return files.filter(file -> file.toString().endsWith(ENDING)).sorted().toList();
    }
  }

  private static Path folder() throws IOException {
    URL folder = Transcripts.class.getResource("/dialogues");
    if (folder == null) {
      throw new IOException("no folder of dialogues on the class path");
    }
    try {
      return Path.of(folder.toURI());
    } catch (URISyntaxException e) {
      throw new IOException(e);
    }
  }
}
