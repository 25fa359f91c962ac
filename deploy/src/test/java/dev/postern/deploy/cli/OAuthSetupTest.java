package dev.postern.deploy.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** What {@code postern oauth setup office365} tells, with and without a configuration. */
final class OAuthSetupTest {
  private final Path folder;

  OAuthSetupTest(@TempDir Path folder) {
    this.folder = folder;
  }

  private List<String> lines(String kind, String... more) {
    String[] command =
        Stream.concat(Stream.of("oauth", "setup", "office365", "--json"), Stream.of(more))
            .toArray(String[]::new);
    List<String> found = new ArrayList<>();
    for (JsonNode step : CommandRun.good(folder, command).json().path("steps")) {
      for (JsonNode line : step.path("lines")) {
        if (line.path("kind").asString().equals(kind)) {
          found.add(line.path("text").asString());
        }
      }
    }
    return found;
  }

  @Test
  void registrationsForReadingAndSendingHaveWhatTheyNeedAndNoMore() {
    assertThat(String.join("\n", lines("text")))
        .contains("IMAP.AccessAsApp", "POP.AccessAsApp", "SMTP.SendAsApp")
        .contains("Office 365 Exchange Online", "No client secret");
    assertThat(lines("powershell"))
        .anyMatch(line -> line.contains("-User $reading -AccessRights FullAccess"))
        .anyMatch(line -> line.contains("-Trustee $sending -AccessRights SendAs"))
        .anyMatch(line -> line.contains("-SmtpClientAuthenticationDisabled $false"))
        .noneMatch(line -> line.contains("-User $sending"));
    assertThat(String.join("\n", lines("powershell", "--for", "read")))
        .doesNotContain("sending", "SendAs", "Smtp");
    assertThat(String.join("\n", lines("powershell", "--for", "send")))
        .doesNotContain("reading", "FullAccess", "Imap");
    assertThat(String.join("\n", lines("configuration", "--for", "send")))
        .contains("exchange-send:", "upstream: exchange-send }")
        .doesNotContain("exchange-read");
  }

  @Test
  void whatIsNotKnownCannotBePasted() {
    assertThat(lines("powershell"))
        .filteredOn(line -> line.contains("-AppId") || line.contains("-Identity <"))
        .isNotEmpty()
        .allSatisfy(line -> assertThat(line).containsPattern(" <[a-z-]+>( |$)"));
  }

  @Test
  void eachMailboxHasItsLines() {
    assertThat(lines("powershell", "--mailbox", "al'ice@example.com", "--mailbox", "b@example.com"))
        .noneMatch(line -> line.contains("<mailbox>"))
        .contains(
            "Set-CASMailbox -Identity 'al''ice@example.com' -SmtpClientAuthenticationDisabled"
                + " $false",
            "Set-CASMailbox -Identity 'b@example.com' -SmtpClientAuthenticationDisabled $false");
    assertThat(lines("shell", "--mailbox", "al'ice@example.com"))
        .contains("echo 'al'\\''ice@example.com' >> mailboxes.txt");
  }

  @Test
  void whatIsNoAddressIsRefused() {
    for (String mailbox : List.of("$(calc)@example.com", "a b@example.com", "a;b@example.com")) {
      CommandRun run = CommandRun.of(folder, "oauth", "setup", "office365", "--mailbox", mailbox);
      assertThat(run.exitCode()).as(run.toString()).isEqualTo(1);
    }
  }

  @Test
  void whatTheConfigurationKnowsIsFilledInAndNothingSecret() throws IOException {
    CommandRun.good(folder, "init", "--upstream", "office365");
    assertThat(lines("powershell"))
        .as("what init wrote stands for something else")
        .anyMatch(line -> line.contains("-Organization <directory-id>"))
        .anyMatch(line -> line.contains("-AppId <reading-id>"));
    Path configuration = folder.resolve("postern.yaml");
    Files.writeString(
        configuration,
        Files.readString(configuration)
            .replace("example.onmicrosoft.com", "acme.onmicrosoft.com")
            .replace(
                "00000000-0000-0000-0000-000000000000", "11111111-2222-3333-4444-555555555555"));
    assertThat(lines("powershell"))
        .contains("Connect-ExchangeOnline -Organization 'acme.onmicrosoft.com'")
        .anyMatch(line -> line.contains("-AppId '11111111-2222-3333-4444-555555555555'"))
        .anyMatch(line -> line.contains("-AppId <sending-id>"));
    assertThat(String.join("\n", lines("text")))
        .containsPattern("tls/client.pem, thumbprint [0-9A-F]{40} \\(SHA-256: [0-9A-F]{64}\\)");
    assertThat(String.join("\n", lines("configuration")))
        .contains("mailstore:", "client-certificate: tls/client.pem")
        .contains("exchange-send:", "client-certificate: secrets/send.crt");
    String key = Files.readString(folder.resolve("secrets/client-key")).lines().toList().get(1);
    assertThat(CommandRun.good(folder, "oauth", "setup", "office365").out())
        .contains("The registration for reading")
        .doesNotContain(key, "PRIVATE KEY");
  }

  @Test
  void documentHasEachLineOfPowerShell() throws IOException {
    String page =
        Files.readString(Path.of("..", "docs", "office365.md")).replaceAll("[ \\t]+", " ");
    assertThat(lines("powershell"))
        .isNotEmpty()
        .allSatisfy(line -> assertThat(page).contains(line));
  }
}
