package dev.postern.bench;

import dev.postern.store.Store;
import dev.postern.store.StoreConfig;
import dev.postern.store.audit.Compared;
import dev.postern.store.audit.SignIn;
import dev.postern.store.auth.Scope;
import dev.postern.store.auth.Secret;
import java.io.PrintStream;
import java.net.InetAddress;
import java.net.URI;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.locks.LockSupport;

/**
 * Feeds the record of login attempts with so many failures a second, each by another name from
 * another address, for a while; prints what noting one took and how long closing did.
 */
public final class AuditFlood {
  private AuditFlood() {}

  /**
   * @param args a SQLite file or {@code postgresql://…}, failures a second, seconds
   */
  public static void main(String[] args) throws UnknownHostException {
    int rate = Integer.parseInt(args[1]);
    int seconds = Integer.parseInt(args[2]);
    PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
    Random random = new Random(1);
    long noting = 0;
    long start = System.nanoTime();
    long closing;
    try (Store store = Store.open(config(args[0]), Store.Schema.MIGRATE, Clock.systemUTC())) {
      for (long i = 0; i < (long) rate * seconds; i++) {
        SignIn attempt = attempt(random);
        long before = System.nanoTime();
        store.signInLog().note(attempt);
        noting += System.nanoTime() - before;
        long due = start + i * 1_000_000_000L / rate;
        if (due > System.nanoTime()) {
          LockSupport.parkNanos(due - System.nanoTime());
        }
      }
      closing = System.nanoTime();
    }
    long end = System.nanoTime();
    out.printf(
        "%d failures in %.1f s, %d ns to note one, %.1f s to close%n",
        (long) rate * seconds,
        (closing - start) / 1e9,
        noting / ((long) rate * seconds),
        (end - closing) / 1e9);
  }

  private static SignIn attempt(Random random) throws UnknownHostException {
    byte[] address = new byte[4];
    random.nextBytes(address);
    return new SignIn(
        Instant.now(),
        Optional.empty(),
        "n" + random.nextInt(1_000_000_000) + "@d" + random.nextInt(1000) + ".example",
        Compared.NOTHING,
        Scope.IMAP,
        "plain",
        InetAddress.getByAddress(address),
        "",
        "rejected",
        "unknown-user");
  }

  private static StoreConfig config(String database) {
    return new StoreConfig(
        database.startsWith("postgresql:")
            ? new StoreConfig.Database.Postgres(URI.create(database), Optional.empty())
            : new StoreConfig.Database.Sqlite(Path.of(database)),
        List.of(new StoreConfig.Key("p", Secret.owning(new byte[StoreConfig.Key.LENGTH]))),
        List.of(new StoreConfig.Key("s", Secret.owning(new byte[StoreConfig.Key.LENGTH]))),
        List.of(),
        new StoreConfig.AppPasswordRules(
            40, 16, Optional.empty(), Optional.empty(), Optional.empty()),
        Duration.ofMinutes(15),
        StoreConfig.AuditRules.DEFAULTS);
  }
}
