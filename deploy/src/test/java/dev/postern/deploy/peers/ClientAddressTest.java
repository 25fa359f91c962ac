package dev.postern.deploy.peers;

import static org.assertj.core.api.Assertions.assertThat;

import dev.postern.deploy.peers.PosternSite.Account;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Real servers know who is behind Postern, and believe Postern alone. */
@Tag("peers")
class ClientAddressTest {
  private static final String CLIENT = "127.0.0.9";
  private static final String FORGED = "198.51.100.7";

  @Test
  void theServersLogTheClientAndBelieveNothingThatItClaims() throws IOException {
    try (MailHouse house = MailHouse.open(List.of("told@example.test"))) {
      try (PosternServer postern = house.site().serve()) {
        Account told = house.site().account("told@example.test", "--upstream", "told");
        Program.run(
                List.of(
                    "python3",
                    Path.of("src/test/resources/peers/address.py").toString(),
                    house.certificates().ca().toString(),
                    String.valueOf(postern.imaps()),
                    String.valueOf(postern.pop3s()),
                    String.valueOf(postern.submissions()),
                    told.user(),
                    CLIENT,
                    FORGED),
                told.password() + "\n",
                Duration.ofMinutes(2),
                Map.of())
            .succeeded();
      }
      Path dovecot = house.folder().path().resolve("dovecot/dovecot.log");
      Path postfix = house.folder().path().resolve("postfix/mail.log");
      Awaitility.await()
          .atMost(Duration.ofSeconds(20))
          .untilAsserted(() -> {
            assertThat(Files.readString(dovecot))
                .containsPattern("imap-login: .*Login: user=<told@example.test>.* rip=" + CLIENT)
                .containsPattern("pop3-login: .*Login: user=<told@example.test>.* rip=" + CLIENT)
                .doesNotContain(FORGED);
            assertThat(Files.readString(postfix))
                .containsPattern("client=\\S*\\[" + CLIENT + "], sasl_method=PLAIN")
                .doesNotContain(FORGED);
          });
    }
  }
}
