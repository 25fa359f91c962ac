package dev.postern.deploy.peers;

import static org.assertj.core.api.Assertions.assertThat;

import dev.postern.deploy.peers.PosternSite.Account;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Predicate;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Two gateways on one PostgreSQL, a thousand live sessions, one app password or user changed
 * through the command line: exactly the sessions end that are not allowed any more, on both, within
 * a second after most of the changes, so that one busy moment of the machine decides nothing. The
 * second is counted from when the change was written, which is a little before the commit.
 */
@Tag("peers")
class TwoNodesTest {
  private static final Duration WITHIN = Duration.ofSeconds(1);

  /** For any session after any change. */
  private static final Duration AT_MOST = Duration.ofSeconds(30);

  private static final int USERS = 100;

  /** Of each user's first app password on each node; of the second it is one. */
  private static final int SESSIONS = 4;

  /** Ends the connections on which the nodes hear of changes. */
  private static final String CUT =
      "SELECT COUNT(pg_terminate_backend(pid)) FROM pg_stat_activity"
          + " WHERE application_name = 'postern-changes'";

  /** How long it took after each change until most of its sessions had ended. */
  private final List<Duration> delays = new ArrayList<>();

  @Test
  void revokingOneAppPasswordEndsExactlyItsSessionsOnBoth() throws Exception {
    try (PeerFolder folder = PeerFolder.make();
        StoppablePostgres database = new StoppablePostgres(folder);
        ImapServerInClear mail = new ImapServerInClear()) {
      PosternSite site =
          PosternSite.make(
              folder, PeerCertificates.make(folder.path()), mail.upstreams(), database.store());
      try (PosternServer one = site.serve("one");
          PosternServer two = site.serve("two")) {
        List<String> users =
            IntStream.range(0, USERS).mapToObj("user%03d@example.test"::formatted).toList();
        List<Account> phones = site.accounts(users, "phone");
        List<Account> laptops = site.accounts(users, "laptop");
        List<ImapSession> sessions = open(List.of(one, two), phones, laptops);
        try {
          assertThat(sessions)
              .hasSize(2 * USERS * (SESSIONS + 1))
              .allMatch(ImapSession::isAccepted);

          long before = newest(database);
          Instant done = run(site, "app-password", "revoke", phones.get(7).id());
          sessions = assertEnded("revoked", sessions, of(phones.get(7)), database, before, done);

          before = newest(database);
          try (ExecutorService scissors = Executors.newVirtualThreadPerTaskExecutor()) {
            CompletableFuture<Instant> revoked = new CompletableFuture<>();
            Future<Long> cuts = scissors.submit(() -> cutUntil(revoked, database));
            done = run(site, "app-password", "revoke", phones.get(42).id());
            revoked.complete(done);
            assertThat(cuts.get()).as("connections that were cut").isGreaterThanOrEqualTo(2);
          }
          sessions =
              assertEnded(
                  "revoked, LISTEN cut", sessions, of(phones.get(42)), database, before, done);

          before = newest(database);
          done = run(site, "app-password", "suspend", phones.get(11).id(), "--reason", "lost");
          sessions = assertEnded("suspended", sessions, of(phones.get(11)), database, before, done);

          before = newest(database);
          String leaver = users.get(12);
          done = run(site, "user", "disable", leaver, "--reason", "left");
          sessions =
              assertEnded(
                  "user disabled",
                  sessions,
                  session -> session.account().user().equals(leaver),
                  database,
                  before,
                  done);

          before = newest(database);
          done = run(site, "app-password", "set", phones.get(13).id(), "--for", "send");
          sessions = assertEnded("narrowed", sessions, of(phones.get(13)), database, before, done);

          before = newest(database);
          String removed = users.get(14);
          done = run(site, "user", "remove", removed);
          sessions =
              assertEnded(
                  "user removed",
                  sessions,
                  session -> session.account().user().equals(removed),
                  database,
                  before,
                  done);

          assertThat(delays.stream().sorted().toList().get(delays.size() / 2)).isLessThan(WITHIN);
          for (PosternServer node : List.of(one, two)) {
            for (Account gone :
                List.of(
                    phones.get(7),
                    phones.get(42),
                    phones.get(11),
                    laptops.get(12),
                    phones.get(13),
                    laptops.get(14))) {
              try (ImapSession again = ImapSession.attempt(node.imapInClear(), gone)) {
                assertThat(again.reply()).startsWith("a NO [AUTHENTICATIONFAILED]");
              }
            }
            assertThat(
                    Program.run("curl", "-s", "http://127.0.0.1:" + node.metrics() + "/metrics")
                        .out())
                .contains("postern_revocation_seconds_count " + (6 * SESSIONS + 2));
          }
        } finally {
          sessions.forEach(ImapSession::close);
        }
      }
    }
  }

  private static List<ImapSession> open(
      List<PosternServer> nodes, List<Account> phones, List<Account> laptops) throws Exception {
    List<Future<ImapSession>> opened = new ArrayList<>();
    // A few at a time: all logins of a node share its threads for look-ups.
    try (ExecutorService clients = Executors.newFixedThreadPool(20)) {
      for (PosternServer node : nodes) {
        Stream.concat(
                phones.stream().flatMap(phone -> Stream.generate(() -> phone).limit(SESSIONS)),
                laptops.stream())
            .forEach(account ->
                opened.add(clients.submit(() -> ImapSession.attempt(node.imapInClear(), account))));
      }
      List<ImapSession> sessions = new ArrayList<>();
      for (Future<ImapSession> session : opened) {
        sessions.add(session.get());
      }
      return sessions;
    }
  }

  /** When the command had ended. */
  private static Instant run(PosternSite site, String... command) {
    var _ = site.run(command);
    return Instant.now();
  }

  private static Predicate<ImapSession> of(Account account) {
    return session -> session.account().equals(account);
  }

  private static long cutUntil(CompletableFuture<Instant> revoked, StoppablePostgres database)
      throws Exception {
    long cuts = 0;
    while (true) {
      cuts += database.ask(CUT);
      try {
        var _ = revoked.get(20, TimeUnit.MILLISECONDS);
        return cuts;
      } catch (TimeoutException notYet) {
        // Again, so that one of them falls into the commit.
      }
    }
  }

  private static long newest(StoppablePostgres database) {
    return database.ask("SELECT number FROM change_counter");
  }

  /** The sessions that are left. */
  private List<ImapSession> assertEnded(
      String what,
      List<ImapSession> sessions,
      Predicate<ImapSession> isMeant,
      StoppablePostgres database,
      long before,
      Instant done)
      throws ExecutionException, InterruptedException, TimeoutException {
    List<ImapSession> its = sessions.stream().filter(isMeant).toList();
    List<ImapSession> others = sessions.stream().filter(isMeant.negate()).toList();
    assertThat(its).hasSizeGreaterThanOrEqualTo(2 * SESSIONS);
    List<Instant> ends = new ArrayList<>();
    for (ImapSession session : its) {
      ends.add(session.end().get(AT_MOST.toSeconds(), TimeUnit.SECONDS));
    }
    Instant committed =
        Instant.ofEpochMilli(database.ask("SELECT MIN(at) FROM changes WHERE number > " + before));
    Instant first = ends.stream().min(Comparator.naturalOrder()).orElseThrow();
    Instant last = ends.stream().max(Comparator.naturalOrder()).orElseThrow();
    System.out.printf(
        "%s: %d of %d sessions ended %d to %d ms after the commit; the command ended %d ms after it%n",
        what,
        ends.size(),
        sessions.size(),
        Duration.between(committed, first).toMillis(),
        Duration.between(committed, last).toMillis(),
        Duration.between(committed, done).toMillis());
    // More than half of them: some on each node.
    Instant most = ends.stream().sorted().toList().get(ends.size() / 2);
    delays.add(Duration.between(committed, most));
    assertThat(others).allMatch(ImapSession::answersNoop);
    return others;
  }
}
