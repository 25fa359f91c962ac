package dev.postern.deploy.peers;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * One errand of a client: at that door, with that name and password, it sends the letter or fetches
 * the whole mailbox.
 *
 * @param ca what to trust
 * @param home a folder of its own, with an {@link #inbox} for what it fetches
 */
record Errand(
    Door door, int port, String user, String password, Path ca, Path home, Letter letter) {
  private static final Duration LIMIT = Duration.ofMinutes(1);

  /** Writes a file that nobody else may read. */
  Path write(String name, String text) {
    try {
      Path file = Files.writeString(home.resolve(name), text);
      return Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
  }

  /** The letter as a file, lines ended by CRLF. */
  Path letterFile() {
    return write("letter.eml", letter.textForTheWire());
  }

  /** A Maildir. */
  Path inbox() {
    try {
      Path inbox = home.resolve("inbox");
      for (String folder : List.of("new", "cur", "tmp")) {
        Files.createDirectories(inbox.resolve(folder));
      }
      return inbox;
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
  }

  /** What was fetched, lines ended by LF. */
  List<String> fetched() {
    return mails(inbox());
  }

  /** The mails of a Maildir, lines ended by LF. */
  static List<String> mails(Path maildir) {
    return Stream.of("new", "cur")
        .map(maildir::resolve)
        .filter(Files::isDirectory)
        .flatMap(Errand::files)
        .map(file -> text(file).replace("\r\n", "\n"))
        .toList();
  }

  private static Stream<Path> files(Path folder) {
    try (Stream<Path> files = Files.list(folder)) {
      return files.toList().stream();
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
  }

  /** The text of a file, empty if it is not there. */
  static String text(Path file) {
    try {
      return Files.exists(file) ? new String(Files.readAllBytes(file), StandardCharsets.UTF_8) : "";
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
  }

  /** Runs the client, at home. */
  Program.Result run(String input, List<String> command) {
    return Program.run(command, input, LIMIT, Map.of("HOME", home.toString(), "LC_ALL", "C.UTF-8"));
  }
}
