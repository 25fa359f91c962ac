package dev.postern.store.sql;

import com.github.benmanes.caffeine.cache.Ticker;
import dev.postern.bench.Folders;
import dev.postern.bench.TokenEndpoint;
import dev.postern.store.StoreConfig;
import dev.postern.store.oauth.IdleConsents;
import dev.postern.store.oauth.OAuthAccount.State;
import dev.postern.store.oauth.OAuthClient;
import dev.postern.store.seal.AesGcmSecretBox;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.statement.PreparedBatch;

/**
 * How ten thousand consents that nobody used for a month are kept warm: some minutes of it as a
 * node does it by itself, and all of it, with its rounds one after the other. On SQLite, at a
 * provider on loopback that takes 300 ms.
 */
public final class IdleConsentsPace {
  private static final int CONSENTS = Integer.getInteger("consents", 10_000);
  private static final Duration WINDOW = Duration.ofSeconds(10);

  private IdleConsentsPace() {}

  /**
   * Measures.
   *
   * @param arguments minutes of a node by itself
   */
  public static void main(String[] arguments) throws IOException {
    byItself(Duration.ofMinutes(Integer.parseInt(arguments[0])));
    roundByRound();
  }

  private static void byItself(Duration time) throws IOException {
    Path folder = Files.createTempDirectory("postern-bench-");
    try (TokenEndpoint provider = new TokenEndpoint(Duration.ofMillis(300));
        Filled filled = Filled.of(folder, provider)) {
      filled.store().joinAsNode("bench");
      while (provider.arrivals().isEmpty()) {
        LockSupport.parkNanos(Duration.ofMillis(100).toNanos());
      }
      LockSupport.parkNanos(time.toNanos());
      List<Long> arrivals = provider.arrivals();
      long span = time.toNanos();
      System.out.printf(
          Locale.ROOT,
          "by itself: %d requests in %d minutes, %.1f a minute; at once %d; in any %d s at most %d;"
              + " of a token used before %d%n",
          arrivals.size(),
          time.toMinutes(),
          arrivals.size() * 60e9 / span,
          provider.most(),
          WINDOW.toSeconds(),
          mostIn(arrivals),
          provider.refused());
    }
  }

  private static void roundByRound() throws IOException {
    Path folder = Files.createTempDirectory("postern-bench-");
    try (TokenEndpoint provider = new TokenEndpoint(Duration.ZERO);
        Filled filled = Filled.of(folder, provider)) {
      long rounds = 0;
      for (int before = -1; before < provider.arrivals().size(); rounds++) {
        before = provider.arrivals().size();
        var _ = filled.store().idleConsents().round(Duration.ZERO).join();
      }
      long most = rounds - 1; // the last one finds nobody
      System.out.printf(
          Locale.ROOT,
          "all: %d requests in %d rounds, one every %d s: %.2f hours; at once %d; of a token used"
              + " before %d%n",
          provider.arrivals().size(),
          most,
          IdleConsents.SECONDS,
          most * IdleConsents.SECONDS / 3600.0,
          provider.most(),
          provider.refused());
    }
  }

  /** The most requests of any so long a time. */
  private static int mostIn(List<Long> arrivals) {
    List<Long> sorted = arrivals.stream().sorted().toList();
    int most = 0;
    int first = 0;
    for (int last = 0; last < sorted.size(); last++) {
      while (sorted.get(last) - sorted.get(first) > WINDOW.toNanos()) {
        first++;
      }
      most = Math.max(most, last - first + 1);
    }
    return most;
  }

  /** A database of consents that were last used 31 days ago; closing takes its folder away. */
  private record Filled(SqlStore store, Path folder) implements AutoCloseable {
    static Filled of(Path folder, TokenEndpoint provider) {
      OAuthClient client = TokenEndpoint.client(provider.uri());
      SqlStore store =
          SqlStore.open(
              BenchConfig.of(new StoreConfig.Database.Sqlite(folder.resolve("bench.db"))),
              true,
              Clock.systemUTC(),
              Ticker.systemTicker(),
              new SecureRandom());
      OAuthAccountTable table =
          new OAuthAccountTable(
              store.database().dialect(),
              new AesGcmSecretBox(List.of(BenchConfig.SEALING), new SecureRandom()),
              BenchConfig.rowChecks());
      Instant used = Instant.now().minus(Duration.ofDays(31));
      int _ =
          store
              .database()
              .write(handle -> {
                users(handle);
                for (int i = 0; i < CONSENTS; i++) {
                  table.put(handle, row(table, i, used, provider), used.minusSeconds(i));
                }
                return CONSENTS;
              });
      store.oauth().tokens().follow(List.of(client));
      return new Filled(store, folder);
    }

    private static void users(Handle handle) {
      PreparedBatch batch =
          handle.prepareBatch(
              "INSERT INTO users (id, name, created_at, created_by, version, signature)"
                  + " VALUES (:id, :name, 0, 'bench', 1, '')");
      for (int i = 0; i < CONSENTS; i++) {
        batch.bind("id", id(i)).bind("name", "user" + i + "@example.com").add();
      }
      int[] _ = batch.execute();
    }

    private static OAuthAccountRow row(
        OAuthAccountTable table, int i, Instant used, TokenEndpoint provider) {
      return new OAuthAccountRow(
          id(i),
          TokenEndpoint.UPSTREAM,
          State.CONNECTED,
          "",
          used,
          Optional.empty(),
          TokenEndpoint.client(provider.uri()).registration(),
          used,
          "bench",
          1,
          table.seal(provider.consent(), id(i), TokenEndpoint.UPSTREAM, 1),
          1);
    }

    private static String id(int i) {
      return "%032x".formatted(i);
    }

    @Override
    public void close() throws IOException {
      store.close();
      Folders.delete(folder);
    }
  }
}
