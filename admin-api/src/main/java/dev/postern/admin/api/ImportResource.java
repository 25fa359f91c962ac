package dev.postern.admin.api;

import static dev.postern.admin.api.Operation.post;

import dev.postern.admin.api.Operation.RequestBody;
import dev.postern.admin.api.Operation.Result;
import dev.postern.admin.api.Operation.Tag;
import dev.postern.admin.imports.ImportRun;
import dev.postern.admin.imports.ImportSource;
import dev.postern.admin.json.Schema;
import dev.postern.admin.view.ImportView;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.Semaphore;
import java.util.stream.Stream;

/** Password hashes of other mail systems. */
final class ImportResource {
  /** Different secrets in one import: what is remembered of them takes 16 MB at most. */
  static final int MOST = 500_000;

  /** Most refused lines that an answer lists. */
  static final int LISTED = 10_000;

  private static final int LONGEST_USER = 320;
  private static final int COME_BACK_SECONDS = 10;
  private static final String EXAMPLE =
      "alice@example.com:{BLF-CRYPT}$2y$05$aTLnXzHZ5lz8gSKKS7Kzq.ZKieymF8uyBkECs4byvKnYUByyhhLpG\n";

  /** One at a time: each remembers what it has seen. */
  private final Semaphore place = new Semaphore(1);

  List<Operation> operations() {
    return List.of(
        post("/import", "importSecrets")
            .does(
                Tag.APP_PASSWORDS,
                "Bring password hashes of another mail system over",
                "As postern import does; importing again changes only what has changed, and what"
                    + " broke off is simply sent again. Lines that cannot be used are told, the"
                    + " others imported. The answer begins when the body has ended, lists at most "
                    + LISTED
                    + " refused lines, and ends with a summary.")
            .may(Roles.ADMINS)
            .takes(
                Parameter.query(
                        "from",
                        Schema.words(
                            Stream.of(ImportSource.values()).map(ImportSource::word).toList()),
                        "The system that the export is from; docs/import.md tells what to export.",
                        "dovecot")
                    .required(),
                Parameter.query(
                    "dryRun",
                    Schema.bool(),
                    "Say what would happen, and change nothing. Default: false.",
                    "true"))
            .takes(
                new RequestBody.Stream(
                    "text/plain", "The export, in UTF-8, as long as it is.", EXAMPLE))
            .answers(
                new Result.Lines(
                    200,
                    "A line for each that was refused, and the summary.",
                    ImportView.schema(),
                    ImportView.example()))
            .by(this::take));
  }

  private Answer take(Call call) {
    if (!place.tryAcquire()) {
      throw Refusal.of(ProblemType.UNAVAILABLE, "Another import is under way.")
          .retryAfter(COME_BACK_SECONDS);
    }
    try {
      return imported(call);
    } catch (Refusal incomplete) {
      throw incomplete.type() == ProblemType.INCOMPLETE
          ? Refusal.of(
              ProblemType.INCOMPLETE,
              incomplete.getMessage() + " What came before that may be imported.")
          : incomplete;
    } catch (IOException _) {
      throw Refusal.of(
          ProblemType.INVALID, "The body broke off; what came before that may be imported.");
    } finally {
      place.release();
    }
  }

  /**
   * Nothing is told before the body has ended: a client that sends all before it reads would
   * otherwise wait for us while we wait for it.
   */
  private static Answer imported(Call call) throws IOException {
    boolean isDryRun = call.flag("dryRun").orElse(false);
    List<ImportRun.Refused> refused = new ArrayList<>();
    try (ImportRun run =
        new ImportRun(
            source(call.required("from")).format(MOST),
            secrets ->
                call.room()
                    .patiently(() -> call.store().imports().take(secrets, isDryRun, call.actor())),
            new Refusals(refused),
            MOST)) {
      run.read("", call.stream());
      ImportRun.Summary summary = run.end(isDryRun);
      // What the store refuses comes later than what cannot be read.
      refused.sort(Comparator.comparingLong(ImportRun.Refused::line));
      return new Answer.Lines(sink -> {
        for (ImportRun.Refused line : refused) {
          sink.write(ImportView.json(line));
        }
        sink.write(ImportView.json(summary));
      });
    }
  }

  /** Keeps those that are listed. */
  private record Refusals(List<ImportRun.Refused> kept) implements ImportRun.Listener {
    @Override
    public void read() {}

    @Override
    public void refused(ImportRun.Refused line) {
      if (kept.size() < LISTED) {
        String user = line.user();
        kept.add(
            new ImportRun.Refused(
                line.file(),
                line.line(),
                user.length() > LONGEST_USER ? user.substring(0, LONGEST_USER) + "…" : user,
                line.problem()));
      }
    }
  }

  private static ImportSource source(String word) {
    return Stream.of(ImportSource.values())
        .filter(source -> source.word().equals(word))
        .findFirst()
        .orElseThrow();
  }
}
