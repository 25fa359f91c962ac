package dev.postern.store.hash;

import static org.assertj.core.api.Assertions.assertThat;

import dev.postern.store.hash.WaitingRoom.Admission;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class WaitingRoomTest {
  private final WaitingRoom<String> room = new WaitingRoom<>(8, 5, 4);

  @Test
  void givesTurnsByNetworkAndWithinItByUser() {
    enter("192.0.2.1", "alice", "a1");
    enter("192.0.2.2", "alice", "a2");
    enter("192.0.2.3", "bob", "b1");
    enter("198.51.100.1", "carol", "c1");
    enter("198.51.100.1", "carol", "c2");

    assertThat(all()).containsExactly("a1", "c1", "b1", "c2", "a2");
  }

  @Test
  void countsAnIpv4NeighbourhoodAndAnIpv6SiteAsOne() throws UnknownHostException {
    assertThat(network("192.0.2.1")).isEqualTo(network("192.0.2.254"));
    assertThat(network("192.0.2.1")).isNotEqualTo(network("192.0.3.1"));
    assertThat(network("2001:db8:1:2::3")).isEqualTo(network("2001:db8:1:ffff::1"));
    assertThat(network("2001:db8:1::")).isNotEqualTo(network("2001:db8:2::"));
    assertThat(network("255.0.2.1")).isNotEqualTo(network("0.0.2.1"));
  }

  @Test
  void oneNetworkCannotFillIt() {
    for (int i = 0; i < 5; i++) {
      assertThat(enter("192.0.2.1", "user" + i, "x" + i)).isInstanceOf(Admission.In.class);
    }
    assertThat(enter("192.0.2.1", "other", "y")).isInstanceOf(Admission.Full.class);
    assertThat(enter("198.51.100.1", "other", "y")).isInstanceOf(Admission.In.class);
  }

  @Test
  void attemptsOnOneUserCannotFillIt() {
    for (int i = 0; i < 4; i++) {
      assertThat(enter("192.0." + i + ".1", "alice", "x")).isInstanceOf(Admission.In.class);
    }
    assertThat(enter("192.0.9.1", "alice", "y")).isInstanceOf(Admission.Full.class);
    assertThat(enter("192.0.9.1", "bob", "y")).isInstanceOf(Admission.In.class);
    room.next();
    assertThat(enter("192.0.9.1", "alice", "y")).isInstanceOf(Admission.In.class);
  }

  @Test
  void attemptsFromOneNetworkKeepNobodyOutOfHisOwnNameElsewhere() {
    for (int i = 0; i < 4; i++) {
      enter("192.0.2." + i, "alice", "wrong" + i);
    }
    assertThat(enter("192.0.2.9", "alice", "wrong")).isInstanceOf(Admission.Full.class);

    assertThat(enter("198.51.100.1", "alice", "right"))
        .isEqualTo(new Admission.In<>(Optional.of("wrong3")));
    assertThat(enter("192.0.2.9", "alice", "wrong")).isInstanceOf(Admission.Full.class);

    assertThat(all()).containsExactly("wrong0", "right", "wrong1", "wrong2");
  }

  @Test
  void whoMustLeaveForANamesakeIsOfThatNameThoughOthersHaveMoreWaiting() {
    for (int i = 0; i < 4; i++) {
      enter("192.0.2.1", "other" + i, "o" + i);
    }
    for (int i = 0; i < 3; i++) {
      enter("198.51.100.1", "alice", "wrong" + i);
    }
    enter("192.0.2.1", "alice", "a");

    assertThat(enter("203.0.113.1", "alice", "right"))
        .isEqualTo(new Admission.In<>(Optional.of("wrong2")));
    assertThat(room.size()).isEqualTo(8);
  }

  @Test
  void aNewcomerDisplacesTheNewestOfWhoeverHasMost() {
    fill();
    assertThat(enter("203.0.113.1", "dave", "d")).isEqualTo(new Admission.In<>(Optional.of("a3")));
    assertThat(room.size()).isEqualTo(8);
  }

  @Test
  void whoHasAsManyAsAnybodyIsRefusedWhenItIsFull() {
    fill();
    enter("198.51.100.1", "carol", "c1"); // now both have four
    assertThat(enter("198.51.100.1", "carol", "c2")).isInstanceOf(Admission.Full.class);
    assertThat(room.size()).isEqualTo(8);
  }

  @Test
  void letsGoWhoeverDoesNotWaitAnyMore() {
    enter("192.0.2.1", "alice", "a1");
    enter("192.0.2.1", "alice", "a2");
    assertThat(room.leave(network("192.0.2.1"), "alice", "a1")).isTrue();
    assertThat(room.leave(network("192.0.2.1"), "alice", "a1")).isFalse();
    assertThat(room.leave(network("198.51.100.1"), "alice", "a1")).isFalse();
    assertThat(room.empty()).containsExactly("a2");
    assertThat(room.size()).isZero();
    assertThat(room.next()).isEmpty();
  }

  /** Five of one network, four of them of one user; three of another. */
  private void fill() {
    for (int i = 0; i < 4; i++) {
      enter("192.0.2.1", "alice", "a" + i);
    }
    enter("192.0.2.1", "erin", "e");
    for (int i = 0; i < 3; i++) {
      enter("198.51.100.1", "bob" + i, "b" + i);
    }
  }

  private Admission<String> enter(String address, String user, String item) {
    return room.enter(network(address), user, item);
  }

  private List<String> all() {
    List<String> all = new ArrayList<>();
    for (Optional<String> item = room.next(); item.isPresent(); item = room.next()) {
      all.add(item.get());
    }
    return all;
  }

  private static SourceNetwork network(String address) {
    try {
      return SourceNetwork.of(InetAddress.getByName(address));
    } catch (UnknownHostException e) {
      throw new AssertionError(e);
    }
  }
}
