package dev.postern.deploy.peers;

import static org.assertj.core.api.Assertions.assertThat;

import dev.postern.deploy.peers.PosternSite.Account;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * All app passwords of a domain are revoked through the command line, with sessions on two nodes:
 * all of them end within a minute, and those of another domain go on. {@code
 * -Dpostern.revoked.users=25000} makes it 100,000 app passwords and 1,000 sessions.
 */
@Tag("peers")
class BulkRevocationTest {
  private static final Duration WITHIN = Duration.ofSeconds(60);
  private static final int USERS = Integer.getInteger("postern.revoked.users", 250);

  /** App passwords of each user. */
  private static final int EACH = 4;

  /** Users with a session on each node. */
  private static final int SEATED = Math.min(USERS, 500);

  @Test
  void revokingADomainEndsItsSessionsOnBothNodesAndNoOthers() throws Exception {
    try (PeerFolder folder = PeerFolder.make();
        StoppablePostgres database = new StoppablePostgres(folder);
        ImapServerInClear mail = new ImapServerInClear()) {
      PosternSite site =
          PosternSite.make(
              folder, PeerCertificates.make(folder.path()), mail.upstreams(), database.store());
      try (PosternServer one = site.serve("one");
          PosternServer two = site.serve("two")) {
        List<PosternServer> nodes = List.of(one, two);
        List<Account> accounts = site.accounts(users("example.test", USERS), "device 0");
        for (int i = 1; i < EACH; i++) {
          var _ = site.accounts(users("example.test", USERS), "device " + i);
        }
        List<Account> others = site.accounts(users("other.test", 10), "device");
        List<ImapSession> sessions = open(nodes, accounts.subList(0, SEATED));
        List<ImapSession> bystanders = open(nodes, others);
        try {
          assertThat(sessions).allMatch(ImapSession::isAccepted);
          Instant start = Instant.now();
          int revoked =
              site.run(
                      "app-password",
                      "revoke",
                      "--domain",
                      "example.test",
                      "--reason",
                      "they were stolen")
                  .get("revoked")
                  .asInt();
          Instant done = Instant.now();
          Instant last = end(sessions);
          System.out.printf(
              "%d app passwords of %d users revoked, the command took %d ms; the last of %d"
                  + " sessions ended %d ms after it began%n",
              revoked,
              USERS,
              Duration.between(start, done).toMillis(),
              sessions.size(),
              Duration.between(start, last).toMillis());
          assertThat(revoked).isEqualTo(EACH * USERS);
          assertThat(Duration.between(start, last)).isLessThan(WITHIN);
          assertThat(bystanders).allMatch(ImapSession::answersNoop);
          for (PosternServer node : nodes) {
            try (ImapSession again = ImapSession.attempt(node.imapInClear(), accounts.getLast())) {
              assertThat(again.reply()).startsWith("a NO [AUTHENTICATIONFAILED]");
            }
          }
        } finally {
          Stream.concat(sessions.stream(), bystanders.stream()).forEach(ImapSession::close);
        }
      }
    }
  }

  private static List<String> users(String domain, int count) {
    return IntStream.range(0, count).mapToObj(i -> "user%05d@%s".formatted(i, domain)).toList();
  }

  private static List<ImapSession> open(List<PosternServer> nodes, List<Account> accounts)
      throws ExecutionException, InterruptedException {
    List<Future<ImapSession>> opened = new ArrayList<>();
    // A few at a time: all logins of a node share its threads for look-ups.
    try (ExecutorService clients = Executors.newFixedThreadPool(20)) {
      for (PosternServer node : nodes) {
        for (Account account : accounts) {
          opened.add(clients.submit(() -> ImapSession.attempt(node.imapInClear(), account)));
        }
      }
    }
    List<ImapSession> sessions = new ArrayList<>();
    for (Future<ImapSession> session : opened) {
      sessions.add(session.get());
    }
    return sessions;
  }

  /** When the last one ended. */
  private static Instant end(List<ImapSession> sessions) throws Exception {
    List<Instant> ends = new ArrayList<>();
    for (ImapSession session : sessions) {
      ends.add(session.end().get(WITHIN.toSeconds(), TimeUnit.SECONDS));
    }
    return ends.stream().max(Comparator.naturalOrder()).orElseThrow();
  }
}
