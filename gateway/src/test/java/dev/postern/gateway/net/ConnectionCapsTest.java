package dev.postern.gateway.net;

import static org.assertj.core.api.Assertions.assertThat;

import dev.postern.gateway.Caps;
import dev.postern.gateway.net.ConnectionCaps.Place;
import dev.postern.gateway.net.ConnectionCaps.Places;
import dev.postern.gateway.observe.ConnectionRefusal;
import dev.postern.store.auth.Cidr;
import dev.postern.store.guard.NetworkStanding;
import io.netty.channel.embedded.EmbeddedChannel;
import java.net.InetAddress;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class ConnectionCapsTest {
  private final Map<String, NetworkStanding> standings = new HashMap<>();
  private final AtomicInteger listener = new AtomicInteger();
  private final Deque<EmbeddedChannel> fronts = new ArrayDeque<>();
  private final List<ConnectionCaps> made = new ArrayList<>();

  @AfterEach
  void everyPlaceIsGivenBackOnce() {
    fronts.forEach(EmbeddedChannel::close);
    made.forEach(caps -> assertThat(caps.isEmpty()).isTrue());
    assertThat(listener).hasValue(0);
  }

  @Test
  void thereIsRoomForSoManyInAll() {
    ConnectionCaps caps = caps(2, 2, 100);
    assertThat(come(caps, "198.51.100.1")).isEmpty();
    assertThat(come(caps, "198.51.100.2")).isEmpty();
    assertThat(come(caps, "198.51.100.3")).contains(ConnectionRefusal.TOO_MANY);
    goOne();
    assertThat(come(caps, "198.51.100.3")).isEmpty();
  }

  @Test
  void aListenerMayHaveFewer() {
    ConnectionCaps caps = caps(10, 10, 100);
    assertThat(come(caps, "198.51.100.1", 1)).isEmpty();
    assertThat(come(caps, "198.51.100.2", 1)).contains(ConnectionRefusal.LISTENER_FULL);
    goOne();
    assertThat(come(caps, "198.51.100.2", 1)).isEmpty();
  }

  @Test
  void thoseWhoLoggedInLeaveRoomToThoseWhoAreToDoSo() {
    ConnectionCaps caps = caps(10, 1, 100);
    assertThat(come(caps, "198.51.100.1")).isEmpty();
    assertThat(come(caps, "198.51.100.2")).contains(ConnectionRefusal.BEFORE_LOGIN_FULL);
    ConnectionCaps.loggedIn(fronts.getFirst());
    assertThat(come(caps, "198.51.100.2")).isEmpty();
    assertThat(come(caps, "198.51.100.3")).contains(ConnectionRefusal.BEFORE_LOGIN_FULL);
  }

  @Test
  void strangersLeaveAQuarterToOthers() {
    standings.put("203.0.113.1", NetworkStanding.KNOWN);
    standings.put("203.0.113.2", NetworkStanding.ALLOWED);
    ConnectionCaps caps = caps(100, 8, 100);
    for (int i = 1; i <= 6; i++) {
      assertThat(come(caps, "198.51.100." + i)).isEmpty();
    }
    assertThat(come(caps, "198.51.100.7")).contains(ConnectionRefusal.BEFORE_LOGIN_FULL);
    assertThat(come(caps, "203.0.113.1")).isEmpty();
    assertThat(come(caps, "203.0.113.2")).isEmpty();
    assertThat(come(caps, "203.0.113.2")).contains(ConnectionRefusal.BEFORE_LOGIN_FULL);
  }

  @Test
  void placesAreShortWhenMoreThanAQuarterOfThoseForStrangersIsTaken() {
    ConnectionCaps caps = caps(100, 16, 100);
    for (int i = 1; i <= 3; i++) {
      assertThat(come(caps, "198.51.100." + i)).isEmpty();
    }
    assertThat(caps.isCrowded()).isFalse();
    assertThat(come(caps, "198.51.100.4")).isEmpty();
    assertThat(caps.isCrowded()).isTrue();
  }

  @Test
  void anAddressMayHaveSoManyUntilTheyLogIn() {
    ConnectionCaps caps = caps(100, 100, 2);
    assertThat(come(caps, "198.51.100.1")).isEmpty();
    assertThat(come(caps, "198.51.100.1")).isEmpty();
    assertThat(come(caps, "198.51.100.1")).contains(ConnectionRefusal.ADDRESS_FULL);
    assertThat(come(caps, "198.51.100.2")).as("the next address").isEmpty();
    ConnectionCaps.loggedIn(fronts.getFirst());
    assertThat(come(caps, "198.51.100.1")).isEmpty();
    assertThat(come(caps, "198.51.100.1")).contains(ConnectionRefusal.ADDRESS_FULL);
  }

  @Test
  void aSubscriberOfIpv6IsOne() {
    ConnectionCaps caps = caps(100, 100, 1);
    assertThat(come(caps, "2001:db8::1")).isEmpty();
    assertThat(come(caps, "2001:db8::ffff:1")).contains(ConnectionRefusal.ADDRESS_FULL);
    assertThat(come(caps, "2001:db8:0:1::1")).isEmpty();
  }

  @Test
  void aKnownNetworkCountsAsOneAndMayHaveMore() {
    List.of("198.51.100.1", "198.51.100.2", "198.51.100.3", "198.51.100.4")
        .forEach(address -> standings.put(address, NetworkStanding.KNOWN));
    ConnectionCaps caps = caps(100, 100, 1);
    assertThat(come(caps, "198.51.100.1")).isEmpty();
    assertThat(come(caps, "198.51.100.1")).isEmpty();
    assertThat(come(caps, "198.51.100.3")).isEmpty();
    assertThat(come(caps, "198.51.100.4")).contains(ConnectionRefusal.NETWORK_FULL);
  }

  @Test
  void webmailAndWhoIsSpokenForHaveNoLimitPerAddress() {
    standings.put("203.0.113.2", NetworkStanding.ALLOWED);
    ConnectionCaps caps = caps(100, 100, 1);
    for (int i = 0; i < 5; i++) {
      assertThat(come(caps, "192.0.2.10")).isEmpty();
      assertThat(come(caps, "203.0.113.2")).isEmpty();
    }
  }

  @Test
  void aBannedNetworkHasNoPlaceEvenForWebmail() {
    standings.put("192.0.2.10", NetworkStanding.DENIED);
    ConnectionCaps caps = caps(0, 0, 100);
    assertThat(come(caps, "192.0.2.10")).contains(ConnectionRefusal.BANNED);
  }

  @Test
  void behindAProxyTheClientCounts() {
    standings.put("198.51.100.9", NetworkStanding.DENIED);
    ConnectionCaps caps = caps(3, 3, 1);
    assertThat(comeByProxy(caps, "198.51.100.1")).isEmpty();
    assertThat(comeByProxy(caps, "198.51.100.1")).contains(ConnectionRefusal.ADDRESS_FULL);
    assertThat(comeByProxy(caps, "198.51.100.9")).contains(ConnectionRefusal.BANNED);
    assertThat(comeByProxy(caps, "198.51.100.2")).isEmpty();
  }

  @Test
  void whoWaitsForAHeaderHasAPlace() {
    ConnectionCaps caps = caps(1, 1, 100);
    assertThat(arrived(caps, Integer.MAX_VALUE).admitAnybody()).isEmpty();
    assertThat(come(caps, "198.51.100.1")).contains(ConnectionRefusal.TOO_MANY);
  }

  @Test
  void onlySoManyAreToldAtOnce() {
    ConnectionCaps caps = caps(0, 0, 100);
    for (int i = 0; i < ConnectionCaps.MOST_TOLD; i++) {
      assertThat(arrived(caps, 1).mayBeTold()).isTrue();
    }
    assertThat(arrived(caps, 1).mayBeTold()).isFalse();
    fronts.removeFirst().close();
    assertThat(arrived(caps, 1).mayBeTold()).isTrue();
  }

  /** The server channel is any channel: all that matters is whether it goes on reading. */
  @Test
  void whatIsFullAcceptsNobodyUntilThereIsRoom() {
    ConnectionCaps caps = caps(1, 1, 100);
    EmbeddedChannel server = new EmbeddedChannel();
    caps.guard(server);
    assertThat(come(caps, "198.51.100.1")).isEmpty();
    for (int i = 0; i < ConnectionCaps.MOST_TOLD; i++) {
      assertThat(server.config().isAutoRead()).isTrue();
      Place place = arrived(caps, 1);
      assertThat(place.admit(address("198.51.100.2"))).contains(ConnectionRefusal.TOO_MANY);
      assertThat(place.mayBeTold()).isTrue();
    }
    assertThat(server.config().isAutoRead()).isFalse();
    EmbeddedChannel later = new EmbeddedChannel();
    caps.guard(later);
    assertThat(later.config().isAutoRead()).as("one that is bound meanwhile").isFalse();

    fronts.removeLast().close();
    assertThat(server.config().isAutoRead()).as("one of those who were told left").isFalse();
    fronts.removeFirst().close();
    assertThat(server.config().isAutoRead()).isTrue();
    assertThat(later.config().isAutoRead()).isTrue();
    server.close();
    later.close();
  }

  @Test
  void theLimitOfDescriptorsSaysHowManyThereMayBe() {
    Caps caps = Caps.DEFAULT;
    assertThat(DescriptorLimit.places(caps, 65_536)).isEqualTo(new Places(32_512, 16_256));
    assertThat(DescriptorLimit.places(caps, 1024)).isEqualTo(new Places(384, 192));
    assertThat(DescriptorLimit.places(caps, 10)).isEqualTo(new Places(16, 8));
    assertThat(DescriptorLimit.places(caps, Long.MAX_VALUE).total()).isEqualTo(Integer.MAX_VALUE);
    Caps told = with(OptionalInt.of(1000), OptionalInt.of(2000), 20);
    assertThat(DescriptorLimit.places(told, 1024)).isEqualTo(new Places(1000, 1000));
  }

  private ConnectionCaps caps(int total, int beforeLogin, int perAddress) {
    ConnectionCaps caps =
        new ConnectionCaps(
            with(OptionalInt.empty(), OptionalInt.empty(), perAddress),
            new Places(total, beforeLogin),
            address -> standings.getOrDefault(address.getHostAddress(), NetworkStanding.UNKNOWN));
    made.add(caps);
    return caps;
  }

  private static Caps with(OptionalInt total, OptionalInt beforeLogin, int perAddress) {
    return new Caps(
        20, 100, 50, total, perAddress, 3, beforeLogin, List.of(Cidr.parse("192.0.2.10")));
  }

  private Optional<ConnectionRefusal> come(ConnectionCaps caps, String address) {
    return come(caps, address, Integer.MAX_VALUE);
  }

  private Optional<ConnectionRefusal> come(ConnectionCaps caps, String address, int here) {
    return arrived(caps, here).admit(address(address));
  }

  private Optional<ConnectionRefusal> comeByProxy(ConnectionCaps caps, String address) {
    Place place = arrived(caps, Integer.MAX_VALUE);
    return place.admitAnybody().or(() -> place.admitted(address(address)));
  }

  private Place arrived(ConnectionCaps caps, int here) {
    EmbeddedChannel front = new EmbeddedChannel();
    Place place = caps.arrived(listener, OptionalInt.of(here));
    place.holdFor(front);
    fronts.add(front);
    return place;
  }

  private void goOne() {
    fronts.removeFirst().close();
  }

  private static InetAddress address(String text) {
    return InetAddress.ofLiteral(text);
  }
}
