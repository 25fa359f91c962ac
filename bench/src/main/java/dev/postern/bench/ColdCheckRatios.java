package dev.postern.bench;

import dev.postern.store.StoreConfig;
import dev.postern.store.sql.ColdPath;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Random;
import java.util.function.IntPredicate;

/**
 * A verification whose rows are not cached against {@code SELECT 1} through JDBI on the same pool,
 * in turns on one thread. Each user is asked for once, in random order. What lies between the two
 * is measured in the same turns: the statement by itself, and the look-up without the thread that
 * waits for the database in the place of an event loop; and {@code SELECT 1} on such a thread.
 */
public final class ColdCheckRatios {
  private static final int ROUNDS = Integer.getInteger("rounds", 20_000);
  private static final int WARM_UP = Math.min(3_000, ROUNDS);

  private ColdCheckRatios() {}

  private record Step(String name, IntPredicate call, double[] micros) {
    Step(String name, IntPredicate call) {
      this(name, call, new double[ROUNDS]);
    }
  }

  /**
   * Fills a database and measures.
   *
   * @param arguments {@code sqlite} or {@code postgres}, and the number of credentials
   */
  public static void main(String[] arguments) throws IOException, SQLException {
    int credentials = Integer.parseInt(arguments[1]);
    switch (arguments[0]) {
      case "sqlite" -> onSqlite(credentials);
      case "postgres" -> onPostgres(credentials);
      default -> throw new IllegalArgumentException("sqlite or postgres");
    }
  }

  private static void onSqlite(int credentials) throws IOException, SQLException {
    Path folder = Files.createTempDirectory("postern-bench-");
    try {
      measure(
          "SQLite",
          new StoreConfig.Database.Sqlite(folder.resolve("bench.db")),
          credentials,
          false);
    } finally {
      Folders.delete(folder);
    }
  }

  /** With {@code -Ddata=FOLDER} the database stays there and is not filled again. */
  private static void onPostgres(int credentials) throws IOException, SQLException {
    Optional<Path> kept = Optional.ofNullable(System.getProperty("data")).map(Path::of);
    boolean isFilled = kept.filter(Files::exists).isPresent();
    Path folder = kept.isPresent() ? kept.get() : Files.createTempDirectory("postern-bench-");
    try (EmbeddedPostgres server =
        EmbeddedPostgres.builder()
            .setDataDirectory(folder)
            .setCleanDataDirectory(false)
            .setPGStartupWait(Duration.ofSeconds(60))
            .setServerConfig("shared_buffers", "1GB")
            .setServerConfig("max_wal_size", "8GB")
            .start()) {
      measure(
          "PostgreSQL",
          new StoreConfig.Database.Postgres(
              URI.create("postgresql://postgres@127.0.0.1:" + server.getPort() + "/postgres"),
              Optional.empty()),
          credentials,
          isFilled);
    } finally {
      if (kept.isEmpty()) {
        Folders.delete(folder);
      }
    }
  }

  private static void measure(
      String where, StoreConfig.Database database, int credentials, boolean isFilled)
      throws SQLException {
    long start = System.nanoTime();
    try (ColdPath path = ColdPath.open(database, credentials, isFilled)) {
      System.out.printf(
          Locale.ROOT,
          "%s, %,d credentials of %,d users; ready after %d s%n",
          where,
          credentials,
          path.users(),
          Duration.ofNanos(System.nanoTime() - start).toSeconds());
      List<Step> steps =
          List.of(
              new Step("SELECT 1, JDBI", _ -> path.selectOne()),
              new Step("SELECT 1, JDBI, its thread", _ -> path.selectOneOnThread()),
              new Step("SELECT 1, JDBC", _ -> path.selectOneByJdbc()),
              new Step("statement, JDBC", path::statementByJdbc),
              new Step("look-up on this thread", path::find),
              new Step("verification", path::verify));
      run(steps, path.users());
      print(steps);
      path.plansMade().ifPresent(plans -> System.out.println("plans: " + plans));
      path.plan().forEach(System.out::println);
    }
  }

  private static void run(List<Step> steps, int users) {
    if (users < (WARM_UP + ROUNDS) * steps.size()) {
      throw new IllegalArgumentException("too few users for each to be asked for once");
    }
    Random random = new Random(1);
    int[] order = shuffled(users, random);
    List<Step> turns = new ArrayList<>(steps);
    int next = 0;
    for (int round = -WARM_UP; round < ROUNDS; round++) {
      Collections.shuffle(turns, random);
      for (Step step : turns) {
        int user = order[next++];
        long start = System.nanoTime();
        boolean isRight = step.call().test(user);
        double micros = (System.nanoTime() - start) / 1e3;
        if (!isRight) {
          throw new IllegalStateException(step.name() + " is not what it should be");
        }
        if (round >= 0) {
          step.micros()[round] = micros;
        }
      }
    }
  }

  private static int[] shuffled(int size, Random random) {
    int[] order = new int[size];
    for (int i = 0; i < size; i++) {
      int other = random.nextInt(i + 1);
      order[i] = order[other];
      order[other] = i;
    }
    return order;
  }

  private static void print(List<Step> steps) {
    double one = Percentiles.of(steps.getFirst().micros(), 0.5);
    System.out.printf(
        Locale.ROOT, "%-26s %10s %10s %10s %8s%n", "µs", "p10", "median", "p90", "ratio");
    for (Step step : steps) {
      double[] sorted = step.micros().clone();
      Arrays.sort(sorted);
      System.out.printf(
          Locale.ROOT,
          "%-26s %10.1f %10.1f %10.1f %8.2f%n",
          step.name(),
          Percentiles.ofSorted(sorted, 0.1),
          Percentiles.ofSorted(sorted, 0.5),
          Percentiles.ofSorted(sorted, 0.9),
          Percentiles.ofSorted(sorted, 0.5) / one);
    }
  }
}
