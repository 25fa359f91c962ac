package dev.postern.store.sql;

import static org.assertj.core.api.Assertions.assertThat;

import dev.postern.store.Store;
import dev.postern.store.testing.LogLines;
import dev.postern.store.testing.PostgresServer;
import dev.postern.store.testing.TestClock;
import dev.postern.store.testing.TestConfig;
import dev.postern.store.testing.TestDatabase;
import dev.postern.store.tickets.TicketPeriod;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;

class PostgresTicketKeysTest extends TicketKeysContract {
  @Override
  TestDatabase databases() {
    return PostgresServer.shared();
  }

  @Test
  void allNodesHaveTheSame() {
    List<String> first = texts(node("mx1/1"));
    assertThat(first).hasSize(2);
    assertThat(texts(node("mx2/1"))).isEqualTo(first);
  }

  @Test
  void theyAreSealedInATableThatNoBaseBackupHolds() {
    node("mx1/1");
    assertThat(query("SELECT COUNT(*) FROM ticket_keys WHERE sealed LIKE 'v1:%'")).isEqualTo(2);
    assertThat(
            query(
                "SELECT COUNT(*) FROM pg_class"
                    + " WHERE relname = 'ticket_keys' AND relpersistence = 'u'"))
        .isEqualTo(1);
  }

  @Test
  void aKeyThatWasMovedToAnotherPeriodIsNone() {
    TestClock today = new TestClock(Instant.now());
    open(TestConfig.of(database), today).joinAsNode("mx1/1");
    long now = TicketPeriod.at(today.instant());
    run("DELETE FROM ticket_keys WHERE period = " + now);
    run("UPDATE ticket_keys SET period = " + now);
    try (LogLines log = new LogLines()) {
      Store node = open(TestConfig.of(database), today);
      node.joinAsNode("mx2/1");
      assertThat(node.ticketKeys().current()).isEmpty();
      assertThat(log.lines()).anyMatch(line -> line.contains("does not open"));
    }
  }

  @Test
  void thoseOfPeriodsLongOverOrFarAheadAreTakenAway() {
    Store node = open();
    run("INSERT INTO ticket_keys (period, sealed) VALUES (1, 'v1:a:b'), (999999, 'v1:a:b')");
    node.joinAsNode("mx1/1");
    assertThat(query("SELECT COUNT(*) FROM ticket_keys WHERE period IN (1, 999999)")).isZero();
  }

  @Test
  void aSealingKeyThatIsRetiredTakesThoseUnderItAlong() {
    node("mx1/1");
    assertThat(query("SELECT COUNT(*) FROM ticket_keys WHERE sealed LIKE 'v1:%'")).isEqualTo(2);
    String id = TestConfig.of(database).sealingKeys().getFirst().id();
    try (Database direct = Database.open(database, false)) {
      direct.write(handle -> {
        TicketKeyTable.dropUnder(handle, id + "x");
        return id;
      });
      assertThat(query("SELECT COUNT(*) FROM ticket_keys")).isEqualTo(2);
      direct.write(handle -> {
        TicketKeyTable.dropUnder(handle, id);
        return id;
      });
      assertThat(query("SELECT COUNT(*) FROM ticket_keys")).isZero();
    }
  }
}
