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

/** A real Postfix takes our word for who logs in, beside us and by our certificate. */
@Tag("peers")
class TrustedTest {
  private static final String CLIENT = "127.0.0.9";

  @Test
  void postfixTakesOurWordAndNobodyElses() throws IOException {
    List<String> users =
        List.of("loopback@example.test", "unwatched@example.test", "known@example.test");
    try (MailHouse house = MailHouse.openTrusting(users)) {
      try (PosternServer postern = house.site().serve()) {
        send(house, postern, "loopback@example.test", "beside", "cut");
        send(house, postern, "unwatched@example.test", "unwatched", "550");
        send(house, postern, "known@example.test", "known", "550");
      }
      Path postfix = house.folder().path().resolve("postfix/mail.log");
      Awaitility.await()
          .atMost(Duration.ofSeconds(20))
          .untilAsserted(() -> {
            for (String user : users) {
              assertThat(Files.readString(postfix))
                  .containsPattern(
                      "client=unknown\\["
                          + CLIENT
                          + "], sasl_method=XCLIENT, sasl_username="
                          + user);
            }
            assertThat(Files.readString(postfix)).doesNotContain("sasl_method=PLAIN");
          });
    }
  }

  private static void send(
      MailHouse house, PosternServer postern, String user, String upstream, String answer) {
    Account account = house.site().account(user, "--upstream", upstream);
    Program.run(
            List.of(
                "python3",
                Path.of("src/test/resources/peers/trusted.py").toString(),
                house.certificates().ca().toString(),
                String.valueOf(postern.submissions()),
                account.user(),
                CLIENT,
                answer),
            account.password() + "\n",
            Duration.ofMinutes(2),
            Map.of())
        .succeeded();
  }
}
