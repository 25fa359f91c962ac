package dev.postern.store.sql;

import static org.assertj.core.api.Assertions.assertThat;

import dev.postern.store.Store;
import dev.postern.store.StoreConfig;
import dev.postern.store.auth.Secret;
import dev.postern.store.testing.TestConfig;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Many app passwords at once, and what is left of them when the process dies in between. */
abstract class DurabilityContract extends StoreContract {

  @ParameterizedTest
  @ValueSource(ints = {1, 777})
  void losesNothingThatWasHandedOutWhenTheProcessIsKilled(int killedAfter)
      throws IOException, InterruptedException {
    Store store = open(TestConfig.of(database), Clock.systemUTC());
    Process process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--enable-native-access=ALL-UNNAMED",
                "-cp",
                System.getProperty("java.class.path"),
                BulkCreation.class.getName(),
                switch (database) {
                  case StoreConfig.Database.Sqlite sqlite -> sqlite.file().toString();
                  case StoreConfig.Database.Postgres postgres -> postgres.url().toString();
                })
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    List<String> printed = new ArrayList<>();
    try (BufferedReader lines =
        new BufferedReader(
            new InputStreamReader(process.getInputStream(), StandardCharsets.US_ASCII))) {
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        if (line.matches("user[0-9]+ [0-9a-z]{16}")) {
          printed.add(line);
        }
        if (printed.size() == killedAfter) {
          // SIGKILL; by the handle, so that what is in the pipe already can still be read.
          boolean _ = process.toHandle().destroyForcibly();
        }
      }
    } finally {
      var _ = process.destroyForcibly();
      assertThat(process.waitFor(20, TimeUnit.SECONDS)).isTrue();
    }
    assertThat(printed).hasSizeBetween(killedAfter, 19_999);
    for (String line : printed) {
      String[] parts = line.split(" ", -1);
      try (Secret secret = Secret.ofText(parts[1])) {
        assertThat(refusal(store, parts[0], secret)).as(parts[0]).isEmpty();
      }
    }
  }

  @Test
  void createsTenThousandInSeconds() {
    Store store = open(TestConfig.of(database), Clock.systemUTC());
    List<String> names = IntStream.range(0, 10_000).mapToObj(i -> "user" + i).toList();
    long start = System.nanoTime();
    int[] committed = {0};
    store
        .appPasswords()
        .createForAll(
            names,
            TestConfig.spec("bulk"),
            true,
            TestConfig.ACTOR,
            issued -> {
              issued.secret().close();
              committed[0]++;
            });
    assertThat(committed[0]).isEqualTo(10_000);
    // Single statements and single syncs would take minutes.
    assertThat(TimeUnit.NANOSECONDS.toSeconds(System.nanoTime() - start)).isLessThan(60);
  }
}
