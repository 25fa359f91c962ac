package dev.postern.gateway.net;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.util.concurrent.MockTicker;
import io.netty.util.concurrent.Ticker;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class AddressOrderTest {
  private final MockTicker ticker = Ticker.newMockTicker();
  private final AddressOrder order = new AddressOrder(ticker);

  @Test
  void theOnlyAddressIsTheFirst() {
    assertThat(of("192.0.2.1")).containsExactly("192.0.2.1");
    order.failed(at("192.0.2.1"));
    assertThat(of("192.0.2.1")).containsExactly("192.0.2.1");
  }

  @Test
  void familiesTakeTurnsAndThatOfTheFirstAnswerBegins() {
    assertThat(of("2001:db8::1", "2001:db8::2", "192.0.2.1", "192.0.2.2"))
        .containsExactly("2001:db8::1", "192.0.2.1", "2001:db8::2", "192.0.2.2");
    assertThat(of("192.0.2.1", "2001:db8::1", "2001:db8::2", "2001:db8::3").getFirst())
        .isEqualTo("192.0.2.1");
  }

  @Test
  void loadIsSpreadInsideAFamily() {
    Map<String, Integer> firsts = new HashMap<>();
    for (int i = 0; i < 30; i++) {
      firsts.merge(of("192.0.2.1", "192.0.2.2", "192.0.2.3").getFirst(), 1, Integer::sum);
    }
    assertThat(firsts).isEqualTo(Map.of("192.0.2.1", 10, "192.0.2.2", 10, "192.0.2.3", 10));
  }

  @Test
  void whereOneFailedTheOneThatConnectedComesFirst() {
    order.failed(at("192.0.2.1"));
    order.connected(at("192.0.2.2"));
    for (int i = 0; i < 4; i++) {
      assertThat(of("192.0.2.1", "192.0.2.2")).containsExactly("192.0.2.2", "192.0.2.1");
    }
    order.failed(at("2001:db8::1"));
    assertThat(of("2001:db8::1", "192.0.2.2")).containsExactly("192.0.2.2", "2001:db8::1");
  }

  @Test
  void aFailureIsForgottenAfterAMinuteOrWithAConnection() {
    order.failed(at("192.0.2.1"));
    ticker.advance(AddressOrder.REMEMBERED.toMillis(), TimeUnit.MILLISECONDS);
    assertThat(firsts()).containsOnly("192.0.2.2");
    ticker.advance(1, TimeUnit.MILLISECONDS);
    assertThat(firsts()).contains("192.0.2.1");

    order.failed(at("192.0.2.1"));
    order.connected(at("192.0.2.1"));
    assertThat(firsts()).contains("192.0.2.1");
  }

  @Test
  void notMoreThanEightAreTried() {
    List<String> many = new ArrayList<>();
    IntStream.range(1, 12).forEach(i -> many.add("192.0.2." + i));
    assertThat(of(many.toArray(String[]::new))).hasSize(8);
    assertThat(of("192.0.2.1", "192.0.2.1")).hasSize(1);
  }

  @Test
  void notMoreThanAThousandFailuresAreRemembered() {
    IntStream.range(0, 2000).forEach(i -> order.failed(at("10.0." + i / 250 + "." + i % 250)));
    order.failed(at("192.0.2.1"));
    assertThat(firsts()).as("it is not remembered").contains("192.0.2.1");

    ticker.advance(2, TimeUnit.MINUTES);
    order.failed(at("192.0.2.1"));
    assertThat(firsts()).containsOnly("192.0.2.2");
  }

  private List<String> firsts() {
    return IntStream.range(0, 4).mapToObj(_ -> of("192.0.2.1", "192.0.2.2").getFirst()).toList();
  }

  private List<String> of(String... addresses) {
    List<InetAddress> found = new ArrayList<>();
    for (String address : addresses) {
      found.add(at(address).getAddress());
    }
    return order.of(found, 993).stream().map(AddressOrderTest::text).toList();
  }

  private static String text(InetSocketAddress address) {
    assertThat(address.getPort()).isEqualTo(993);
    return address.getAddress().getHostAddress().replace(":0:0:0:0:0:", "::");
  }

  private static InetSocketAddress at(String literal) {
    try {
      return new InetSocketAddress(InetAddress.getByName(literal), 993);
    } catch (UnknownHostException e) {
      throw new IllegalArgumentException(e);
    }
  }
}
