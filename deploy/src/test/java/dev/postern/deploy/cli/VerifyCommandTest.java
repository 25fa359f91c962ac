package dev.postern.deploy.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.postern.deploy.config.ConfigLoader;
import dev.postern.deploy.config.Configuration;
import dev.postern.store.Actor;
import dev.postern.store.Channel;
import dev.postern.store.Store;
import dev.postern.store.auth.Secret;
import dev.postern.store.oauth.Minted;
import dev.postern.store.testing.ScriptedProvider;
import dev.postern.store.testing.ScriptedProvider.Answer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** What {@code postern verify} says of a login that is accepted and goes nowhere. */
final class VerifyCommandTest {
  private static final String ALICE = "alice@example.com";

  private final Path folder;
  private final ScriptedProvider provider = new ScriptedProvider();
  private String secret = "";

  VerifyCommandTest(@TempDir Path folder) {
    this.folder = folder;
  }

  @BeforeEach
  void makeSite() throws IOException {
    CommandRun.good(folder, "init", "--upstream", "generic");
    Path configuration = folder.resolve("postern.yaml");
    Files.writeString(
        configuration,
        Files.readString(configuration)
                .replaceFirst("(?ms)^upstreams:.*?(?=^routes:)", "")
                .replaceFirst(
                    "(?ms)^listeners:.*?(?=^tls:)",
                    "listeners:\n  - { protocol: imap, bind: \"127.0.0.1:0\", tls: implicit }\n")
            + """

            upstreams:
              mailstore:
                imap: "imap://127.0.0.1:1"
                login: { method: oauth2, flow: device-code, client-id: postern,
                    scopes: [ mail ], token-endpoint: "%s", device-endpoint: "%s" }
              passwords:
                imap: "imap://127.0.0.1:1"
                login: { method: stored-password }
            """
                .formatted(provider.tokenEndpoint(), provider.at("/device")));
    CommandRun.good(folder, "user", "add", ALICE);
    secret = password(ALICE);
  }

  @AfterEach
  void stopProvider() {
    provider.close();
  }

  private String password(String user) {
    return CommandRun.good(folder, "app-password", "create", user, "--label", "Phone", "--json")
        .json()
        .path("password")
        .asString();
  }

  private CommandRun verify(String protocol, String... more) {
    return verifyAs(ALICE, secret, protocol, more);
  }

  private CommandRun verifyAs(String user, String password, String protocol, String... more) {
    List<String> arguments = new ArrayList<>(List.of("verify", user, "--protocol", protocol));
    arguments.addAll(List.of(more));
    return CommandRun.withInput(folder, password + "\n", arguments.toArray(String[]::new));
  }

  private void consents() throws Exception {
    Configuration configuration = new ConfigLoader(Map.of()).load(folder.resolve("postern.yaml"));
    try (Store store =
        Store.open(configuration.store(), Store.Schema.REQUIRE_CURRENT, Clock.systemUTC())) {
      var _ =
          store
              .oauthAccounts()
              .connect(
                  ALICE,
                  "mailstore",
                  new Minted(
                      Secret.ofText("at"),
                      Duration.ofHours(1),
                      Optional.of(Secret.ofText("rt")),
                      Optional.of(ALICE),
                      configuration.gateway().oauthClients().getFirst().registration()),
                  new Actor("test", "admin", Channel.CLI));
    }
  }

  /** Where nothing of people's own goes up, a line for their domain changes nothing. */
  @Test
  void saysThatNobodyJudgesOwnPasswordsThere() throws IOException {
    Path configuration = folder.resolve("postern.yaml");
    Files.writeString(
        configuration,
        Files.readString(configuration)
            + "\npass-through: [ { domain: example.com, mode: observe } ]\n");
    CommandRun run = verifyAs(ALICE, "Summer holidays!", "imap");
    assertThat(run.exitCode()).isEqualTo(1);
    assertThat(run.out()).contains("Refused (wrong-shape)");
    CommandRun.good(folder, "user", "add", "bob@example.com", "--upstream", "passwords");
    assertThat(verifyAs("bob@example.com", "Summer holidays!", "imap").out()).contains("Delegated");
    assertThat(verifyAs("bob@example.com", "Summer holidays!", "pop3").out())
        .contains("wrong-shape");
  }

  @Test
  void saysThatNobodyHasConsentedAndWhatToDo() {
    CommandRun run = verify("imap");

    assertThat(run.exitCode()).isEqualTo(1);
    assertThat(run.out())
        .startsWith("Accepted: app password ")
        .endsWith(
            """
            But no session: upstream mailstore: no-consent: nobody has given consent; the client is told to ask the administrator
            What to do: postern oauth connect alice@example.com
            """);
    JsonNode json = verify("imap", "--json").json();
    assertThat(json.path("outcome").asString()).isEqualTo("accepted");
    assertThat(json.path("cause").asString()).isEqualTo("needs-consent");
    assertThat(json.path("detail").asString()).isEqualTo("no-consent: nobody has given consent");
    assertThat(json.path("remedy").asString()).isEqualTo("postern oauth connect " + ALICE);
    assertThat(json.has("endpoint")).isFalse();
    assertThat(shown()).isEqualTo("none");
  }

  @Test
  void goesOnWithConsentUntilItIsEndedHere() throws Exception {
    consents();
    CommandRun connected = verify("imap");
    assertThat(connected.exitCode()).as(connected.toString()).isZero();
    assertThat(connected.out()).contains("Goes to:  127.0.0.1:1 at upstream mailstore");
    assertThat(shown()).isEqualTo("connected");

    CommandRun.good(folder, "oauth", "disconnect", ALICE);

    CommandRun run = verify("imap");
    assertThat(run.exitCode()).isEqualTo(1);
    assertThat(run.out())
        .contains("no-consent: the consent was ended here", "postern oauth connect " + ALICE)
        .doesNotContain("Goes to");
    assertThat(shown()).isEqualTo("disconnected");
  }

  @Test
  void saysThatTheProviderTakesTheConsentNoMore() throws Exception {
    consents();
    provider.script(_ -> Answer.error("invalid_grant", "AADSTS50173: reset"));
    Path list = Files.writeString(folder.resolve("list"), ALICE + "\n");
    assertThat(
            CommandRun.of(folder, "check", "--connect", "--mailboxes", list.toString()).exitCode())
        .isEqualTo(1);

    CommandRun run = verify("imap");

    assertThat(run.exitCode()).isEqualTo(1);
    assertThat(run.out())
        .contains("consent-ended: invalid_grant AADSTS50173", "postern oauth connect " + ALICE);
    assertThat(shown()).isEqualTo("needs-consent");
    assertThat(CommandRun.good(folder, "user", "show", ALICE).out())
        .containsPattern("Consent +needs-consent at mailstore: invalid_grant AADSTS50173");
  }

  /** What {@code user show} says of the consent. */
  private String shown() {
    JsonNode consents =
        CommandRun.good(folder, "user", "show", ALICE, "--json").json().path("consents");
    assertThat(consents.size()).isEqualTo(1);
    assertThat(consents.path(0).path("upstream").asString()).isEqualTo("mailstore");
    return consents.path(0).path("state").asString();
  }

  @Test
  void saysWhatTheClientHearsWithoutAnAddressForTheProtocol() {
    CommandRun run = verify("pop3");

    assertThat(run.exitCode()).isEqualTo(1);
    assertThat(run.out())
        .endsWith(
            """
            But no session: upstream mailstore: it has no pop3 address; the client is told to ask the administrator
            What to do: write an address into upstreams.mailstore.pop3, or lead the user elsewhere with a route
            """);
  }

  @Test
  void saysWhatTheClientHearsWithoutAStoredPassword() {
    CommandRun.good(folder, "user", "add", "bob@example.com", "--upstream", "passwords");

    CommandRun run = verifyAs("bob@example.com", password("bob@example.com"), "imap");

    assertThat(run.exitCode()).isEqualTo(1);
    assertThat(run.out())
        .endsWith(
            """
            But no session: upstream passwords: the user has no stored password for it; the client is told to ask the administrator
            What to do: store the password that the mailbox has there: postern user upstream-password bob@example.com --upstream passwords
            """);
    assertThat(CommandRun.good(folder, "user", "show", "bob@example.com").out())
        .doesNotContain("Consent");
  }

  @Test
  void aNewUserIsToConsentWhereThatIsWanted() {
    assertThat(CommandRun.good(folder, "user", "add", "carol", "--upstream", "mailstore").out())
        .contains("Next, consent at the provider: postern oauth connect carol\nThen: postern app-")
        .doesNotContain("upstream-password");
    assertThat(CommandRun.good(folder, "user", "add", "dan", "--upstream", "passwords").out())
        .contains("Next, the password of the mailbox: postern user upstream-password dan\nThen: ")
        .doesNotContain("oauth connect");
    assertThat(CommandRun.good(folder, "user", "add", "eve").out())
        .contains("Next, the password of the mailbox: ", "\nThen, consent at the provider: ");
  }
}
