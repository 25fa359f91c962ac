package dev.postern.deploy.peers;

import static org.assertj.core.api.Assertions.assertThat;

import dev.postern.deploy.peers.PosternSite.Account;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Base64;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

/** Real clients read and send real mail through Postern, by Dovecot and Postfix. */
@Tag("peers")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class MailThroughPosternTest {
  private static final int BODY_BYTES = 20 * 1024 * 1024;

  private final Deque<AutoCloseable> opened = new ArrayDeque<>();
  private MailHouse house;
  private PosternSite site;
  private PosternServer postern;
  private Map<String, Account> accounts;

  @BeforeAll
  void open() {
    List<String> users =
        List.of(
            "big@example.test",
            "implicit@example.test",
            "starttls@example.test",
            "own@example.test",
            "idle@example.test",
            "clear@example.test");
    house = MailHouse.open(users);
    opened.push(house);
    site = house.site();
    postern = site.serve();
    opened.push(postern);
    accounts = new HashMap<>();
    site.accounts(
            List.of(
                "big@example.test",
                "implicit@example.test",
                "idle@example.test",
                "clear@example.test"),
            "test")
        .forEach(account -> accounts.put(account.user().replaceFirst("@.*", ""), account));
    for (String upstream : List.of("starttls", "own")) {
      accounts.put(upstream, site.account(upstream + "@example.test", "--upstream", upstream));
    }
    site.runWith(
        DovecotServer.USER_PASSWORD + "\n", "user", "upstream-password", "own@example.test");
  }

  @AfterAll
  void close() throws Exception {
    while (!opened.isEmpty()) {
      opened.pop().close();
    }
  }

  @Test
  void carriesTwentyMegabytesUnchanged() throws IOException {
    Account big = account("big");
    Path sent = house.folder().path().resolve("sent.eml");
    byte[] message = message(big.user());
    // swaks ends the last line itself.
    Files.write(sent, Arrays.copyOf(message, message.length - 2));

    swaks(big, "--server", "localhost:" + postern.submission(), "--tls", "--data", "@" + sent);

    Path fetched = house.folder().path().resolve("fetched.eml");
    Awaitility.await()
        .atMost(Duration.ofSeconds(60))
        .until(() -> curl(big, "-o", fetched.toString(), imaps("INBOX;MAILINDEX=1")).exit() == 0);
    byte[] arrived = Files.readAllBytes(fetched);
    assertThat(arrived.length).isGreaterThan(message.length);
    byte[] tail = Arrays.copyOfRange(arrived, arrived.length - message.length, arrived.length);
    assertThat(Arrays.mismatch(tail, message)).as("first byte that differs").isEqualTo(-1);
  }

  @Test
  void announcesNewMailToAnIdlingClient() {
    python("idle.py", account("idle"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"implicit", "starttls", "own"})
  void servesPythonsMailLibraries(String name) {
    python("clients.py", account(name));
  }

  @ParameterizedTest
  @ValueSource(strings = {"PLAIN", "LOGIN"})
  void servesCurlWithEachMechanism(String mechanism) {
    Account account = account("implicit");

    Program.Result capability =
        curl(account, "--login-options", "AUTH=" + mechanism, "-X", "CAPABILITY", imaps(""));

    assertThat(capability.succeeded().out()).contains("IDLE");
  }

  @Test
  void sendsByCurlOverImplicitTls() throws IOException {
    Account account = account("starttls");
    Path mail = house.folder().write("curl.eml", "Subject: by curl\r\n\r\nsent by curl\r\n");

    curl(
            account,
            "--mail-from",
            account.user(),
            "--mail-rcpt",
            account.user(),
            "-T",
            mail.toString(),
            "smtps://localhost:" + postern.submissions())
        .succeeded();

    Awaitility.await()
        .atMost(Duration.ofSeconds(20))
        .until(() ->
            curl(account, "-X", "SEARCH SUBJECT \"by curl\"", imaps("INBOX"))
                .out()
                .matches("(?s).*\\* SEARCH \\d+.*"));
  }

  @Test
  void reportsAnAppPasswordThatWasSentInClear() {
    Account clear = account("clear");

    Program.run(
            List.of(
                "curl",
                "-sS",
                "--user",
                clear.user() + ":" + clear.password(),
                "imap://localhost:" + postern.imapInClear() + "/INBOX"),
            "",
            Duration.ofMinutes(1),
            Map.of())
        .succeeded();
    Awaitility.await()
        .atMost(Duration.ofSeconds(20))
        .until(() -> !site.run("app-password", "show", clear.id()).path("exposedAt").isNull());
    curl(clear, imaps("INBOX")).succeeded();

    Awaitility.await()
        .atMost(Duration.ofSeconds(20))
        .until(() ->
            site.run("app-password", "show", clear.id())
                .path("lastUse")
                .path("protection")
                .asString()
                .equals("TLSv1.3"));
    JsonNode report = site.run("report", "--finding", "in-clear");
    assertThat(report.path("id").asString()).isEqualTo(clear.id());
    assertThat(report.path("findings").valueStream().map(JsonNode::asString)).contains("in-clear");
  }

  /** A message that ends in its body: lines of every length up to 76, some that begin with dots. */
  private static byte[] message(String user) {
    Random random = new Random(20);
    StringBuilder text = new StringBuilder(BODY_BYTES + 4096);
    text.append("From: ").append(user).append("\r\n");
    text.append("To: ").append(user).append("\r\n");
    text.append("Date: Tue, 24 Nov 2026 12:00:00 +0000\r\n");
    text.append("Message-ID: <big.1@example.test>\r\n");
    text.append("Subject: twenty megabytes\r\n\r\n");
    int start = text.length();
    byte[] bytes = new byte[57];
    while (text.length() - start < BODY_BYTES) {
      random.nextBytes(bytes);
      String line = Base64.getEncoder().encodeToString(bytes);
      text.append(".".repeat(random.nextInt(8) == 0 ? 1 : 0));
      text.append(line, 0, random.nextInt(line.length()) + 1).append("\r\n");
    }
    return text.toString().getBytes(StandardCharsets.US_ASCII);
  }

  private Account account(String name) {
    Account account = accounts.get(name);
    if (account == null) {
      throw new IllegalArgumentException(name);
    }
    return account;
  }

  private String imaps(String path) {
    return "imaps://localhost:" + postern.imaps() + "/" + path;
  }

  private Program.Result curl(Account account, String... arguments) {
    return Program.run(
        concat(
            List.of(
                "curl",
                "-sS",
                "--ssl-reqd",
                "--cacert",
                house.certificates().ca().toString(),
                "--user",
                account.user() + ":" + account.password()),
            arguments),
        "",
        Duration.ofMinutes(2),
        Map.of());
  }

  private void swaks(Account account, String... arguments) {
    Program.run(swaksCommand(account, arguments), "", Duration.ofMinutes(3), Map.of()).succeeded();
  }

  private List<String> swaksCommand(Account account, String... arguments) {
    return concat(
        List.of(
            "swaks",
            "--hide-informational",
            "--suppress-data",
            "--tls-verify",
            "--tls-ca-path",
            house.certificates().ca().toString(),
            "--auth",
            "PLAIN",
            "--auth-user",
            account.user(),
            "--auth-password",
            account.password(),
            "--from",
            account.user(),
            "--to",
            account.user()),
        arguments);
  }

  private void python(String script, Account account) {
    Program.run(
            List.of(
                "python3",
                Path.of("src/test/resources/peers", script).toString(),
                house.certificates().ca().toString(),
                String.valueOf(postern.imap()),
                String.valueOf(postern.imaps()),
                String.valueOf(postern.submission()),
                String.valueOf(postern.submissions()),
                String.valueOf(postern.pop3()),
                String.valueOf(postern.pop3s()),
                account.user()),
            account.password() + "\n",
            Duration.ofMinutes(2),
            Map.of())
        .succeeded();
  }

  private static List<String> concat(List<String> first, String... rest) {
    return Stream.concat(first.stream(), Arrays.stream(rest)).toList();
  }
}
