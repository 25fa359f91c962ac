package dev.postern.deploy.peers;

import static org.assertj.core.api.Assertions.assertThat;

import dev.postern.deploy.peers.PosternSite.Account;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** EHLO before two real servers that offer different things, one of which then offers less. */
@Tag("peers")
class PromisesTest {
  private static final String ALICE = "alice@example.test";
  private static final String LIMIT = "SIZE " + PostfixServer.LESSER_SIZE_LIMIT;

  @Test
  void ehloSaysWhatBothServersOfferAndABrokenPromiseIsTemporary() {
    List<String> users = List.of(ALICE);
    try (PeerFolder folder = PeerFolder.make()) {
      PeerCertificates certificates = PeerCertificates.make(folder.path());
      try (DovecotServer dovecot = DovecotServer.start(folder, certificates, users);
          PostfixServer postfix = PostfixServer.start(folder, certificates, dovecot, users)) {
        String upstreams =
            upstream("full", postfix.submissions(), dovecot, certificates)
                + upstream("lesser", postfix.lesser(), dovecot, certificates);
        PosternSite site =
            PosternSite.make(
                folder,
                certificates,
                "upstreams:\n" + upstreams + "routes:\n  - { match: \"*\", upstream: full }\n",
                "  database: \"sqlite:postern.db\"");
        try (PosternServer postern = site.serve()) {
          Account alice = site.account(ALICE);
          Talk talk = new Talk(certificates.ca(), alice);
          List<String> both = List.of("8BITMIME", "ENHANCEDSTATUSCODES", "PIPELINING", LIMIT);
          Awaitility.await()
              .atMost(Duration.ofSeconds(30))
              .until(() -> talk.of("ehlo", postern.submissions()).contains("implicit " + LIMIT));
          assertThat(talk.of("starttls", postern.submission()))
              .containsExactlyInAnyOrderElementsOf(
                  Stream.concat(
                          Stream.of("clear STARTTLS", "tls AUTH PLAIN LOGIN"),
                          both.stream().flatMap(line -> Stream.of("clear " + line, "tls " + line)))
                      .toList());
          assertThat(talk.of("send", postern.submissions())).endsWith("sent");

          postfix.configure("smtpd_discard_ehlo_keywords = 8bitmime, silent-discard");
          Awaitility.await()
              .atMost(Duration.ofSeconds(30))
              .until(() -> !talk.of("ehlo", postfix.submissions()).contains("implicit 8BITMIME"));
          assertThat(talk.of("login", postern.submissions()))
              .contains("implicit 8BITMIME")
              .last()
              .asString()
              .startsWith("login 454 4.7.0 ");
          assertThat(postern.process().printed())
              .containsPattern(
                  "upstream login failed .* upstream=full cause=broken-promise"
                      + " detail=\"does not offer 8BITMIME\"");
          assertThat(metrics(postern))
              .containsPattern(
                  "(?m)^postern_upstream_failures_total\\{"
                      + "cause=\"broken-promise\",upstream=\"full\"} 1\\.0$");

          assertThat(talk.of("send", postern.submissions()))
              .contains("implicit " + LIMIT)
              .doesNotContain("implicit 8BITMIME")
              .endsWith("sent");
          assertThat(postern.process().printed()).doesNotContain("Exception");
        }
      }
    }
  }

  private static String metrics(PosternServer postern) {
    return Program.run("curl", "-sS", "http://127.0.0.1:" + postern.metrics() + "/metrics")
        .succeeded()
        .out();
  }

  private record Talk(Path ca, Account account) {

    /** What the script prints. */
    List<String> of(String doing, int port) {
      return Program.run(
              List.of(
                  "python3",
                  Path.of("src/test/resources/peers/promises.py").toString(),
                  ca.toString(),
                  doing,
                  String.valueOf(port),
                  account.user()),
              account.password() + "\n",
              Duration.ofMinutes(1),
              Map.of())
          .succeeded()
          .out()
          .lines()
          .toList();
    }
  }

  private static String upstream(
      String name, int submissions, DovecotServer dovecot, PeerCertificates certificates) {
    return """
      %s:
        imap: "imaps://localhost:%d"
        submission: "submissions://localhost:%d"
        pop3: "pop3s://localhost:%d"
        trust: "%s"
        login: { method: master-user, user: %s, password: "${file:secrets/master}",
                 shared-with: [ full, lesser ] }
    """
        .formatted(
            name,
            dovecot.imaps(),
            submissions,
            dovecot.pop3s(),
            certificates.ca(),
            DovecotServer.MASTER_USER);
  }
}
