package dev.postern.deploy.peers;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The peers without Postern between: if these fail, the other tests say nothing about Postern. */
@Tag("peers")
class PeersThemselvesTest {
  private static final String ALICE = "alice@example.test";

  @Test
  void deliversByPostfixWhatDovecotThenServes() {
    List<String> users = List.of(ALICE);
    try (PeerFolder folder = PeerFolder.make()) {
      PeerCertificates certificates = PeerCertificates.make(folder.path());
      try (DovecotServer dovecot = DovecotServer.start(folder, certificates, users);
          PostfixServer postfix = PostfixServer.start(folder, certificates, dovecot, users)) {
        Program.run(
                "swaks",
                "--server",
                "localhost:" + postfix.submission(),
                "--tls",
                "--tls-verify",
                "--tls-ca-path",
                certificates.ca().toString(),
                "--auth",
                "PLAIN",
                "--auth-user",
                ALICE,
                "--auth-password",
                DovecotServer.USER_PASSWORD,
                "--from",
                ALICE,
                "--to",
                ALICE,
                "--body",
                "straight through")
            .succeeded();

        Awaitility.await()
            .atMost(Duration.ofSeconds(20))
            .untilAsserted(() ->
                assertThat(
                        Program.run(
                                "curl",
                                "-sS",
                                "--cacert",
                                certificates.ca().toString(),
                                "--user",
                                ALICE
                                    + "*"
                                    + DovecotServer.MASTER_USER
                                    + ":"
                                    + DovecotServer.MASTER_PASSWORD,
                                "imaps://localhost:" + dovecot.imaps() + "/INBOX;MAILINDEX=1")
                            .out())
                    .contains("straight through"));
      }
    }
  }
}
