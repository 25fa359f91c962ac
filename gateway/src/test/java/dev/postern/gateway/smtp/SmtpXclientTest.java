package dev.postern.gateway.smtp;

import static org.assertj.core.api.Assertions.assertThat;

import dev.postern.gateway.dialogue.ClientIdentity;
import dev.postern.gateway.dialogue.ClientIdentity.Endpoint;
import dev.postern.gateway.dialogue.ClientName;
import java.util.Deque;
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

  private static Deque<String> commands(String helo, Set<String> offered) {
    return SmtpXclient.commands(
        new ClientIdentity(
            "0a1b2c3d4e",
            new Endpoint("2001:db8:ffff:ffff:ffff:ffff:ffff:ffff", 51234),
            new Endpoint("2001:db8:ffff:ffff:ffff:ffff:ffff:fffe", 465),
            true,
            ClientName.clean(helo)),
        offered);
  }

  @ParameterizedTest
  @ValueSource(strings = {"a", "ü", "漢", "😀", "+", "= ", "\"\\"})
  void everyCommandFitsALineWhateverTheClientCallsItself(String letter) {
    Deque<String> all = commands(letter.repeat(600), ALL);
    Deque<String> alone = commands(letter.repeat(600), Set.of("HELO", "ADDR"));

    assertThat(all).allMatch(command -> command.length() <= SmtpXclient.LINE_LIMIT);
    assertThat(alone).allMatch(command -> command.length() <= SmtpXclient.LINE_LIMIT);
    assertThat(all)
        .allMatch(command -> command.matches("XCLIENT( [A-Z-]+=([!-*,-<>-~]|\\+[0-9A-F]{2})+)+"));
    assertThat(all.getLast()).endsWith(" ADDR=IPV6:2001:db8:ffff:ffff:ffff:ffff:ffff:ffff");
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
    String said = String.join("\n", commands(helo, ALL));

    assertThat(said.split(" ADDR=", -1)).hasSize(2);
    assertThat(commands(helo, ALL)).hasSizeLessThanOrEqualTo(2);
    assertThat(said).doesNotContain("LOGIN=");
  }

  @Test
  void aNameIsCutBetweenCharacters() {
    assertThat(commands("漢".repeat(64), ALL))
        .anyMatch(c -> c.matches(".* HELO=(\\+E6\\+BC\\+A2)+ .*"));
  }
}
