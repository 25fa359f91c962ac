package dev.postern.store.guard;

import static org.assertj.core.api.Assertions.assertThat;

import com.github.benmanes.caffeine.cache.Ticker;
import dev.postern.store.auth.Cidr;
import dev.postern.store.testing.TestClock;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Which of several networks decides about an address. */
class BanListTest {
  private final TestClock clock = TestClock.standing();
  private final BanList list = new BanList(clock);
  private final KnownNetworks known =
      new Throttle(ThrottleRules.DEFAULT, Ticker.disabledTicker(), new SecureRandom()).known();

  @Test
  void theNarrowestNetworkDecides() {
    list.store(
        List.of(deny("198.51.100.0/24"), allow("198.51.100.128/25"), deny("198.51.100.200")));
    assertThat(standing("198.51.100.1")).isEqualTo(NetworkStanding.DENIED);
    assertThat(standing("198.51.100.129")).isEqualTo(NetworkStanding.ALLOWED);
    assertThat(standing("198.51.100.200")).isEqualTo(NetworkStanding.DENIED);
    assertThat(standing("198.51.101.1")).isEqualTo(NetworkStanding.UNKNOWN);
  }

  @Test
  void ofEqualOnesTheAllowingOneDecides() {
    list.store(List.of(deny("2001:db8::/32"), allow("2001:db8::/32")));
    assertThat(standing("2001:db8::1")).isEqualTo(NetworkStanding.ALLOWED);
    list.store(List.of(deny("2001:db8::/32")));
    list.configure(List.of(Cidr.parse("2001:db8::/32")), List.of());
    assertThat(standing("2001:db8::1")).isEqualTo(NetworkStanding.ALLOWED);
  }

  @Test
  void theFamiliesDoNotMeet() {
    list.store(List.of(deny("0.0.0.0/0")));
    assertThat(standing("203.0.113.9")).isEqualTo(NetworkStanding.DENIED);
    assertThat(standing("::1")).isEqualTo(NetworkStanding.UNKNOWN);
    list.store(List.of(deny("::/0")));
    assertThat(standing("203.0.113.9")).isEqualTo(NetworkStanding.UNKNOWN);
    assertThat(standing("::1")).isEqualTo(NetworkStanding.DENIED);
  }

  @Test
  void whatHasEndedEndsWithoutBeingRead() {
    list.store(
        List.of(
            new Ban(
                Cidr.parse("192.0.2.7"),
                Ban.Kind.DENY,
                "",
                clock.instant(),
                "t",
                Optional.of(clock.instant().plusSeconds(60))),
            allow("192.0.2.0/24")));
    assertThat(standing("192.0.2.7")).isEqualTo(NetworkStanding.DENIED);
    clock.advance(Duration.ofSeconds(60));
    assertThat(standing("192.0.2.7")).isEqualTo(NetworkStanding.ALLOWED);
  }

  @Test
  void theConfigurationIsReplacedApartFromTheDatabase() {
    list.configure(List.of(), List.of(Cidr.parse("192.0.2.0/24")));
    list.store(List.of(deny("198.51.100.0/24")));
    assertThat(list.isDenied(InetAddress.ofLiteral("192.0.2.1"))).isTrue();
    list.configure(List.of(), List.of());
    assertThat(list.isDenied(InetAddress.ofLiteral("192.0.2.1"))).isFalse();
    assertThat(list.isDenied(InetAddress.ofLiteral("198.51.100.1"))).isTrue();
  }

  @Test
  void whoLoggedInIsKnownUnlessAListSaysMore() {
    known.loggedIn("alice", InetAddress.ofLiteral("192.0.2.1"), Duration.ZERO);
    assertThat(standing("192.0.2.99")).isEqualTo(NetworkStanding.KNOWN);
    list.store(List.of(deny("192.0.2.0/24")));
    assertThat(standing("192.0.2.99")).isEqualTo(NetworkStanding.DENIED);
  }

  /** Against the same question asked one network after the other. */
  @Test
  void findsWhatASearchThroughAllFinds() throws UnknownHostException {
    Random random = new Random(7);
    for (int round = 0; round < 60; round++) {
      List<Ban> bans = new ArrayList<>();
      for (int i = 0; i < 40; i++) {
        bans.add(ban(network(random), random.nextBoolean() ? Ban.Kind.DENY : Ban.Kind.ALLOW));
      }
      list.store(bans);
      for (int i = 0; i < 200; i++) {
        InetAddress address = address(random, random.nextBoolean() ? 4 : 16);
        assertThat(standing(address.getHostAddress())).isEqualTo(slowly(bans, address));
      }
    }
  }

  private static NetworkStanding slowly(List<Ban> bans, InetAddress address) {
    return bans.stream()
        .filter(ban -> ban.network().contains(address))
        .max(Comparator.<Ban>comparingInt(ban -> ban.network().prefix()).thenComparing(Ban::kind))
        .map(ban ->
            switch (ban.kind()) {
              case DENY -> NetworkStanding.DENIED;
              case ALLOW -> NetworkStanding.ALLOWED;
            })
        .orElse(NetworkStanding.UNKNOWN);
  }

  /** Few different bits, so that networks and addresses meet. */
  private static InetAddress address(Random random, int length) throws UnknownHostException {
    byte[] bytes = new byte[length];
    for (int i = 0; i < length; i++) {
      bytes[i] = (byte) (random.nextInt(4) == 0 ? 0x81 : 0);
    }
    bytes[0] |= 0x40; // Not an IPv4 address in IPv6's clothes.
    return InetAddress.getByAddress(bytes);
  }

  private static Cidr network(Random random) throws UnknownHostException {
    InetAddress address = address(random, random.nextBoolean() ? 4 : 16);
    byte[] bytes = address.getAddress();
    int prefix = random.nextInt(8 * bytes.length + 1);
    for (int bit = prefix; bit < 8 * bytes.length; bit++) {
      bytes[bit / 8] &= (byte) ~(0x80 >> bit % 8);
    }
    return new Cidr(InetAddress.getByAddress(bytes), prefix);
  }

  private NetworkStanding standing(String address) {
    return list.with(known).standing(InetAddress.ofLiteral(address));
  }

  private static Ban deny(String network) {
    return ban(Cidr.parse(network), Ban.Kind.DENY);
  }

  private static Ban allow(String network) {
    return ban(Cidr.parse(network), Ban.Kind.ALLOW);
  }

  private static Ban ban(Cidr network, Ban.Kind kind) {
    return new Ban(network, kind, "", Instant.EPOCH, "t", Optional.empty());
  }
}
