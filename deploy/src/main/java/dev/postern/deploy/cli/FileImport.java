package dev.postern.deploy.cli;

import dev.postern.admin.imports.ImportRun;
import dev.postern.admin.imports.LineFormat;
import dev.postern.admin.view.ImportView;
import dev.postern.store.imports.Imports;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import tools.jackson.databind.node.ObjectNode;

/** One run of {@code postern import}: reads files, and lists what cannot be used. */
final class FileImport implements ImportRun.Listener {
  private static final int STEP = 10_000;
  static final int MOST = 20_000_000;

  private final Invocation invocation;
  private final Imports imports;
  private final boolean isDryRun;
  private final boolean isWatched;
  private long lines;

  FileImport(Invocation invocation, Imports imports, boolean isDryRun) {
    this.invocation = invocation;
    this.imports = imports;
    this.isDryRun = isDryRun;
    this.isWatched = invocation.surroundings().isWatched();
  }

  int run(LineFormat format, List<Path> files) {
    try (ImportRun run =
        new ImportRun(
            format, secrets -> imports.take(secrets, isDryRun, invocation.actor()), this, MOST)) {
      for (Path file : files) {
        read(run, file);
      }
      summary(run.end(isDryRun));
    }
    return 0;
  }

  private void read(ImportRun run, Path file) {
    try (InputStream bytes =
        file.equals(Path.of("-"))
            ? invocation.surroundings().in()
            : Files.newInputStream(invocation.path(file))) {
      run.read(file.toString(), bytes);
    } catch (NoSuchFileException _) {
      throw new CommandFailure("not-found", file + " does not exist", "correct the path");
    } catch (IOException trouble) {
      throw new CommandFailure(
          "io",
          file + " cannot be read: " + trouble.getMessage(),
          "import it again from the start");
    }
  }

  @Override
  public void refused(ImportRun.Refused line) {
    ObjectNode json = Output.object().put("file", line.file());
    json.setAll(ImportView.json(line));
    String user = line.user().isEmpty() ? "" : line.user() + ": ";
    invocation
        .output()
        .result(json, line.file() + ":" + line.line() + ": " + user + line.problem());
  }

  @Override
  public void read() {
    lines++;
    if (isWatched && lines % STEP == 0) {
      invocation.surroundings().err().print("\r" + lines + " lines");
      invocation.surroundings().err().flush();
    }
  }

  private void summary(ImportRun.Summary summary) {
    if (isWatched && lines >= STEP) {
      invocation.surroundings().err().println("\r" + lines + " lines");
    }
    invocation
        .output()
        .result(
            ImportView.json(summary),
            summary.added()
                + (isDryRun ? " would be added, " : " added, ")
                + summary.replaced()
                + " replaced, "
                + summary.unchanged()
                + " unchanged, "
                + summary.refused()
                + " refused");
  }
}
