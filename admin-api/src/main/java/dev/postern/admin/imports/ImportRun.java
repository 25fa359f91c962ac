package dev.postern.admin.imports;

import dev.postern.store.imports.ForeignSecret;
import dev.postern.store.imports.Imports.Verdict;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * One import: reads line by line, has {@value #BATCH} taken at a time, and counts. For one thread.
 */
public final class ImportRun implements AutoCloseable {
  private static final int BATCH = 500;

  private final LineFormat format;
  private final Taker taker;
  private final Listener listener;
  private final SeenOrigins origins;
  private final List<Pending> batch = new ArrayList<>();
  private long added;
  private long replaced;
  private long unchanged;
  private long refused;

  private record Pending(String file, long line, ForeignSecret secret) {}

  /** Takes secrets in one transaction, and says what came of each. */
  public interface Taker {
    List<Verdict> take(List<ForeignSecret> secrets);
  }

  /** Hears how it goes. */
  public interface Listener {
    /** A line was read. */
    void read();

    void refused(Refused line);
  }

  /**
   * A line that was not imported.
   *
   * @param line from 1
   * @param user whose, perhaps empty
   * @param problem for people; never quotes the line
   */
  public record Refused(String file, long line, String user, String problem) {}

  /**
   * What came of it.
   *
   * @param isDryRun it would have come
   */
  public record Summary(
      long added, long replaced, long unchanged, long refused, boolean isDryRun) {}

  /**
   * @param most different things in one import; what goes beyond is refused
   */
  public ImportRun(LineFormat format, Taker taker, Listener listener, int most) {
    this.format = format;
    this.taker = taker;
    this.listener = listener;
    this.origins = new SeenOrigins(most);
  }

  /**
   * Reads a file to its end; whoever opened it closes it.
   *
   * @param file its name, for {@link Refused}
   * @throws IOException if it does not let itself be read; what was read is imported or not
   */
  public void read(String file, InputStream bytes) throws IOException {
    format.begin();
    BoundedLines text =
        new BoundedLines(new BufferedReader(new InputStreamReader(bytes, StandardCharsets.UTF_8)));
    long number = 0;
    for (var line = text.next(); line.isPresent(); line = text.next()) {
      number++;
      accept(file, number, understood(line.get()));
      listener.read();
    }
  }

  /** There are no more files. */
  public Summary end(boolean isDryRun) {
    take();
    return new Summary(added, replaced, unchanged, refused, isDryRun);
  }

  /** Forgets what was not taken. */
  @Override
  public void close() {
    batch.forEach(pending -> pending.secret.hash().close());
    batch.clear();
  }

  private ImportLine understood(String line) {
    if (line.length() > BoundedLines.LONGEST) {
      return new ImportLine.Unusable("", "is longer than " + BoundedLines.LONGEST + " characters");
    }
    return line.indexOf('\ufffd') >= 0
        ? new ImportLine.Unusable("", "is not UTF-8")
        : format.read(line);
  }

  private void accept(String file, long number, ImportLine line) {
    switch (line) {
      case ImportLine.Nothing _ -> {}
      case ImportLine.Unusable(String user, String why) -> refuse(file, number, user, why);
      case ImportLine.Found(ForeignSecret secret) -> {
        if (origins.isFull()) {
          secret.hash().close();
          refuse(file, number, secret.user(), "is too much for one import; send it in another");
        } else if (!origins.add(secret.origin())) {
          secret.hash().close();
          refuse(file, number, secret.user(), "stands here for the second time");
        } else {
          batch.add(new Pending(file, number, secret));
          if (batch.size() == BATCH) {
            take();
          }
        }
      }
    }
  }

  private void take() {
    List<Verdict> verdicts = taker.take(batch.stream().map(Pending::secret).toList());
    for (int i = 0; i < verdicts.size(); i++) {
      Pending pending = batch.get(i);
      switch (verdicts.get(i)) {
        case Verdict.Added _ -> added++;
        case Verdict.Replaced _ -> replaced++;
        case Verdict.Unchanged _ -> unchanged++;
        case Verdict.Refused(String why) ->
            refuse(pending.file, pending.line, pending.secret.user(), why);
      }
    }
    close();
  }

  private void refuse(String file, long number, String user, String why) {
    refused++;
    listener.refused(new Refused(file, number, user, why));
  }
}
