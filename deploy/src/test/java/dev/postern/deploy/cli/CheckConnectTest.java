package dev.postern.deploy.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.icegreen.greenmail.util.GreenMail;
import com.icegreen.greenmail.util.ServerSetup;
import dev.postern.deploy.starter.DevelopmentCertificate;
import dev.postern.store.testing.ScriptedProvider;
import dev.postern.store.testing.ScriptedProvider.Answer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;

/** {@code postern check --connect}, at providers of tokens and with mailboxes. */
final class CheckConnectTest {
  private final Path folder;
  private final ScriptedProvider provider = new ScriptedProvider();

  CheckConnectTest(@TempDir Path folder) {
    this.folder = folder;
  }

  @BeforeEach
  void makeSite() {
    CommandRun.good(folder, "init", "--upstream", "generic");
  }

  @AfterEach
  void stopProvider() {
    provider.close();
  }

  /** Puts these in place of the upstreams that are there; everybody goes to {@code cloud}. */
  private void upstreams(String text) throws IOException {
    Path configuration = folder.resolve("postern.yaml");
    String rest =
        Files.readString(configuration)
            .replaceFirst("(?ms)^upstreams:.*?(?=^store:)", "")
            .replaceFirst(
                "(?ms)^listeners:.*?(?=^tls:)",
                "listeners:\n  - { protocol: imap, bind: \"127.0.0.1:0\", tls: implicit }\n");
    Files.writeString(
        configuration,
        rest + "\nupstreams:\n" + text + "routes:\n  - { match: \"*\", upstream: cloud }\n");
    Path secret = Files.writeString(folder.resolve("secrets/client"), "the-client-secret\n");
    Files.setPosixFilePermissions(secret, PosixFilePermissions.fromString("rw-------"));
  }

  private String cloud(int imap, int submission, String flow, String more) {
    return """
      cloud:
        imap: "imap://127.0.0.1:%d"
        submission: "submission://127.0.0.1:%d"
        login: { method: oauth2, flow: %s, client-id: postern, client-secret: "${file:secrets/client}",
            scopes: [ mail ], token-endpoint: "%s", device-endpoint: "%s"%s }
    """
        .formatted(imap, submission, flow, provider.tokenEndpoint(), provider.at("/device"), more);
  }

  private CommandRun check(String... more) {
    return CommandRun.of(
        folder,
        Stream.concat(Stream.of("check", "--connect"), Stream.of(more)).toArray(String[]::new));
  }

  private static String line(CommandRun run, String beginning) {
    return run.out()
        .lines()
        .filter(line -> line.startsWith(beginning))
        .reduce((_, _) -> "more than one line begins with " + beginning)
        .orElse("no line begins with " + beginning + " in " + run);
  }

  private Path list(String... lines) throws IOException {
    return Files.write(folder.resolve("mailboxes.txt"), List.of(lines));
  }

  // ---- providers

  @Test
  void tokenOfASiteIsAskedForWithoutADatabase() throws IOException {
    upstreams(cloud(1, 1, "client-credentials", ""));
    Files.delete(folder.resolve("postern.db"));

    CommandRun run = check();

    assertThat(line(run, "provider cloud")).isEqualTo("provider cloud: good (a token was had)");
    assertThat(line(run, "database")).contains("DOWN");
    assertThat(run.exitCode()).isEqualTo(1);
    assertThat(run.out()).doesNotContain("at-1");
  }

  @ParameterizedTest
  @CsvSource({
    "client-credentials, client-refused, invalid_client, AADSTS7000215, the client secret is wrong",
    "client-credentials, client-refused, invalid_request, AADSTS90002, check login.tenant",
    "client-credentials, grant-refused, invalid_scope, AADSTS70011, check login.scopes",
    "device-code, grant-refused, invalid_scope, AADSTS70011, check login.scopes",
    "client-credentials, consent-ended, invalid_grant, AADSTS70000, grant the permissions",
    "device-code, client-refused, invalid_client, AADSTS7000222, the client secret has expired",
    "device-code, client-refused, unauthorized_client, AADSTS700016, check login.client-id and login.tenant"
  })
  void refusedRegistrationComesWithItsCodeAndWhatToDo(
      String flow, String cause, String code, String number, String remedy) throws IOException {
    upstreams(cloud(1, 1, flow, ""));
    provider.script(_ -> Answer.error(code, number + ": refused"));

    CommandRun run = check();

    assertThat(line(run, "provider cloud"))
        .startsWith("provider cloud: DOWN: " + cause + ": " + code)
        .contains(remedy);
    assertThat(run.exitCode()).isEqualTo(1);
  }

  @Test
  void consentNeedsAPersonButItsEndpointAnswers() throws IOException {
    upstreams(cloud(1, 1, "device-code", ""));

    assertThat(line(check(), "provider cloud"))
        .isEqualTo("provider cloud: good (it answers; a token takes a user's consent)");
  }

  @Test
  void endpointThatIsNotThereIsSaidInJson() throws IOException {
    upstreams(cloud(1, 1, "device-code", ""));
    provider.close();

    JsonNode said =
        check("--json").jsonLines().stream()
            .filter(line -> line.path("part").asString("").equals("provider cloud"))
            .findFirst()
            .orElseThrow();
    assertThat(said.path("isUp").asBoolean()).isFalse();
    assertThat(said.path("cause").asString()).isEqualTo("connect");
    assertThat(said.path("remedy").asString()).contains("check the endpoint's name");
  }

  @Test
  void secretThatEndsSoonIsNamedAndOneThatHasEndedIsDown() throws IOException {
    LocalDate today = LocalDate.ofInstant(Instant.now(), ZoneOffset.UTC);
    String soon = today.plusDays(20).toString();
    upstreams(cloud(1, 1, "client-credentials", ", client-secret-expires: " + soon));

    CommandRun run = check();
    assertThat(line(run, "provider cloud"))
        .startsWith("provider cloud: good (a token was had; ")
        .contains("ends on " + soon);

    CommandRun later = CommandRun.after(Duration.ofDays(21), folder, "check", "--connect");
    assertThat(line(later, "provider cloud"))
        .isEqualTo(
            "provider cloud: DOWN: ended: the credential of login ended on "
                + soon
                + "; make another one at the provider, or correct login.client-secret-expires");
    assertThat(later.exitCode()).isEqualTo(1);
  }

  @Test
  void certificateOutsideItsTermIsWarnedOfAndAnotherIsToBeUploaded() throws IOException {
    DevelopmentCertificate own =
        DevelopmentCertificate.make(
            "postern", Instant.now(), Duration.ofDays(1), new SecureRandom());
    Files.writeString(folder.resolve("client.pem"), own.chain());
    Path key = Files.writeString(folder.resolve("client.key"), own.privateKey());
    Files.setPosixFilePermissions(key, PosixFilePermissions.fromString("rw-------"));
    upstreams(
        cloud(1, 1, "client-credentials", "")
            .replace(
                "client-secret: \"${file:secrets/client}\"",
                "client-certificate: client.pem, client-key: client.key"));

    CommandRun later = CommandRun.after(Duration.ofDays(2), folder, "check");
    assertThat(later.exitCode()).as(later.toString()).isZero();
    assertThat(later.err())
        .contains("warning: ", "upstreams.cloud.login.client-certificate: ", " has expired at ")
        .contains("; make another one and upload it to the provider");

    CommandRun earlier = CommandRun.after(Duration.ofHours(-2), folder, "check");
    assertThat(earlier.err())
        .contains("upstreams.cloud.login.client-certificate: ", " is not valid before ");

    CommandRun connected = CommandRun.after(Duration.ofDays(2), folder, "check", "--connect");
    assertThat(line(connected, "provider cloud"))
        .startsWith("provider cloud: DOWN: ended: the credential of login ended on ")
        .endsWith("; make another certificate and upload it there");
  }

  // ---- mail servers

  private void imapAt(String url) throws IOException {
    upstreams(
        """
          cloud:
            imap: "%s"
            login: { method: stored-password }
        """
            .formatted(url));
  }

  @Test
  void certificateOfNobodyKnownComesWithWhereToNameIt() throws IOException {
    try (LineServer imap = LineServer.overTls(folder, "* OK ready")) {
      imapAt("imaps://localhost:" + imap.port());

      assertThat(line(check(), "upstream cloud imap"))
          .startsWith("upstream cloud imap: DOWN: tls: SunCertPathBuilderException: ")
          .endsWith(
              "; check the host name in upstreams.cloud.imap; for a CA of your own, or a"
                  + " certificate that signs itself, name the PEM file: upstreams.cloud.trust");
      JsonNode said =
          check("--json").jsonLines().stream()
              .filter(line -> line.path("part").asString("").equals("upstream cloud imap"))
              .findFirst()
              .orElseThrow();
      assertThat(said.path("isUp").asBoolean()).isFalse();
      assertThat(said.path("upstream").asString()).isEqualTo("cloud");
      assertThat(said.path("protocol").asString()).isEqualTo("imap");
      assertThat(said.path("cause").asString()).isEqualTo("tls");
      assertThat(said.path("detail").asString()).startsWith("tls: SunCertPath");
      assertThat(said.path("remedy").asString()).contains("upstreams.cloud.trust");
    }
  }

  @Test
  void serverThatBeginsInClearComesWithItsScheme() throws IOException {
    try (LineServer imap = LineServer.imapWithoutMailboxes()) {
      imapAt("imaps://127.0.0.1:" + imap.port());

      assertThat(line(check(), "upstream cloud imap"))
          .isEqualTo(
              "upstream cloud imap: DOWN: tls: the server does not speak TLS there; write"
                  + " imap+starttls://… into upstreams.cloud.imap if it begins in clear there, or"
                  + " the port where it does not");
    }
  }

  @Test
  void serverWithoutStarttlsComesWithItsScheme() throws IOException {
    try (LineServer imap = LineServer.imapWithoutMailboxes()) {
      imapAt("imap+starttls://127.0.0.1:" + imap.port());

      assertThat(line(check(), "upstream cloud imap"))
          .isEqualTo(
              "upstream cloud imap: DOWN: no-tls: STARTTLS is not offered; write imaps://… and the"
                  + " port for TLS from the start into upstreams.cloud.imap");
    }
  }

  @Test
  void serverThatIsNotThereComesWithWhereItIsWritten() throws IOException {
    imapAt("imap://127.0.0.1:1");

    assertThat(line(check(), "upstream cloud imap"))
        .startsWith("upstream cloud imap: DOWN: connect: ")
        .endsWith("; check upstreams.cloud.imap, and that this machine may connect there");
  }

  @Test
  void serverBelowTheListenersFloorComesWithWhatToDo() throws IOException {
    try (LineServer submission = LineServer.submission("235 in")) {
      upstreams(
          """
            cloud:
              submission: "submission://127.0.0.1:%d"
              login: { method: stored-password }
          """
              .formatted(submission.port()));
      Path configuration = folder.resolve("postern.yaml");
      Files.writeString(
          configuration,
          Files.readString(configuration)
              .replaceFirst(
                  "(?m)^  - \\{ protocol: imap.*$",
                  "  - { protocol: submission, bind: \"127.0.0.1:0\", tls: implicit,"
                      + " extensions: [ 8BITMIME ] }"));

      assertThat(line(check(), "upstream cloud submission"))
          .startsWith("upstream cloud submission: DOWN: below-floor: ")
          .endsWith("; let the server offer it, or take it out of listeners[].extensions");
    }
  }

  // ---- mailboxes

  @Test
  void mailboxesWithStoredPasswordsAreLoggedInToInTheOrderOfTheFile() throws IOException {
    GreenMail mail =
        new GreenMail(
            new ServerSetup[] {
              new ServerSetup(0, "127.0.0.1", ServerSetup.PROTOCOL_IMAP),
              new ServerSetup(0, "127.0.0.1", ServerSetup.PROTOCOL_POP3)
            });
    mail.start();
    try {
      upstreams(
          """
            cloud:
              imap: "imap://127.0.0.1:%d"
              pop3: "pop3://127.0.0.1:%d"
              login: { method: stored-password }
          """
              .formatted(mail.getImap().getPort(), mail.getPop3().getPort()));
      mail.setUser("alice@there.test", "alice@there.test", "right");
      mail.setUser("bob@example.com", "bob@example.com", "right");
      CommandRun.good(
          folder, "user", "add", "alice@example.com", "--upstream-user", "alice@there.test");
      for (String user : List.of("bob@example.com", "carol@example.com", "dan@example.com")) {
        CommandRun.good(folder, "user", "add", user);
      }
      CommandRun.good(folder, "user", "disable", "dan@example.com", "--reason", "left");
      password("alice@example.com", "right");
      password("bob@example.com", "wrong");
      Path list =
          list(
              "# those that we have",
              "zoe@example.com",
              "",
              "  alice@example.com  # the first",
              "bob@example.com",
              "carol@example.com",
              "dan@example.com");

      CommandRun run = check("--mailboxes", list.toString());

      assertThat(run.exitCode()).isEqualTo(1);
      assertThat(run.out().lines().filter(line -> line.startsWith("mailbox ")))
          .containsExactly(
              "mailbox zoe@example.com: DOWN: no-user: no user has this name, so it was not tried;"
                  + " postern user add zoe@example.com",
              "mailbox alice@example.com imap: good (as alice@there.test)",
              "mailbox alice@example.com pop3: good (as alice@there.test)",
              "mailbox bob@example.com imap: DOWN: login-refused: login: NO; store the"
                  + " password that the mailbox has there: postern user upstream-password"
                  + " bob@example.com --upstream cloud",
              "mailbox bob@example.com pop3: DOWN: login-refused: AUTH: -ERR; store the password"
                  + " that the mailbox has there: postern user upstream-password bob@example.com"
                  + " --upstream cloud",
              "mailbox carol@example.com imap: DOWN: no-credential: the user has no stored password"
                  + " for it; store the password that the mailbox has there: postern user"
                  + " upstream-password carol@example.com --upstream cloud",
              "mailbox carol@example.com pop3: DOWN: no-credential: the user has no stored password"
                  + " for it; store the password that the mailbox has there: postern user"
                  + " upstream-password carol@example.com --upstream cloud",
              "mailbox dan@example.com: DOWN: user-disabled: the user is disabled (left), so it was"
                  + " not tried; postern user enable dan@example.com");
      assertThat(CommandRun.good(folder, "sign-ins", "--json").out()).isEmpty();
    } finally {
      mail.stop();
    }
  }

  private void password(String user, String password) {
    CommandRun set =
        CommandRun.withInput(
            folder, password + "\n", "user", "upstream-password", user, "--upstream", "cloud");
    assertThat(set.exitCode()).as(set.toString()).isZero();
  }

  @Test
  void mailboxThatIsNotConnectedAndSubmissionThatIsOffSayWhatToDo() throws IOException {
    try (LineServer imap = LineServer.imapWithoutMailboxes();
        LineServer submission =
            LineServer.submission("535 5.7.139 SmtpClientAuthentication is disabled")) {
      upstreams(
          cloud(imap.port(), submission.port(), "client-credentials", "")
              .replace("[ mail ]", "[ \"https://outlook.office365.com/.default\" ]"));
      CommandRun.good(folder, "user", "add", "alice@example.com");

      CommandRun run = check("--mailboxes", list("alice@example.com").toString());

      assertThat(run.exitCode()).isEqualTo(1);
      assertThat(line(run, "provider cloud")).contains("good");
      assertThat(line(run, "mailbox alice@example.com imap"))
          .startsWith("mailbox alice@example.com imap: DOWN: not-connected: ")
          .contains("Add-MailboxPermission alice@example.com")
          .contains("object id of the enterprise application")
          .contains("Set-CASMailbox alice@example.com -ImapEnabled $true");
      assertThat(line(run, "mailbox alice@example.com submission"))
          .startsWith(
              "mailbox alice@example.com submission: DOWN: login-refused: AUTH: 535 5.7.139; ")
          .contains("Set-CASMailbox alice@example.com -SmtpClientAuthenticationDisabled $false");
    }
  }

  @Test
  void mailboxesOfOthersThanExchangeNeedNoCommandsOfExchange() throws IOException {
    try (LineServer imap = LineServer.imapWithoutMailboxes();
        LineServer submission = LineServer.submission("535 5.7.8 no")) {
      upstreams(
          cloud(imap.port(), submission.port(), "client-credentials", ", probe-mailbox: true"));
      CommandRun.good(folder, "user", "add", "alice@example.com");

      CommandRun run = check("--mailboxes", list("alice@example.com").toString());

      assertThat(line(run, "mailbox alice@example.com imap"))
          .contains("DOWN: not-connected: ")
          .endsWith(
              "; see whether the mailbox alice@example.com exists, and that tokens of the"
                  + " registration open it");
      assertThat(line(run, "mailbox alice@example.com submission"))
          .contains("DOWN: login-refused: ")
          .contains("see that the server takes tokens of this provider");
      assertThat(run.out()).doesNotContain("AccessAsApp", "Principal", "Set-CASMailbox");
    }
  }

  @Test
  void upstreamForOwnPasswordsAloneIsSaidOnce() throws IOException {
    upstreams(
        """
          cloud:
            imap: "imap://127.0.0.1:1"
            login: { method: pass-through }
        """);
    CommandRun.good(folder, "user", "add", "alice@example.com");

    CommandRun run = check("--mailboxes", list("alice@example.com").toString());

    assertThat(line(run, "mailbox alice@example.com imap"))
        .isEqualTo(
            "mailbox alice@example.com imap: DOWN: no-credential: it takes people's own passwords"
                + " alone; write another method into upstreams.cloud.login.method, so that app"
                + " passwords work there too");
  }

  @Test
  void mailboxWithoutConsentSaysWhoHasToConsent() throws IOException {
    try (LineServer imap = LineServer.imapWithoutMailboxes();
        LineServer submission = LineServer.submission("235 in")) {
      upstreams(cloud(imap.port(), submission.port(), "device-code", ""));
      CommandRun.good(folder, "user", "add", "alice@example.com");

      CommandRun run = check("--mailboxes", list("alice@example.com").toString(), "--json");

      List<JsonNode> said =
          run.jsonLines().stream()
              .filter(line -> line.path("part").asString("").startsWith("mailbox "))
              .toList();
      assertThat(said)
          .extracting(line -> line.path("part").asString())
          .containsExactly(
              "mailbox alice@example.com imap", "mailbox alice@example.com submission");
      assertThat(said)
          .allSatisfy(line -> {
            assertThat(line.path("user").asString()).isEqualTo("alice@example.com");
            assertThat(line.path("upstream").asString()).isEqualTo("cloud");
            assertThat(line.path("cause").asString()).isEqualTo("needs-consent");
            assertThat(line.path("remedy").asString())
                .isEqualTo("postern oauth connect alice@example.com");
          });
    }
  }

  @Test
  void withoutTheDatabaseMailboxesAreNotTried() throws IOException {
    upstreams(cloud(1, 1, "client-credentials", ""));
    Files.delete(folder.resolve("postern.db"));

    CommandRun run = check("--mailboxes", list("alice@example.com").toString());

    assertThat(line(run, "mailboxes"))
        .isEqualTo("mailboxes: DOWN: nobody can be looked up without the database");
    assertThat(line(run, "provider cloud")).contains("good");
  }

  @Test
  void listThatIsNotThereIsRefused() {
    CommandRun run = check("--mailboxes", "nowhere.txt");

    assertThat(run.exitCode()).isEqualTo(1);
    assertThat(run.err()).contains("there is no file").contains("nowhere.txt");
  }
}
