package dev.postern.deploy.peers;

import static org.assertj.core.api.Assertions.assertThat;

import dev.postern.deploy.peers.PosternSite.Account;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * PostgreSQL is stopped under load and started again: whom the node knows logs in all the time,
 * whom it does not know is asked to come again, nobody is refused. {@code -Dpostern.outage.seconds}
 * (12) says for how long.
 */
@Tag("peers")
class DatabaseOutageTest {
  private static final Duration OUTAGE =
      Duration.ofSeconds(Integer.getInteger("postern.outage.seconds", 12));
  private static final int KNOWN = 20;
  private static final int UNKNOWN = 400;
  private static final String COME_AGAIN = "a NO [UNAVAILABLE]";

  @Test
  void cachedUsersGoOnAndOthersAreAskedToComeAgain() throws Exception {
    try (PeerFolder folder = PeerFolder.make();
        StoppablePostgres database = new StoppablePostgres(folder);
        ImapServerInClear mail = new ImapServerInClear()) {
      PosternSite site =
          PosternSite.make(
              folder, PeerCertificates.make(folder.path()), mail.upstreams(), database.store());
      try (PosternServer postern = site.serve()) {
        List<Account> accounts =
            site.accounts(
                IntStream.range(0, KNOWN + UNKNOWN)
                    .mapToObj("user%03d@example.test"::formatted)
                    .toList(),
                "phone");
        List<Account> known = accounts.subList(0, KNOWN);
        for (Account account : known) {
          try (ImapSession session = ImapSession.attempt(postern.imapInClear(), account)) {
            assertThat(session.reply()).startsWith("a OK");
          }
        }
        try (ImapSession live = ImapSession.attempt(postern.imapInClear(), known.getFirst());
            Load load = new Load(postern.imapInClear(), known)) {
          load.awaitLogins(50);

          database.stop();
          long loggedIn = load.logins();
          Map<String, Integer> replies = new ConcurrentHashMap<>();
          Instant end = Instant.now().plus(OUTAGE);
          int strangers = 0;
          while (Instant.now().isBefore(end) && strangers < UNKNOWN - 1) {
            replies.merge(reply(postern, accounts.get(KNOWN + strangers)), 1, Integer::sum);
            strangers++;
          }
          load.awaitLogins(loggedIn + 50);
          Awaitility.await().atMost(OUTAGE.plusSeconds(30)).until(() -> Instant.now().isAfter(end));
          loggedIn = load.logins() - loggedIn;
          assertThat(live.answersNoop()).isTrue();
          database.start();

          Instant up = Instant.now();
          Account stranger = accounts.getLast();
          Awaitility.await()
              .pollInterval(Duration.ofMillis(50))
              .atMost(Duration.ofSeconds(30))
              .until(() -> isAcceptedAfterAll(postern, stranger, replies));
          Duration recovery = Duration.between(up, Instant.now());
          var _ = site.run("app-password", "revoke", known.getFirst().id());
          Instant revoked = Instant.now();
          Duration revocation = Duration.between(revoked, live.end().get(30, TimeUnit.SECONDS));
          System.out.printf(
              "PostgreSQL stopped for %d s: %d logins of cached users, all let in; %d of others: %s;"
                  + " an uncached user logged in %d ms after it was back;"
                  + " a revocation then took %d ms after its command%n",
              OUTAGE.toSeconds(),
              loggedIn,
              strangers,
              replies,
              recovery.toMillis(),
              revocation.toMillis());

          assertThat(replies.keySet()).allMatch(reply -> reply.startsWith(COME_AGAIN));
          assertThat(strangers).isPositive();
          assertThat(load.refusals()).isEmpty();
          assertThat(recovery).isLessThan(Duration.ofSeconds(10));
          assertThat(revocation).isLessThan(Duration.ofSeconds(10));
        }
      }
    }
  }

  @Test
  void aNodeWithoutItsDatabaseEndsItsSessionsWhenTheGracePeriodIsOver() throws Exception {
    try (PeerFolder folder = PeerFolder.make();
        StoppablePostgres database = new StoppablePostgres(folder);
        ImapServerInClear mail = new ImapServerInClear()) {
      PosternSite site =
          PosternSite.make(
              folder, PeerCertificates.make(folder.path()), mail.upstreams(), database.store());
      String configuration = Files.readString(site.configuration());
      Files.writeString(
          site.configuration(), configuration.replace("guard: {", "guard: { database-grace: 6s,"));
      try (PosternServer postern = site.serve()) {
        Account alice = site.accounts(List.of("alice@example.test"), "phone").getFirst();
        ImapSession live = ImapSession.attempt(postern.imapInClear(), alice);
        assertThat(live.reply()).startsWith("a OK");
        database.stop();

        var _ = live.end().get(60, TimeUnit.SECONDS);
        live.close();

        assertThat(postern.process().printed()).contains("guard.database-grace: 1 sessions end");
        // The row may have been read half a second after the last look at the changes.
        Awaitility.await()
            .atMost(Duration.ofSeconds(5))
            .until(() -> reply(postern, alice).startsWith(COME_AGAIN));
        database.start();
        Awaitility.await()
            .atMost(Duration.ofSeconds(30))
            .until(() -> reply(postern, alice).startsWith("a OK"));
      }
    }
  }

  /** Without the session's id, so that equal replies count as such. */
  private static String reply(PosternServer postern, Account account) {
    try (ImapSession session = ImapSession.attempt(postern.imapInClear(), account)) {
      return session.reply().replaceAll(" \\(session [0-9a-f]+\\)", "");
    }
  }

  private static boolean isAcceptedAfterAll(
      PosternServer postern, Account account, Map<String, Integer> replies) {
    String reply = reply(postern, account);
    if (!reply.startsWith("a OK")) {
      replies.merge(reply, 1, Integer::sum);
    }
    return reply.startsWith("a OK");
  }

  /** Known users that log in and out all the time, two at once. */
  private static final class Load implements AutoCloseable {
    private static final int CLIENTS = 2;

    private final AtomicBoolean isOver = new AtomicBoolean();
    private final AtomicInteger logins = new AtomicInteger();
    private final Map<String, Integer> refusals = new ConcurrentHashMap<>();
    private final ExecutorService clients = Executors.newFixedThreadPool(CLIENTS);

    /** The first of the accounts is left to others. */
    Load(int port, List<Account> accounts) {
      for (int client = 0; client < CLIENTS; client++) {
        int first = client;
        clients.execute(() -> {
          for (int i = first; !isOver.get(); i += CLIENTS) {
            logIn(port, accounts.get(1 + i % (accounts.size() - 1)));
          }
        });
      }
    }

    private void logIn(int port, Account account) {
      try (ImapSession session = ImapSession.attempt(port, account)) {
        if (session.isAccepted()) {
          logins.incrementAndGet();
        } else {
          refusals.merge(session.reply(), 1, Integer::sum);
        }
      } catch (UncheckedIOException notEvenConnected) {
        refusals.merge(notEvenConnected.toString(), 1, Integer::sum);
      }
    }

    int logins() {
      return logins.get();
    }

    void awaitLogins(long count) {
      Awaitility.await().atMost(Duration.ofSeconds(60)).until(() -> logins.get() >= count);
    }

    Map<String, Integer> refusals() {
      return refusals;
    }

    @Override
    public void close() {
      isOver.set(true);
      clients.close();
    }
  }
}
