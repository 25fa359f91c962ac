package dev.postern.store.auth;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.InetAddress;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class CidrTest {

  @ParameterizedTest
  @CsvSource({
    "192.0.2.0/24, 192.0.2.255, true",
    "192.0.2.0/24, 192.0.3.0, false",
    "192.0.2.0/23, 192.0.3.255, true",
    "192.0.2.8/30, 192.0.2.11, true",
    "192.0.2.8/30, 192.0.2.12, false",
    "192.0.2.1, 192.0.2.1, true",
    "192.0.2.1, 192.0.2.2, false",
    "0.0.0.0/0, 203.0.113.9, true",
    "0.0.0.0/0, 2001:db8::1, false",
    "2001:db8::/32, 2001:db8:ffff::1, true",
    "2001:db8::/33, 2001:db8:8000::1, false",
    "::/0, 192.0.2.1, false"
  })
  void holdsTheAddressesBehindItsPrefix(String network, String address, boolean isIn) {
    assertThat(Cidr.parse(network).contains(InetAddress.ofLiteral(address))).isEqualTo(isIn);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "example.com",
        "192.0.2.1/24",
        "192.0.2.0/33",
        "192.0.2.0/-1",
        "192.0.2.0/x",
        "192.0.2.0/24/8",
        "2001:db8::/129",
        "2001:db8::1/64",
        "fe80::1%eth0",
        "1",
        "1.2.3",
        "1.2.3/24",
        "010.1.2.3",
        "192.0.2.00",
        "192.0.2.0/+24",
        "192.0.2.0/024",
        "192.0.2.0/\u0662\u0664",
        "2001",
        "abcd",
        "64:ff9b::1.2.3",
        "64:ff9b::010.1.2.3"
      })
  void refusesWhatIsNoNetwork(String text) {
    assertThatThrownBy(() -> Cidr.parse(text)).isInstanceOf(IllegalArgumentException.class);
  }

  @ParameterizedTest
  @ValueSource(strings = {"192.0.2.0/24", "10.0.0.1/32", "0.0.0.0/0"})
  void readsWhatItPrints(String text) {
    assertThat(Cidr.parse(text)).hasToString(text);
    assertThat(Cidr.parse(Cidr.parse("2001:db8::/32").toString()))
        .isEqualTo(Cidr.parse("2001:db8::/32"));
  }
}
