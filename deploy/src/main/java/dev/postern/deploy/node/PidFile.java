package dev.postern.deploy.node;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.slf4j.LoggerFactory;

/** A file with our process id, there as long as we are ready. */
public final class PidFile implements AutoCloseable {
  private final Path file;
  private boolean isClosed;

  private PidFile(Path file) {
    this.file = file;
  }

  /**
   * Writes it, over an old one: a killed process leaves its file behind.
   *
   * @throws UncheckedIOException if it cannot be written
   */
  public static PidFile write(Path file) {
    try {
      Files.writeString(file, content());
      return new PidFile(file);
    } catch (IOException trouble) {
      throw new UncheckedIOException(trouble);
    }
  }

  @Override
  public synchronized void close() {
    if (isClosed) {
      return;
    }
    isClosed = true;
    try {
      // Another process that has taken over has written its own.
      if (Files.exists(file) && Files.readString(file).equals(content())) {
        Files.delete(file);
      }
    } catch (IOException trouble) {
      LoggerFactory.getLogger(PidFile.class).warn("{} cannot be removed", file, trouble);
    }
  }

  private static String content() {
    return ProcessHandle.current().pid() + "\n";
  }
}
