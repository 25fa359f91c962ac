package dev.postern.deploy.peers;

import static org.assertj.core.api.Assertions.assertThat;

import dev.postern.deploy.peers.PosternSite.Account;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Two gateways on one PostgreSQL, whose pepper is replaced by the command line while they run. */
@Tag("peers")
class KeysOnTwoNodesTest {
  private static final Duration FOLLOWED = Duration.ofSeconds(30);
  private static final String UNDER =
      "SELECT COUNT(*) FROM app_passwords WHERE state = 'active' AND secret LIKE '%%k=%s%%'";

  @Test
  void aPepperIsReplacedOnBothAndItsEndRevokesWhatWasNotRekeyed() throws Exception {
    try (PeerFolder folder = PeerFolder.make();
        StoppablePostgres database = new StoppablePostgres(folder);
        ImapServerInClear mail = new ImapServerInClear()) {
      PosternSite site =
          PosternSite.make(
              folder, PeerCertificates.make(folder.path()), mail.upstreams(), database.store());
      List<Account> old;
      String added;
      try (PosternServer one = site.serve("before")) {
        old =
            site.accounts(
                List.of("alice@example.test", "bob@example.test", "carol@example.test"), "phone");
        assertThat(reply(one, old.getFirst())).startsWith("a OK");
        added = site.run("keys", "add", "pepper").get("key").asString();
        // The node that runs read the file before.
        Program.Result refused =
            Program.run(
                site.command("keys", "activate", "pepper", added),
                "",
                Duration.ofMinutes(1),
                Map.of());
        assertThat(refused.exit()).isNotZero();
      }
      try (PosternServer one = site.serve("one");
          PosternServer two = site.serve("two")) {
        var _ = site.run("keys", "activate", "pepper", added);
        Account dave = site.account("dave@example.test");
        assertThat(database.ask(UNDER.formatted(added))).isEqualTo(1);
        assertThat(reply(one, dave)).startsWith("a OK");
        assertThat(reply(two, dave)).startsWith("a OK");

        // One re-keys on each node; carol never comes.
        assertThat(reply(one, old.get(0))).startsWith("a OK");
        assertThat(reply(two, old.get(1))).startsWith("a OK");
        Awaitility.await()
            .atMost(FOLLOWED)
            .until(() -> {
              // A node that has not followed yet re-keys at the next login.
              assertThat(reply(one, old.get(0))).startsWith("a OK");
              assertThat(reply(two, old.get(1))).startsWith("a OK");
              return database.ask(UNDER.formatted(added)) == 3;
            });
        assertThat(reply(two, old.get(0))).startsWith("a OK");

        String retired =
            Program.run(
                    site.command("keys", "retire", "pepper", "p1", "--by", "now"),
                    "",
                    Duration.ofMinutes(1),
                    Map.of())
                .succeeded()
                .out();
        assertThat(retired).contains(old.get(2).id()).doesNotContain(old.get(0).id());
        for (PosternServer node : List.of(one, two)) {
          Awaitility.await()
              .atMost(FOLLOWED)
              .until(() -> reply(node, old.get(2)).startsWith("a NO [AUTHENTICATIONFAILED]"));
          assertThat(reply(node, old.get(1))).startsWith("a OK");
        }

        // Without the pepper in the file those that run go on, and none starts.
        Path peppers = folder.path().resolve("secrets/pepper");
        String first = Files.readString(peppers).lines().findFirst().orElseThrow();
        Files.writeString(peppers, first + "\n");
        assertThat(reply(one, dave)).startsWith("a OK");
        Program.Result start =
            Program.run(site.command("serve"), "", Duration.ofMinutes(1), Map.of());
        assertThat(start.exit()).isNotZero();
        assertThat(start.out() + start.err()).contains("needs the pepper " + added);
      }
    }
  }

  private static String reply(PosternServer postern, Account account) {
    try (ImapSession session = ImapSession.attempt(postern.imapInClear(), account)) {
      return session.reply();
    }
  }
}
