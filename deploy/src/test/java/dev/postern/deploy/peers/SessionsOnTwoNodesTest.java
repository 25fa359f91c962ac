package dev.postern.deploy.peers;

import static org.assertj.core.api.Assertions.assertThat;

import dev.postern.deploy.peers.PosternSite.Account;
import java.nio.file.Files;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Two nodes over one database: sessions are seen, ended and counted wherever they are. */
@Tag("peers")
class SessionsOnTwoNodesTest {
  private static final JsonMapper MAPPER = JsonMapper.builder().build();

  @Test
  void aKickEndsWhatItMeansOnBoth() throws Exception {
    try (PeerFolder folder = PeerFolder.make();
        StoppablePostgres database = new StoppablePostgres(folder);
        ImapServerInClear mail = new ImapServerInClear()) {
      PosternSite site =
          PosternSite.make(
              folder, PeerCertificates.make(folder.path()), mail.upstreams(), database.store());
      try (PosternServer one = site.serve("one");
          PosternServer two = site.serve("two")) {
        List<Account> accounts =
            site.accounts(List.of("alice@example.test", "bob@example.test"), "phone");
        try (ImapSession here = ImapSession.attempt(one.imapInClear(), accounts.getFirst());
            ImapSession there = ImapSession.attempt(two.imapInClear(), accounts.getFirst());
            ImapSession other = ImapSession.attempt(two.imapInClear(), accounts.getLast())) {
          assertThat(Stream.of(here, there, other)).allMatch(ImapSession::isAccepted);
          Awaitility.await().atMost(Duration.ofSeconds(20)).until(() -> list(site).size() == 3);
          assertThat(list(site))
              .allMatch(session -> session.path("state").asString().equals("relaying"))
              .extracting(session -> session.path("node").asString())
              .satisfies(nodes -> assertThat(Set.copyOf(nodes)).hasSize(2));

          JsonNode kicked = site.run("sessions", "kick", "--user", "alice@example.test");
          assertThat(kicked.path("seen").asInt()).isEqualTo(2);
          assertThat(kicked.path("ended").asInt()).isEqualTo(2);
          assertThat(here.end()).succeedsWithin(30, TimeUnit.SECONDS);
          assertThat(there.end()).succeedsWithin(30, TimeUnit.SECONDS);
          assertThat(other.answersNoop()).isTrue();
          for (PosternServer node : List.of(one, two)) {
            assertThat(
                    Program.run("curl", "-s", "http://127.0.0.1:" + node.metrics() + "/metrics")
                        .out())
                .contains("postern_session_ends_total{protocol=\"imap\",reason=\"kicked\"} 1.0");
          }
        }
      }
    }
  }

  @Test
  void eachNodeTakesItsShareOfABudget() throws Exception {
    try (PeerFolder folder = PeerFolder.make();
        StoppablePostgres database = new StoppablePostgres(folder);
        ImapServerInClear mail = new ImapServerInClear()) {
      PosternSite site =
          PosternSite.make(
              folder, PeerCertificates.make(folder.path()), mail.upstreams(), database.store());
      Files.writeString(
          site.configuration(),
          Files.readString(site.configuration())
              .replace("logins-per-minute: never", "logins-per-minute: 4"));
      List<ImapSession> sessions = new ArrayList<>();
      try (PosternServer one = site.serve("one");
          PosternServer two = site.serve("two")) {
        Account alice = site.accounts(List.of("alice@example.test"), "phone").getFirst();
        sessions.add(ImapSession.attempt(one.imapInClear(), alice));
        for (int i = 0; i < 2; i++) {
          sessions.add(ImapSession.attempt(two.imapInClear(), alice));
        }
        assertThat(sessions).allMatch(ImapSession::isAccepted);

        sessions.add(ImapSession.attempt(two.imapInClear(), alice));
        assertThat(sessions.getLast().reply()).startsWith("a NO [AUTHENTICATIONFAILED]");
        for (ImapSession session : sessions.subList(0, 3)) {
          assertThat(session.end()).succeedsWithin(30, TimeUnit.SECONDS);
        }
        JsonNode entry = site.run("changes", "--action", "app-password.suspend");
        assertThat(entry.path("actor").asString()).isEqualTo("system");
        assertThat(entry.path("subjectId").asString()).isEqualTo(alice.id());
        assertThat(entry.path("reason").asString()).isEqualTo("more than 4 logins in a minute");
        var _ = site.run("app-password", "resume", alice.id());
        sessions.add(ImapSession.attempt(one.imapInClear(), alice));
        assertThat(sessions.getLast().isAccepted()).isTrue();
      } finally {
        sessions.forEach(ImapSession::close);
      }
    }
  }

  private static List<JsonNode> list(PosternSite site) throws Exception {
    List<String> command = site.command("sessions", "list");
    return Program.run(command.toArray(String[]::new)).out().lines().map(MAPPER::readTree).toList();
  }
}
