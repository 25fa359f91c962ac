package dev.postern.store.sql;

import dev.postern.store.Store;
import dev.postern.store.StoreConfig;
import dev.postern.store.testing.TestConfig;
import java.io.PrintStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Clock;
import java.util.Optional;
import java.util.stream.IntStream;

/** A process of its own that creates app passwords and prints each, until a test kills it. */
final class BulkCreation {
  private BulkCreation() {}

  static StoreConfig.Database database(String text) {
    return text.startsWith("postgresql:")
        ? new StoreConfig.Database.Postgres(URI.create(text), Optional.empty())
        : new StoreConfig.Database.Sqlite(Path.of(text));
  }

  public static void main(String[] args) {
    PrintStream out = new PrintStream(System.out, true, StandardCharsets.US_ASCII);
    try (Store store =
        Store.open(
            TestConfig.of(database(args[0])), Store.Schema.REQUIRE_CURRENT, Clock.systemUTC())) {
      store
          .appPasswords()
          .createForAll(
              IntStream.range(0, 20_000).mapToObj(i -> "user" + i).toList(),
              TestConfig.spec("bulk"),
              true,
              TestConfig.ACTOR,
              issued ->
                  out.println(
                      issued.appPassword().user()
                          + " "
                          + issued
                              .secret()
                              .expose(bytes -> new String(bytes, StandardCharsets.US_ASCII))));
    }
  }
}
