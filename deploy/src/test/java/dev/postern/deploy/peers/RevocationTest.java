package dev.postern.deploy.peers;

import static org.assertj.core.api.Assertions.assertThat;

import dev.postern.deploy.peers.PosternSite.Account;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** {@code postern app-password revoke} while the server runs. */
@Tag("peers")
class RevocationTest {
  private static final String ALICE = "alice@example.test";
  private static final Duration WITHIN = Duration.ofSeconds(10);

  @Test
  void refusesTheNextLoginsOnSqlite() throws IOException {
    revokesWhileServing("  database: \"sqlite:postern.db\"");
  }

  @Test
  void refusesTheNextLoginsOnPostgresql() throws IOException {
    try (EmbeddedPostgres database = EmbeddedPostgres.start()) {
      revokesWhileServing(
          "  database: \"postgresql://postgres@127.0.0.1:" + database.getPort() + "/postgres\"");
    }
  }

  private static void revokesWhileServing(String store) throws IOException {
    try (MailHouse house = MailHouse.open(List.of(ALICE), store)) {
      try (PosternServer postern = house.site().serve()) {
        Account alice = house.site().account(ALICE);
        try (ImapLogin live = login(house, postern, alice)) {
          assertThat(live.reply()).startsWith("a OK");

          house.site().run("app-password", "revoke", alice.id());

          // The clock starts when the command has ended: the change is in the database then.
          long changed = System.nanoTime();
          while (isAccepted(house, postern, alice)) {
            assertThat(Duration.ofNanos(System.nanoTime() - changed)).isLessThan(WITHIN);
          }
          assertThat(isAccepted(house, postern, alice)).isFalse();
          live.awaitEnd();
        }
      }
    }
  }

  private static boolean isAccepted(MailHouse house, PosternServer postern, Account account) {
    try (ImapLogin login = login(house, postern, account)) {
      return login.isAccepted();
    }
  }

  private static ImapLogin login(MailHouse house, PosternServer postern, Account account) {
    return ImapLogin.attempt(house.certificates(), postern.imaps(), account);
  }
}
