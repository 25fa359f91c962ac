package dev.postern.gateway.net;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelPromise;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.util.concurrent.Ticker;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class ConnectRaceTest {
  private final EmbeddedChannel clock = new EmbeddedChannel();
  private final AddressOrder order = new AddressOrder(Ticker.newMockTicker());
  private final Map<String, ChannelPromise> attempts = new LinkedHashMap<>();
  private final List<Channel> won = new ArrayList<>();
  private final List<Throwable> lost = new ArrayList<>();
  private final ConnectRace race =
      new ConnectRace(
          clock.eventLoop(),
          order,
          this::connect,
          new ConnectRace.Finish() {
            @Override
            public void won(Channel channel) {
              won.add(channel);
            }

            @Override
            public void lost(Throwable why) {
              lost.add(why);
            }
          });

  private ChannelFuture connect(InetSocketAddress address) {
    ChannelPromise attempt = new EmbeddedChannel().newPromise();
    attempts.put(address.getAddress().getHostAddress(), attempt);
    return attempt;
  }

  @Test
  void theNextOneIsTriedWhenTheFirstTakesAQuarterOfASecond() {
    start("10.0.0.1", "10.0.0.2", "10.0.0.3");
    after(249);
    assertThat(attempts).containsOnlyKeys("10.0.0.1");
    after(1);
    assertThat(attempts).containsOnlyKeys("10.0.0.1", "10.0.0.2");
    after(250);
    assertThat(attempts).containsOnlyKeys("10.0.0.1", "10.0.0.2", "10.0.0.3");
  }

  @Test
  void theNextOneIsTriedAtOnceWhenOneFails() {
    start("10.0.0.1", "10.0.0.2", "10.0.0.3");
    fail("10.0.0.1");
    assertThat(attempts).containsOnlyKeys("10.0.0.1", "10.0.0.2");
    after(249);
    assertThat(attempts).as("it has a head start of its own").hasSize(2);
    after(1);
    assertThat(attempts).hasSize(3);
  }

  @Test
  void theFirstToConnectWinsAndTheOthersAreClosed() {
    start("10.0.0.1", "10.0.0.2", "10.0.0.3");
    after(250);
    succeed("10.0.0.2");
    assertThat(won).containsExactly(channel("10.0.0.2"));
    assertThat(channel("10.0.0.1").isOpen()).isFalse();
    assertThat(channel("10.0.0.2").isOpen()).isTrue();

    fail("10.0.0.1");
    after(10_000);
    assertThat(attempts).as("nobody is tried any more").hasSize(2);
    assertThat(won).hasSize(1);
    assertThat(lost).isEmpty();
  }

  @Test
  void whoConnectsTooLateCountsForNothing() {
    start("10.0.0.1", "10.0.0.2");
    after(250);
    succeed("10.0.0.2");
    succeed("10.0.0.1");
    assertThat(won).containsExactly(channel("10.0.0.2"));
    assertThat(channel("10.0.0.1").isOpen()).isFalse();
  }

  @Test
  void itIsLostWhenTheLastOneFails() {
    start("10.0.0.1", "10.0.0.2");
    fail("10.0.0.1");
    assertThat(lost).isEmpty();
    fail("10.0.0.2");
    assertThat(lost).singleElement().hasToString("java.io.IOException: 10.0.0.2");
    assertThat(won).isEmpty();
  }

  @Test
  void whoFailedAndWhoLaggedStandBehindTheOthers() {
    start("10.0.0.1", "10.0.0.2", "10.0.0.3", "10.0.0.4");
    fail("10.0.0.1");
    after(250);
    after(250);
    succeed("10.0.0.3");
    for (int i = 0; i < 4; i++) {
      assertThat(
              order
                  .of(
                      addresses("10.0.0.1", "10.0.0.2", "10.0.0.3", "10.0.0.4").stream()
                          .map(InetSocketAddress::getAddress)
                          .toList(),
                      25)
                  .subList(0, 2))
          .as("the last was under way after the winner, and has not lagged")
          .containsExactlyInAnyOrderElementsOf(addresses("10.0.0.3", "10.0.0.4"));
    }
  }

  @Test
  void nobodyIsToldOfWhatIsCancelled() {
    start("10.0.0.1", "10.0.0.2", "10.0.0.3");
    after(250);
    race.cancel();
    assertThat(channel("10.0.0.1").isOpen()).isFalse();
    assertThat(channel("10.0.0.2").isOpen()).isFalse();
    fail("10.0.0.1");
    fail("10.0.0.2");
    after(10_000);
    assertThat(attempts).hasSize(2);
    assertThat(lost).isEmpty();
  }

  @Test
  void aSingleAddressNeedsNoTimer() {
    start("10.0.0.1");
    assertThat(clock.hasPendingTasks()).isFalse();
    succeed("10.0.0.1");
    assertThat(won).hasSize(1);
  }

  private void start(String... addresses) {
    clock.freezeTime();
    race.start(addresses(addresses));
  }

  private static List<InetSocketAddress> addresses(String... literals) {
    List<InetSocketAddress> addresses = new ArrayList<>();
    for (String literal : literals) {
      try {
        addresses.add(new InetSocketAddress(InetAddress.getByName(literal), 25));
      } catch (UnknownHostException e) {
        throw new IllegalArgumentException(e);
      }
    }
    return addresses;
  }

  private void after(long millis) {
    clock.advanceTimeBy(millis, TimeUnit.MILLISECONDS);
    clock.runScheduledPendingTasks();
  }

  private void succeed(String address) {
    attempt(address).trySuccess();
  }

  private void fail(String address) {
    attempt(address).tryFailure(new IOException(address));
  }

  private Channel channel(String address) {
    return attempt(address).channel();
  }

  private ChannelPromise attempt(String address) {
    return Optional.ofNullable(attempts.get(address)).orElseThrow();
  }
}
