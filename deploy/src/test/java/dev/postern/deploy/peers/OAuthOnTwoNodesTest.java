package dev.postern.deploy.peers;

import static org.assertj.core.api.Assertions.assertThat;

import dev.postern.deploy.config.ConfigLoader;
import dev.postern.deploy.peers.PosternSite.Account;
import dev.postern.deploy.peers.RotatingIssuer.Old;
import dev.postern.deploy.peers.RotatingIssuer.Point;
import dev.postern.store.Store;
import java.nio.file.Files;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Two gateways on one PostgreSQL, one user whose access token has run out on both, and a provider
 * that takes a refresh token once: all who log in together wait for one refresh.
 */
@Tag("peers")
class OAuthOnTwoNodesTest {
  /** On each node. */
  private static final int LOGINS = 200;

  private static final Duration SHORT_LIFE = Duration.ofSeconds(2);
  private static final String ALICE = "alice@example.test";

  @Test
  void fourHundredLoginsAtOnceAreOneRefresh() throws Exception {
    try (PeerFolder folder = PeerFolder.make();
        StoppablePostgres database = new StoppablePostgres(folder);
        RotatingIssuer issuer = new RotatingIssuer();
        ImapServerInClear mail = new ImapServerInClear(issuer::letsIn)) {
      PosternSite site = site(folder, database, mail.upstreams(issuer.login()));
      try (PosternServer one = site.serve("one");
          PosternServer two = site.serve("two")) {
        Account alice = site.accounts(List.of(ALICE), "phone").getFirst();
        try (Store store =
            Store.open(
                new ConfigLoader(System.getenv()).load(site.configuration()).store(),
                Store.Schema.REQUIRE_CURRENT,
                Clock.systemUTC())) {
          issuer.connect(store, ALICE, Old.VOID);
        }
        issuer.tokensLive(SHORT_LIFE);
        for (PosternServer node : List.of(one, two)) {
          Awaitility.await("the node has heard of the consent")
              .atMost(Duration.ofSeconds(30))
              .until(() -> isLetIn(node, alice));
        }
        Instant expired = Instant.now().plus(SHORT_LIFE);
        Awaitility.await().until(() -> Instant.now().isAfter(expired));
        issuer.tokensLive(Duration.ofHours(1));

        int before = issuer.asked(ALICE);
        CountDownLatch sent = new CountDownLatch(2 * LOGINS);
        issuer.watch(
            ALICE,
            point -> {
              if (point == Point.ASKED) {
                await(sent);
              }
            });
        assertThat(together(List.of(one, two), alice, sent)).hasSize(2 * LOGINS).containsOnly("in");
        assertThat(issuer.asked(ALICE) - before).isEqualTo(1);
      }
    }
  }

  private static PosternSite site(PeerFolder folder, StoppablePostgres database, String upstreams)
      throws Exception {
    PosternSite site =
        PosternSite.make(folder, PeerCertificates.make(folder.path()), upstreams, database.store());
    Files.writeString(
        site.configuration(),
        Files.readString(site.configuration())
            .replace(
                "guard: {",
                "guard: { sessions: { per-credential: 1000, per-user: 1000,"
                    + " per-user-and-network: 1000 }, before-login: { per-address: 1000 },"));
    return site;
  }

  private static boolean isLetIn(PosternServer node, Account account) {
    try (ImapSession session = ImapSession.attempt(node.imapInClear(), account)) {
      return session.isAccepted();
    }
  }

  /** {@code in}, or the reply, for each login. */
  private static List<String> together(
      List<PosternServer> nodes, Account account, CountDownLatch sent) throws Exception {
    List<Future<String>> replies = new ArrayList<>();
    try (ExecutorService clients = Executors.newVirtualThreadPerTaskExecutor()) {
      for (PosternServer node : nodes) {
        for (int i = 0; i < LOGINS; i++) {
          replies.add(
              clients.submit(() -> {
                sent.countDown();
                try (ImapSession session = ImapSession.attempt(node.imapInClear(), account)) {
                  return session.isAccepted() ? "in" : session.reply();
                }
              }));
        }
      }
      List<String> said = new ArrayList<>();
      for (Future<String> reply : replies) {
        said.add(reply.get());
      }
      return said;
    }
  }

  private static void await(CountDownLatch sent) {
    try {
      assertThat(sent.await(30, TimeUnit.SECONDS)).isTrue();
    } catch (InterruptedException stopped) {
      Thread.currentThread().interrupt();
    }
  }
}
