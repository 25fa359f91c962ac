package dev.postern.gateway.smtp;

import static org.assertj.core.api.Assertions.assertThat;

import dev.postern.gateway.dialogue.ClientIdentity;
import dev.postern.gateway.dialogue.ClientIdentity.Endpoint;
import dev.postern.gateway.dialogue.ClientName;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SmtpXclientTest {
  private static final Set<String> ALL =
      Set.of(
          "NAME",
          "ADDR",
          "PORT",
          "PROTO",
          "HELO",
          "LOGIN",
          "DESTADDR",
          "DESTPORT",
          "SESSION",
          "TTL",
          "CLIENT-TRANSPORT");

  private static String command(String helo, Set<String> offered) {
    return SmtpXclient.command(
            new ClientIdentity(
                "0a1b2c3d4e",
                new Endpoint("2001:db8:ffff:ffff:ffff:ffff:ffff:ffff", 51234),
                new Endpoint("2001:db8:ffff:ffff:ffff:ffff:ffff:fffe", 465),
                true,
                ClientName.clean(helo)),
            offered)
        .orElseThrow();
  }

  @ParameterizedTest
  @ValueSource(strings = {"a", "ü", "漢", "😀", "+", "= ", "\"\\"})
  void fitsALineWhateverTheClientCallsItself(String letter) {
    String command = command(letter.repeat(600), ALL);

    assertThat(command)
        .hasSizeLessThanOrEqualTo(510)
        .matches("XCLIENT( [A-Z-]+=([!-*,-<>-~]|\\+[0-9A-F]{2})+)+")
        .endsWith(" ADDR=IPV6:2001:db8:ffff:ffff:ffff:ffff:ffff:ffff");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "x ADDR=198.51.100.7",
        "x\r\nXCLIENT ADDR=198.51.100.7",
        "x+20ADDR=198.51.100.7",
        "[UNAVAILABLE] LOGIN=root"
      })
  void aNameBringsNoAttributesOfItsOwn(String helo) {
    String said = command(helo, ALL);

    assertThat(said.split(" ADDR=", -1)).hasSize(2);
    assertThat(said).doesNotContain("LOGIN=", "\n");
  }

  @Test
  void aNameIsCutBetweenCharacters() {
    assertThat(command("漢".repeat(64), ALL)).matches(".* HELO=(\\+E6\\+BC\\+A2)+ .*");
  }
}
