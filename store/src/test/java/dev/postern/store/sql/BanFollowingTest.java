package dev.postern.store.sql;

import static org.assertj.core.api.Assertions.assertThat;

import dev.postern.store.StoreConfig;
import dev.postern.store.auth.Cidr;
import dev.postern.store.guard.Ban;
import dev.postern.store.guard.BanList;
import dev.postern.store.guard.Bans;
import dev.postern.store.integrity.RowChecks;
import dev.postern.store.integrity.RowSignatures;
import dev.postern.store.integrity.SeenVersions;
import dev.postern.store.testing.LogLines;
import dev.postern.store.testing.SqliteFiles;
import dev.postern.store.testing.TestClock;
import dev.postern.store.testing.TestConfig;
import java.net.InetAddress;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** When the list of bans is read, and what ends that: nothing. */
class BanFollowingTest {
  private static final String FORGED =
      "INSERT INTO bans (network, kind, reason, created_at, created_by, version, signature)";

  private final TestClock clock = TestClock.standing();
  private final BanList list = new BanList(clock);
  private final Queue<Runnable> beat = new ArrayDeque<>();
  private final FeedListener feed = new FeedListener();
  private final Database database;
  private final BanTable table;
  private final RowChecks checks;
  private final BanFollowing following;
  private boolean isFaulty;

  BanFollowingTest(@TempDir Path folder) {
    this.database = Database.open(new SqliteFiles(folder).fresh(), true);
    this.checks =
        new RowChecks(
            new RowSignatures(List.of(), List.<StoreConfig.Key>of(TestConfig.key("s1", 101))),
            new SeenVersions(1),
            (_, _, _) -> {
              if (isFaulty) {
                throw new IllegalStateException("a fault that a test makes");
              }
            });
    this.table = new BanTable(checks, database.dialect());
    this.following = following(list);
    following.start(feed);
  }

  @AfterEach
  void close() {
    database.close();
  }

  @Test
  void aFaultOfOursIsToldOnceAndTheListIsReadAgainWithinASecond() {
    ban("192.0.2.0/24");
    run(FORGED + " VALUES ('10.0.0.0/8', 'deny', '', 0, 'x', 1, 'x')");
    isFaulty = true;
    try (LogLines log = new LogLines()) {
      hear();
      following.run();
      following.run();
      assertThat(log.withStack())
          .singleElement()
          .asString()
          .contains("the list of bans is not read", "IllegalStateException");
    }
    assertThat(isDenied("192.0.2.1")).isFalse();

    isFaulty = false;
    following.run();

    assertThat(isDenied("192.0.2.1")).isTrue();
  }

  /** Whoever can write the database can fill the feed, too. */
  @Test
  void readsAtOnceOnceASecondHoweverManyChangesAreHeard() {
    ban("192.0.2.0/24");
    hear();
    assertThat(isDenied("192.0.2.1")).isTrue();
    ban("198.51.100.0/24");
    hear();
    hear();
    assertThat(isDenied("198.51.100.1")).isFalse();

    following.run();

    assertThat(isDenied("198.51.100.1")).isTrue();
    ban("203.0.113.0/24");
    hear();
    assertThat(isDenied("203.0.113.1")).isTrue();
  }

  @Test
  void aChangeThatIsHeardWhileTheListIsReadHasItReadAgain() {
    run(
        FORGED
            + " WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < "
            + BanSweep.TURN
            + ") SELECT '10.' || (i / 256) || '.' || (i % 256) || '.0/24', 'deny', '', 0, 'x', 1,"
            + " 'x' FROM n");
    hear();
    ban("1.0.0.0/8"); // In front of where the reader is.
    hear();

    following.run();
    assertThat(isDenied("1.0.0.1")).isFalse();
    following.run();
    following.run();

    assertThat(isDenied("1.0.0.1")).isTrue();
  }

  /** In a SQLite file a column may hold anything; what is no text comes behind all text. */
  @Test
  void keysThatAreNoTextEndTheReadingAndHideNothing() {
    ban("192.0.2.0/24");
    for (String key : List.of("x'31'", "x'3939'", "CAST(x'31ff' AS TEXT)")) {
      run(FORGED + " VALUES (" + key + ", 'deny', '', 0, 'x', 1, 'x')");
    }
    run(
        FORGED
            + " WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1500)"
            + " SELECT CAST(x'31ff' || i AS TEXT), 'deny', '', 0, 'x', 1, 'x' FROM n");
    run(
        FORGED
            + " WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1500)"
            + " SELECT CAST('1' || i AS BLOB), 'deny', '', 0, 'x', 1, 'x' FROM n");

    hear();
    following.run();

    assertThat(isDenied("192.0.2.1")).isTrue();
  }

  /** Of which no sweep is whole: what the first one met must not go because the next one begins. */
  @Test
  void moreGenuineRowsThanThereCanBeBehindManyForgedOnesHoldOnceTheyAreMet() {
    run(
        FORGED
            + " WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < "
            + BanSweep.TURN
            + ") SELECT '0.' || (i / 256) || '.' || (i % 256) || '.0/24', 'deny', '', 0, 'x', 1,"
            + " 'x' FROM n");
    ban(
        IntStream.rangeClosed(0, Bans.MOST)
            .mapToObj(i -> "10." + i / 256 + "." + i % 256 + ".0/24"));
    BanList met = new BanList(clock);
    BanFollowing fresh = following(met);
    fresh.start(feed);
    assertThat(met.isDenied(InetAddress.ofLiteral("10.0.0.1"))).isTrue();

    hear(); // A turn, which meets forged rows alone.

    assertThat(met.isDenied(InetAddress.ofLiteral("10.0.0.1"))).isTrue();
  }

  private BanFollowing following(BanList into) {
    return new BanFollowing(database, table, checks, new BanAlarm(checks), into, beat::add);
  }

  private void hear() {
    feed.changed(List.of(new ChangeFeed.Entry(new Change.Bans(), Instant.EPOCH)));
    for (Runnable next = beat.poll(); next != null; next = beat.poll()) {
      next.run();
    }
  }

  private void ban(String network) {
    ban(Stream.of(network));
  }

  private void ban(Stream<String> networks) {
    int _ =
        database.write(handle -> {
          networks.forEach(network ->
              table.insert(
                  handle,
                  new Ban(
                      Cidr.parse(network),
                      Ban.Kind.DENY,
                      "",
                      clock.instant(),
                      "tester",
                      Optional.empty()),
                  1));
          return 1;
        });
  }

  private boolean isDenied(String address) {
    return list.isDenied(InetAddress.ofLiteral(address));
  }

  private void run(String statement) {
    int _ = database.write(handle -> handle.execute(statement));
  }
}
