package dev.postern.deploy.cli;

import dev.postern.deploy.imports.BoundedLines;
import dev.postern.deploy.imports.ImportLine;
import dev.postern.deploy.imports.LineFormat;
import dev.postern.store.imports.ForeignSecret;
import dev.postern.store.imports.Imports;
import dev.postern.store.imports.Imports.Verdict;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import tools.jackson.databind.node.ObjectNode;

/**
 * One run of {@code postern import}: reads line by line, writes in transactions of {@value #BATCH},
 * lists what cannot be used, and counts.
 */
final class ImportRun {
  private static final int BATCH = 500;
  private static final int STEP = 10_000;

  private final Invocation invocation;
  private final Imports imports;
  private final boolean isDryRun;
  private final boolean isWatched;
  private final List<Pending> batch = new ArrayList<>();

  /** Half an MD5 of each origin: eight bytes do for telling a few million apart. */
  private final Set<Long> origins = new HashSet<>();

  private Path file = Path.of("");
  private long lines;
  private long added;
  private long replaced;
  private long unchanged;
  private long refused;

  private record Pending(Path file, long line, ForeignSecret secret) {}

  ImportRun(Invocation invocation, Imports imports, boolean isDryRun) {
    this.invocation = invocation;
    this.imports = imports;
    this.isDryRun = isDryRun;
    this.isWatched = invocation.surroundings().isWatched();
  }

  int run(LineFormat format, List<Path> files) {
    for (Path each : files) {
      file = each;
      format.begin();
      read(format);
    }
    take();
    summary();
    return 0;
  }

  private void read(LineFormat format) {
    try (InputStream bytes =
            file.equals(Path.of("-"))
                ? invocation.surroundings().in()
                : Files.newInputStream(invocation.path(file));
        BufferedReader reader =
            new BufferedReader(new InputStreamReader(bytes, StandardCharsets.UTF_8))) {
      BoundedLines text = new BoundedLines(reader);
      long number = 0;
      for (var line = text.next(); line.isPresent(); line = text.next()) {
        number++;
        accept(number, understood(format, line.get()));
        progress();
      }
    } catch (NoSuchFileException _) {
      throw new CommandFailure("not-found", file + " does not exist", "correct the path");
    } catch (IOException trouble) {
      throw new CommandFailure(
          "io",
          file + " cannot be read: " + trouble.getMessage(),
          "import it again from the start");
    }
  }

  private static ImportLine understood(LineFormat format, String line) {
    if (line.length() > BoundedLines.LONGEST) {
      return new ImportLine.Unusable("", "is longer than " + BoundedLines.LONGEST + " characters");
    }
    return line.indexOf('\ufffd') >= 0
        ? new ImportLine.Unusable("", "is not UTF-8")
        : format.read(line);
  }

  private void accept(long number, ImportLine line) {
    switch (line) {
      case ImportLine.Nothing _ -> {}
      case ImportLine.Unusable(String user, String why) -> refuse(file, number, user, why);
      case ImportLine.Found(ForeignSecret secret) -> {
        if (!origins.add(digest(secret.origin()))) {
          secret.hash().close();
          refuse(file, number, secret.user(), "stands here for the second time");
          return;
        }
        batch.add(new Pending(file, number, secret));
        if (batch.size() == BATCH) {
          take();
        }
      }
    }
  }

  private static long digest(String origin) {
    return UUID.nameUUIDFromBytes(origin.getBytes(StandardCharsets.UTF_8)).getMostSignificantBits();
  }

  private void take() {
    List<Verdict> verdicts =
        imports.take(batch.stream().map(Pending::secret).toList(), isDryRun, invocation.actor());
    for (int i = 0; i < verdicts.size(); i++) {
      Pending pending = batch.get(i);
      switch (verdicts.get(i)) {
        case Verdict.Added _ -> added++;
        case Verdict.Replaced _ -> replaced++;
        case Verdict.Unchanged _ -> unchanged++;
        case Verdict.Refused(String why) ->
            refuse(pending.file, pending.line, pending.secret.user(), why);
      }
      pending.secret.hash().close();
    }
    batch.clear();
  }

  private void refuse(Path where, long number, String user, String why) {
    refused++;
    ObjectNode json =
        Output.object()
            .put("file", where.toString())
            .put("line", number)
            .put("user", user)
            .put("problem", why);
    invocation
        .output()
        .result(json, where + ":" + number + ": " + (user.isEmpty() ? "" : user + ": ") + why);
  }

  private void progress() {
    lines++;
    if (isWatched && lines % STEP == 0) {
      invocation.surroundings().err().print("\r" + lines + " lines");
      invocation.surroundings().err().flush();
    }
  }

  private void summary() {
    if (isWatched && lines >= STEP) {
      invocation.surroundings().err().println("\r" + lines + " lines");
    }
    invocation
        .output()
        .result(
            Output.object()
                .put("added", added)
                .put("replaced", replaced)
                .put("unchanged", unchanged)
                .put("refused", refused)
                .put("dryRun", isDryRun),
            added
                + (isDryRun ? " would be added, " : " added, ")
                + replaced
                + " replaced, "
                + unchanged
                + " unchanged, "
                + refused
                + " refused");
  }
}
