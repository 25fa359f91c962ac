package dev.postern.deploy.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.EOFException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.util.Base64;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

final class DemoCommandTest {
  private static final String ALICE = "alice@demo.test";

  private final Path folder;

  DemoCommandTest(@TempDir Path folder) {
    this.folder = folder;
  }

  @Test
  void readsAndSendsMailAndLeavesNothingBehind() throws Exception {
    Path made;
    try (RunningCommand demo = RunningCommand.start(folder, "demo", "--json")) {
      JsonNode line = demo.awaitLine("user", ALICE);
      Path authority = Path.of(line.path("ca").asString());
      made = authority.resolveSibling("");
      String password = line.path("password").asString();
      JsonNode ports = line.path("ports");
      assertThat(ports.propertyNames())
          .containsExactly("imap", "imaps", "submission", "submissions", "pop3", "pop3s", "admin");

      try (TlsClient imap = imap(ports, authority)) {
        assertThat(login(imap, password)).contains("a1 OK");
        imap.send("a2 SELECT INBOX");
        assertThat(imap.readUntil("a2 ")).contains("* 3 EXISTS");
        imap.send("a3 FETCH 1 BODY[]");
        assertThat(imap.readUntil("a3 ")).contains("Subject: Welcome to Postern");
      }

      send(ports, authority, password);

      try (TlsClient pop3 = TlsClient.connect(ports.path("pop3s").asInt(), authority)) {
        pop3.readUntil("+OK ");
        pop3.send("USER " + ALICE);
        pop3.readUntil("+OK ");
        pop3.send("PASS " + password);
        pop3.readUntil("+OK ");
        pop3.send("STAT");
        assertThat(pop3.readUntil("+OK ")).startsWith("+OK 4 ");
      }

      try (TlsClient imap = imap(ports, authority)) {
        assertThat(login(imap, password)).contains("a1 OK");
        imap.send("a2 SELECT INBOX");
        assertThat(imap.readUntil("a2 ")).contains("* 4 EXISTS");
        imap.send("a3 FETCH 4 BODY[]");
        assertThat(imap.readUntil("a3 ")).contains("Subject: sent by a test", "It arrived.");
      }
      assertThat(demo.stop()).isZero();
    }
    assertThat(made).doesNotExist();
  }

  @Test
  void otherCommandsWorkOnItWhileItRuns() throws Exception {
    try (RunningCommand demo = RunningCommand.start(folder, "demo", "--json")) {
      JsonNode line = demo.awaitLine("user", ALICE);
      String configuration = line.path("configuration").asString();
      Path authority = Path.of(line.path("ca").asString());
      String password = line.path("password").asString();
      JsonNode ports = line.path("ports");
      try (TlsClient open = imap(ports, authority)) {
        assertThat(login(open, password)).contains("a1 OK");

        CommandRun.good(
            folder, "app-password", "revoke", "--user", ALICE, "--all", "--config", configuration);

        await().atMost(Duration.ofSeconds(20)).until(() -> isRefused(ports, authority, password));
        // The session that was open is ended as well.
        await().atMost(Duration.ofSeconds(20)).until(() -> isClosed(open));
      }
    }
  }

  @Test
  void tellsPeopleHowToTryIt() throws Exception {
    CommandRun run = CommandRun.good(folder, "demo");

    assertThat(run.out())
        .contains("curl --cacert ", "'imaps://127.0.0.1:", "--upload-file ", "Ctrl-C")
        .containsPattern("password +[0-9a-z]{4} [0-9a-z]{4} [0-9a-z]{4} [0-9a-z]{4} ")
        .endsWith("Stopped, and removed what was made.\n");
    assertThat(run.err()).isEmpty();
  }

  @Test
  void theConfigurationItWritesPassesTheCheck() {
    try (RunningCommand demo = RunningCommand.start(folder, "demo", "--json")) {
      String configuration = demo.awaitLine("user", ALICE).path("configuration").asString();

      CommandRun check =
          CommandRun.of(folder, "check", "--connect", "--config", configuration, "--json");

      assertThat(check.exitCode()).as(check.toString()).isZero();
      assertThat(Files.exists(Path.of(configuration))).isTrue();
    }
  }

  private static TlsClient imap(JsonNode ports, Path authority)
      throws IOException, GeneralSecurityException {
    TlsClient client = TlsClient.connect(ports.path("imaps").asInt(), authority);
    client.readUntil("* OK");
    return client;
  }

  private static String login(TlsClient imap, String password) throws IOException {
    imap.send("a1 LOGIN " + ALICE + " \"" + password + "\"");
    return imap.readUntil("a1 ");
  }

  private static boolean isRefused(JsonNode ports, Path authority, String password)
      throws IOException, GeneralSecurityException {
    try (TlsClient imap = imap(ports, authority)) {
      return login(imap, password).contains("a1 NO [AUTHENTICATIONFAILED]");
    } catch (EOFException _) {
      return false; // the revocation arrived between the verdict and the hand-over: cut off, not
      // told
    }
  }

  private static boolean isClosed(TlsClient client) {
    try {
      client.send("b1 NOOP");
      client.readUntil("b1 ");
      return false;
    } catch (IOException _) {
      return true;
    }
  }

  private static void send(JsonNode ports, Path authority, String password)
      throws IOException, GeneralSecurityException {
    String plain =
        Base64.getEncoder()
            .encodeToString(("\0" + ALICE + "\0" + password).getBytes(StandardCharsets.UTF_8));
    try (TlsClient smtp = TlsClient.connect(ports.path("submissions").asInt(), authority)) {
      smtp.readUntil("220 ");
      smtp.send("EHLO client.test");
      assertThat(smtp.readUntil("250 ")).contains("AUTH PLAIN");
      smtp.send("AUTH PLAIN " + plain);
      smtp.readUntil("235 ");
      smtp.send("MAIL FROM:<" + ALICE + ">");
      smtp.readUntil("250 ");
      smtp.send("RCPT TO:<" + ALICE + ">");
      smtp.readUntil("250 ");
      smtp.send("DATA");
      smtp.readUntil("354 ");
      smtp.send("Subject: sent by a test\r\n\r\nIt arrived.\r\n.");
      smtp.readUntil("250 ");
      smtp.send("QUIT");
      smtp.readUntil("221 ");
    }
  }
}
