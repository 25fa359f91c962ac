package dev.postern.store.sql;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.postern.store.RefusedException.Code;
import dev.postern.store.Store;
import dev.postern.store.auth.Cidr;
import dev.postern.store.guard.Ban;
import dev.postern.store.guard.Bans;
import dev.postern.store.guard.NetworkStanding;
import dev.postern.store.testing.LogLines;
import dev.postern.store.testing.TestConfig;
import java.net.InetAddress;
import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** A table of bans that holds many rows, Postern's or somebody else's, in each database. */
abstract class BanCrowdContract extends StoreContract {
  /** In the order of the table behind the rows that are forged here. */
  private static final Cidr OFFICE = Cidr.parse("192.0.2.0/24");

  private static final Cidr OTHER = Cidr.parse("198.51.100.0/24");
  private static final String OFFICER = "192.0.2.77";
  private static final String FORGED =
      "INSERT INTO bans (network, kind, reason, created_at, created_by, version, signature) ";

  @Test
  void thereIsALimit() {
    Store store = open();
    add(store, OFFICE);
    Ban _ =
        store
            .bans()
            .add(
                Cidr.parse("2001:db8::/32"),
                Ban.Kind.DENY,
                Optional.of(clock.instant().plusSeconds(60)),
                "",
                TestConfig.ACTOR);
    write(Bans.MOST - 2);
    assertRefused(Code.LIMIT, () -> add(store, OTHER));
    assertThat(add(store, OFFICE).network()).as("in its place").isEqualTo(OFFICE);
    clock.advance(Duration.ofMinutes(1));
    assertThat(add(store, OTHER).network()).as("what ended").isEqualTo(OTHER);
  }

  @Test
  void forgedRowsArePassedByAtAStartAndTakeNoRoom() {
    Store store = open();
    add(store, OFFICE);
    forge(Bans.MOST);

    Store restarted = open();

    assertThat(standing(restarted, OFFICER)).isEqualTo(NetworkStanding.DENIED);
    assertThat(restarted.bans().list()).extracting(Ban::network).containsExactly(OFFICE);
    add(restarted, OTHER);
    awaitDenied(restarted, "198.51.100.1");
    assertThat(standing(restarted, OFFICER)).isEqualTo(NetworkStanding.DENIED);
  }

  /** Not one for each row, nor for each time that they are read. */
  @Test
  void forgedRowsRaiseOneAlarmUntilThereAreOthers() {
    Store store = open();
    forge(3000);
    add(store, OFFICE); // Has the list read.
    awaitDenied(store, OFFICER);
    assertThat(store.statistics().rowAlarms().get()).isEqualTo(1);
    add(store, OTHER);
    awaitDenied(store, "198.51.100.1");
    assertThat(store.bans().list()).hasSize(2);
    assertThat(store.statistics().rowAlarms().get()).isEqualTo(1);

    run("UPDATE bans SET reason = 'other' WHERE network = '198.51.100.0/24'");
    assertThat(store.bans().list()).hasSize(1);
    assertThat(store.statistics().rowAlarms().get()).isEqualTo(2);
  }

  @Test
  void moreThanOneTurnIsReadTurnByTurnAndTheLogSaysSoOnce() {
    Store store = open();
    add(store, OFFICE);
    awaitDenied(store, OFFICER);
    try (LogLines log = new LogLines()) {
      forge(BanSweep.TURN + 1);
      add(store, OTHER);
      awaitDenied(store, "198.51.100.1");
      Ban _ = store.bans().add(OTHER, Ban.Kind.ALLOW, Optional.empty(), "", TestConfig.ACTOR);
      await()
          .atMost(Duration.ofSeconds(10))
          .until(() -> standing(store, "198.51.100.1") == NetworkStanding.ALLOWED);
      assertThat(log.lines()).filteredOn(line -> line.contains("holds more rows")).hasSize(1);
    }
    assertThat(standing(store, OFFICER)).isEqualTo(NetworkStanding.DENIED);
    assertThat(standing(open(), OFFICER)).isEqualTo(NetworkStanding.DENIED);
  }

  /** A start does not wait for them; nor does a person, who is told. */
  @Test
  void whatLiesBehindMoreRowsThanAreReadAtOnceHoldsLater() {
    Store store = open();
    add(store, OFFICE);
    Ban front = add(store, Cidr.parse("0.0.0.0/9"));
    awaitDenied(store, OFFICER);
    forge(BanSweep.TURN * BanSweep.TURNS_AT_ONCE);

    Store restarted = open();

    assertThat(standing(restarted, "0.0.0.1")).as("met").isEqualTo(NetworkStanding.DENIED);
    assertThat(standing(restarted, OFFICER)).as("not yet").isEqualTo(NetworkStanding.UNKNOWN);
    assertRefused(Code.STATE, () -> restarted.bans().list());
    assertRefused(Code.STATE, () -> add(restarted, OTHER));
    awaitDenied(restarted, OFFICER);
    assertThat(standing(store, OFFICER)).isEqualTo(NetworkStanding.DENIED);
    assertThat(restarted.bans().remove(front.network(), TestConfig.ACTOR)).containsExactly(front);
  }

  /** As when rows that were taken away long ago are put back in front of a start. */
  @Test
  void moreGenuineRowsThanThereCanBeLeaveTheListAsItWas() {
    Store store = open();
    add(store, OFFICE);
    awaitDenied(store, OFFICER);
    write(Bans.MOST);
    try (LogLines log = new LogLines()) {
      run("UPDATE change_counter SET number = number + 1");
      run(
          "INSERT INTO changes (number, kind, user_id, at)"
              + " SELECT number, 'bans', '', 0 FROM change_counter");
      await().until(() -> log.toString().contains("holds more rows than Postern writes"));
    }

    Store restarted = open();

    assertThat(standing(store, OFFICER)).isEqualTo(NetworkStanding.DENIED);
    assertThat(standing(store, "10.0.0.1")).isEqualTo(NetworkStanding.UNKNOWN);
    assertThat(standing(restarted, "10.0.0.1")).isEqualTo(NetworkStanding.DENIED);
    assertRefused(Code.STATE, () -> store.bans().list());
  }

  /** Longer ones than Postern writes are cut when they are read, and look the same then. */
  @Test
  void keysThatCannotBeToldApartKeepNoRowFromBeingMet() {
    add(open(), OFFICE);
    run(
        FORGED
            + numbers(BanTable.PAGE + 1)
            + "SELECT '1"
            + "0".repeat(100)
            + "' || i, 'deny', '"
            + "x".repeat(2000)
            + "', 0, 'x', 1, 'x' FROM n");

    Store restarted = open();

    assertThat(standing(restarted, OFFICER)).isEqualTo(NetworkStanding.DENIED);
    assertThat(restarted.bans().list()).hasSize(1);
  }

  /** Writes so many rows that are not signed. */
  private void forge(int rows) {
    run(
        FORGED
            + numbers(rows)
            + "SELECT '10.' || (i / 256) || '.' || (i % 256) || '.0/24', 'deny', '', 0, 'x', 1,"
            + " 'x' FROM n");
  }

  private static String numbers(int most) {
    return "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < "
        + most
        + ") ";
  }

  /** Writes so many rows as Postern does, and tells nobody. */
  private void write(int rows) {
    try (Database own = Database.open(database, false)) {
      BanTable table = new BanTable(TestConfig.rowChecks(), own.dialect());
      int _ =
          own.write(handle -> {
            for (int i = 0; i < rows; i++) {
              Cidr network = Cidr.parse("10." + i / 256 + "." + i % 256 + ".0/24");
              table.insert(
                  handle,
                  new Ban(network, Ban.Kind.DENY, "", clock.instant(), "tester", Optional.empty()),
                  1);
            }
            return rows;
          });
    }
  }

  private static void awaitDenied(Store store, String address) {
    await()
        .atMost(Duration.ofSeconds(20))
        .untilAsserted(
            () -> assertThat(standing(store, address)).isEqualTo(NetworkStanding.DENIED));
  }

  private static NetworkStanding standing(Store store, String address) {
    return store.networks().standing(InetAddress.ofLiteral(address));
  }

  private static Ban add(Store store, Cidr network) {
    return store.bans().add(network, Ban.Kind.DENY, Optional.empty(), "", TestConfig.ACTOR);
  }
}
