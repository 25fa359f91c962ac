package dev.postern.store.sql;

import static org.assertj.core.api.Assertions.assertThat;

import dev.postern.store.Store;
import dev.postern.store.tickets.TicketKey;
import dev.postern.store.tickets.TicketPeriod;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What every node knows of the keys of session tickets. */
abstract class TicketKeysContract extends StoreContract {

  Store node(String name) {
    Store store = open();
    store.joinAsNode(name);
    return store;
  }

  /** What tells keys apart. */
  static List<String> texts(Store node) {
    return node.ticketKeys().current().stream()
        .map(key -> key.period() + " " + key.material().expose(HexFormat.of()::formatHex))
        .toList();
  }

  @Test
  void aCommandHasNone() {
    assertThat(open().ticketKeys().current()).isEmpty();
  }

  @Test
  void aNodeHasThatOfNowAndTheNext() {
    long now = TicketPeriod.at(clock.instant());
    List<TicketKey> keys = node("mx1/1").ticketKeys().current();
    assertThat(keys).extracting(TicketKey::period).containsExactly(now, now + 1);
    assertThat(keys).extracting(key -> key.material().length()).containsOnly(TicketKey.BYTES);
    assertThat(keys.getFirst().material().matches(keys.getLast().material())).isFalse();
  }
}
