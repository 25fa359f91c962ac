package dev.postern.deploy.peers;

import static org.assertj.core.api.Assertions.assertThat;

import dev.postern.deploy.peers.DovecotOAuthServer.Check;
import dev.postern.deploy.peers.MailClient.Shown;
import dev.postern.deploy.peers.PosternSite.Account;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Real clients with app passwords, and a real Dovecot that takes access tokens and no passwords.
 */
@Tag("peers")
class OAuthThroughPosternTest {
  private static final String ALICE = "alice@example.test";

  private final Deque<AutoCloseable> opened = new ArrayDeque<>();
  private final TokenIssuer issuer = new TokenIssuer();
  private final PeerFolder folder = PeerFolder.make();
  private final PeerCertificates certificates = PeerCertificates.make(folder.path());
  private final MailRelay relay = new MailRelay();

  @AfterEach
  void close() throws Exception {
    while (!opened.isEmpty()) {
      opened.pop().close();
    }
    issuer.close();
  }

  private PosternSite site(Check check, String mechanism, String flow) {
    opened.push(folder);
    opened.push(relay);
    DovecotOAuthServer dovecot =
        DovecotOAuthServer.start(folder, certificates, issuer, check, relay.port());
    opened.push(dovecot);
    return PosternSite.make(
        folder,
        certificates,
        """
        upstreams:
          cloud:
            imap: "imaps://localhost:%d"
            submission: "submissions://localhost:%d"
            pop3: "pop3s://localhost:%d"
            trust: "%s"
            login: { method: oauth2, flow: %s, client-id: postern, scopes: [ mail ],
                     token-endpoint: "%s", device-endpoint: "%s",
                     authorization-endpoint: "%s", mechanism: %s,
                     probe-mailbox: true, sessions-end-with-token: true }
        """
            .formatted(
                dovecot.imaps(),
                dovecot.submissions(),
                dovecot.pop3s(),
                certificates.ca(),
                flow,
                issuer.at("/token"),
                issuer.at("/device"),
                issuer.at("/authorize"),
                mechanism),
        "  database: \"sqlite:postern.db\"");
  }

  private String curl(Account account, String... what) {
    return CurlAs.run(folder, certificates, account, what).succeeded().out();
  }

  @ParameterizedTest
  @CsvSource({"LOCAL, oauthbearer", "LOCAL, xoauth2", "INTROSPECTION, oauthbearer"})
  void sendsAndReadsOnAllThreeProtocols(Check check, String mechanism) throws Exception {
    PosternSite site = site(check, mechanism, "device-code");
    try (PosternServer postern = site.serve()) {
      Account alice = site.account(ALICE);
      issuer.signIn(ALICE);
      site.run("oauth", "connect", ALICE);
      JsonNode status = site.run("oauth", "status", ALICE);
      assertThat(status.get("state").asString()).isEqualTo("connected");
      assertThat(status.get("mailbox").asString()).isEqualTo(ALICE);

      Path letter =
          folder.write("letter.eml", "From: " + ALICE + "\r\nSubject: by token\r\n\r\nthrough\r\n");
      String imap = "imaps://localhost:" + postern.imaps() + "/INBOX";
      curl(alice, "--upload-file", letter.toString(), imap);
      assertThat(curl(alice, imap + ";MAILINDEX=1")).contains("Subject: by token");
      assertThat(curl(alice, "pop3s://localhost:" + postern.pop3s() + "/1"))
          .contains("Subject: by token");
      curl(
          alice,
          "--mail-from",
          ALICE,
          "--mail-rcpt",
          "bob@example.test",
          "--upload-file",
          letter.toString(),
          "smtps://localhost:" + postern.submissions());
      assertThat(relay.mail()).contains("Subject: by token");
      assertThat(issuer.requests())
          .as("the code, and one refresh for all sessions")
          .extracting(form -> form.get("grant_type"))
          .containsOnlyOnce("refresh_token");
    }
  }

  /** Sends, saves five copies at once as its five connections do, reads, and polls by POP3. */
  @ParameterizedTest
  @CsvSource({"LOCAL, oauthbearer", "INTROSPECTION, xoauth2"})
  void thunderbirdsSessionsNeedOneTokenAndNoPassword(Check check, String mechanism)
      throws Exception {
    PosternSite site = site(check, mechanism, "device-code");
    try (PosternServer postern = site.serve();
        ExecutorService connections = Executors.newVirtualThreadPerTaskExecutor()) {
      Account owner = site.account(Letter.USER);
      issuer.signIn(Letter.USER);
      site.run("oauth", "connect", Letter.USER);
      List<Future<Shown>> shown = new ArrayList<>();
      for (Door door :
          List.of(Door.SMTPS, Door.IMAPS, Door.IMAPS, Door.IMAPS, Door.IMAPS, Door.IMAPS)) {
        Errand errand = errand(postern, owner, door, shown.size());
        shown.add(connections.submit(() -> new LikeThunderbird().session(errand)));
      }
      assertSession(shown.getFirst().get(), "sent");
      for (Future<Shown> reading : shown.subList(1, shown.size())) {
        assertSession(reading.get(), "saved and read");
      }
      assertSession(
          new LikeThunderbird().session(errand(postern, owner, Door.POP3S, shown.size())), "read");
      assertThat(relay.mail()).endsWith(new Letter("by token").textForTheWire());
      assertThat(issuer.requests())
          .as("the code, and one refresh for all sessions")
          .extracting(form -> form.get("grant_type"))
          .containsOnlyOnce("refresh_token");
    }
  }

  private Errand errand(PosternServer postern, Account owner, Door door, int number) {
    return new Errand(
        door,
        door.port(postern),
        owner.user(),
        owner.password(),
        certificates.ca(),
        folder.folder("thunderbird" + number),
        new Letter("by token"));
  }

  private static void assertSession(Shown shown, String what) {
    assertThat(shown.exit()).as(shown.wire()).isZero();
    assertThat(shown.said()).isEqualTo(what + "\nlogged in\n");
  }

  @Test
  void aBrowserThatComesBackToTheAdminPortConnects() throws Exception {
    PosternSite site = site(Check.LOCAL, "oauthbearer", "authorization-code");
    try (PosternServer postern = site.serve()) {
      Account alice = site.account(ALICE);
      issuer.signIn(ALICE);
      PeerProcess connecting =
          PeerProcess.start(
              "connect",
              folder.path().resolve("connect.log"),
              site.command("oauth", "connect", ALICE));
      opened.push(connecting);
      Awaitility.await()
          .atMost(Duration.ofSeconds(60))
          .until(() -> connecting.printed().contains("\"page\""));
      URI page =
          URI.create(
              JsonMapper.shared()
                  .readTree(connecting.printed().lines().findFirst().orElseThrow())
                  .get("page")
                  .asString());
      URI back = issuer.consented(page);
      try (HttpClient browser = HttpClient.newHttpClient()) {
        HttpResponse<String> shown =
            browser.send(
                HttpRequest.newBuilder(
                        URI.create(
                            "http://127.0.0.1:"
                                + postern.admin()
                                + back.getRawPath()
                                + "?"
                                + back.getRawQuery()))
                    .build(),
                HttpResponse.BodyHandlers.ofString());
        assertThat(shown.statusCode()).isEqualTo(200);
        assertThat(shown.body()).contains("Your mailbox is connected");
      }
      Awaitility.await()
          .atMost(Duration.ofSeconds(30))
          .until(() -> connecting.printed().contains("\"state\":\"connected\""));
      assertThat(curl(alice, "imaps://localhost:" + postern.imaps() + "/")).contains("INBOX");
    }
  }

  @Test
  void theAddressThatABrowserEndedAtCanBePasted() {
    PosternSite site = site(Check.LOCAL, "oauthbearer", "authorization-code");
    try (PosternServer _ = site.serve()) {
      site.run("user", "add", ALICE);
      Program.Result refused =
          Program.run(
              site.command("oauth", "connect", ALICE, "--paste"),
              "http://localhost:0/oauth/callback?code=code-x&state=nobody-gave-this\n",
              Duration.ofMinutes(1),
              Map.of());
      assertThat(refused.exit()).isEqualTo(1);
      assertThat(refused.err()).contains("\"error\":\"expired\"");
    }
  }
}
