package dev.postern.deploy.cli;

import dev.postern.deploy.config.ConfigException;
import dev.postern.store.RefusedException;
import dev.postern.store.auth.IssuedAppPassword;
import dev.postern.store.auth.NewAppPassword;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Stream;

/**
 * One app password for each listed user. A line is printed, and flushed, when its transaction is
 * durable: whatever was printed works, also if the process is killed at that moment.
 */
final class BulkIssue {
  private final Invocation invocation;

  BulkIssue(Invocation invocation) {
    this.invocation = invocation;
  }

  int run(Path file, NewAppPassword wanted, boolean addMissing) throws ConfigException {
    List<String> users = users(file);
    Progress progress = new Progress(users.size());
    return invocation.withStore((store, _) -> {
      try {
        store.appPasswords().createForAll(users, wanted, addMissing, invocation.actor(), progress);
      } catch (RefusedException refused) {
        throw new CommandFailure(
            refused.code().word(),
            refused.getMessage() + " (" + progress.done + " of " + users.size() + " were made)",
            refused.remedy());
      } finally {
        progress.end();
      }
      return 0;
    });
  }

  private List<String> users(Path file) {
    Set<String> users = new LinkedHashSet<>();
    boolean isStandardInput = file.equals(Path.of("-"));
    try (BufferedReader reader =
            isStandardInput
                ? new BufferedReader(
                    new InputStreamReader(invocation.surroundings().in(), StandardCharsets.UTF_8))
                : Files.newBufferedReader(invocation.path(file));
        Stream<String> lines = reader.lines()) {
      lines
          .map(String::strip)
          .filter(line -> !line.isEmpty() && !line.startsWith("#"))
          .forEach(line -> {
            if (!users.add(line)) {
              invocation.output().note(line + " is listed twice; it gets one app password");
            }
          });
    } catch (NoSuchFileException _) {
      throw new CommandFailure("not-found", file + " does not exist", "correct the path");
    } catch (IOException | UncheckedIOException trouble) {
      throw new CommandFailure(
          "io", file + " cannot be read: " + trouble.getMessage(), "it must be UTF-8 text");
    }
    if (users.isEmpty()) {
      throw new CommandFailure("invalid", file + " lists no user", "write one user a line");
    }
    return List.copyOf(users);
  }

  /** Prints results, and how far it is where somebody watches. */
  private final class Progress implements Consumer<IssuedAppPassword> {
    private static final int STEP = 100;

    private final boolean isShown = invocation.surroundings().isWatched();
    private final int all;
    private int done;

    Progress(int all) {
      this.all = all;
    }

    @Override
    public void accept(IssuedAppPassword issued) {
      invocation.output().json(Views.bulkJson(issued));
      issued.secret().close();
      done++;
      if (isShown && done % STEP == 0) {
        invocation.surroundings().err().print("\r" + done + " of " + all);
        invocation.surroundings().err().flush();
      }
    }

    void end() {
      if (isShown) {
        invocation.surroundings().err().println("\r" + done + " of " + all);
      }
    }
  }
}
