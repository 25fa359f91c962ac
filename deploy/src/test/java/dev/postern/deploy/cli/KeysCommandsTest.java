package dev.postern.deploy.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.postern.deploy.config.ConfigLoader;
import dev.postern.store.Store;
import dev.postern.store.oauth.ConsentOwner;
import dev.postern.store.oauth.OAuthClient;
import dev.postern.store.oauth.OAuthFlow;
import dev.postern.store.oauth.Provider;
import dev.postern.store.testing.OAuthClients;
import dev.postern.store.testing.TestConfig;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Clock;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** Replacing and ending keys, on SQLite. */
final class KeysCommandsTest {
  private static final String ALICE = "alice@example.com";
  private int made;

  private final Path folder;

  KeysCommandsTest(@TempDir Path folder) {
    this.folder = folder;
    CommandRun.good(folder, "init");
    CommandRun.good(folder, "user", "add", ALICE);
  }

  @Test
  void initMakesAKeyOfEachKindAndTheyAreActive() throws IOException {
    List<JsonNode> keys = CommandRun.good(folder, "keys", "status", "--json").jsonLines();

    assertThat(keys)
        .filteredOn(key -> key.path("state").asString().equals("active"))
        .extracting(key -> key.path("kind").asString())
        .containsExactlyInAnyOrder("pepper", "sealing", "integrity");
    assertThat(permissions("secrets/integrity-key")).isEqualTo("rw-------");
    assertThat(CommandRun.good(folder, "keys", "status", "pepper").out())
        .contains("active", "the key file here");
  }

  @Test
  void aPepperIsReplacedStepByStep() throws IOException {
    JsonNode old = create();
    String oldKey = only("pepper", "active").path("key").asString();

    JsonNode added = CommandRun.good(folder, "keys", "add", "pepper", "--json").json();
    String fresh = added.path("key").asString();
    assertThat(Files.readAllLines(folder.resolve("secrets/pepper")))
        .hasSize(2)
        .last()
        .asString()
        .startsWith(fresh + " ");
    assertThat(permissions("secrets/pepper")).isEqualTo("rw-------");
    try (var files = Files.list(folder.resolve("secrets"))) {
      assertThat(files).hasSize(4);
    }
    assertThat(only("pepper", "added").path("key").asString()).isEqualTo(fresh);

    assertThat(
            CommandRun.good(folder, "keys", "activate", "pepper", fresh, "--json")
                .json()
                .path("state")
                .asString())
        .isEqualTo("active");
    JsonNode made = create();

    CommandRun forecast = CommandRun.good(folder, "keys", "retire", "pepper", oldKey, "--json");
    assertThat(forecast.jsonLines()).hasSize(2);
    assertThat(forecast.jsonLines().getFirst().path("id").asString())
        .isEqualTo(old.path("id").asString());
    assertThat(forecast.jsonLines().getLast().path("wouldBeRevoked").asInt()).isEqualTo(1);
    assertThat(outcome(old)).as("a forecast changes nothing").isEqualTo("accepted");

    CommandRun.good(folder, "keys", "retire", "pepper", oldKey, "--by", "30d");
    assertThat(outcome(old)).isEqualTo("accepted");
    List<JsonNode> ended =
        CommandRun.good(folder, "keys", "retire", "pepper", oldKey, "--by", "now", "--json")
            .jsonLines();
    assertThat(ended).hasSize(2);
    assertThat(ended.getFirst().path("event").asString()).isEqualTo("revoked");
    assertThat(ended.getLast().path("state").asString()).isEqualTo("retired");
    assertThat(ended.getLast().path("revoked").asInt()).isEqualTo(1);
    assertThat(outcome(old)).isEqualTo("rejected");

    Path file = folder.resolve("secrets/pepper");
    Files.write(file, Files.readAllLines(file).subList(1, 2));
    assertThat(outcome(made)).as("nothing needs the old line").isEqualTo("accepted");
  }

  @Test
  void sealingAndIntegrityKeysAreReplaced() throws IOException {
    JsonNode made = create();
    for (String kind : List.of("sealing", "integrity")) {
      String oldKey = only(kind, "active").path("key").asString();
      String fresh =
          CommandRun.good(folder, "keys", "add", kind, "--json").json().path("key").asString();
      CommandRun refused = CommandRun.of(folder, "keys", "retire", kind, oldKey, "--json");
      assertThat(refused.exitCode()).isEqualTo(1);
      assertThat(refused.error().path("error").asString()).isEqualTo("state");
      CommandRun.good(folder, "keys", "activate", kind, fresh);

      JsonNode retired = CommandRun.good(folder, "keys", "retire", kind, oldKey, "--json").json();

      assertThat(retired.path("state").asString()).isEqualTo("retired");
      assertThat(retired.path("uses").asInt()).isZero();
      assertThat(retired.path("left").asInt()).isZero();
      Path file = folder.resolve("secrets/" + kind + "-key");
      Files.write(file, Files.readAllLines(file).subList(1, 2));
      assertThat(outcome(made)).isEqualTo("accepted");
    }
  }

  @Test
  void saysHowManyLinksForConsentEndedWithASealingKey() throws Exception {
    String oldKey = only("sealing", "active").path("key").asString();
    waitingLink();
    String fresh =
        CommandRun.good(folder, "keys", "add", "sealing", "--json").json().path("key").asString();
    CommandRun.good(folder, "keys", "activate", "sealing", fresh);
    assertThat(CommandRun.good(folder, "keys", "retire", "sealing", oldKey).out())
        .contains("1 links for consent were ended");
    CommandRun again = CommandRun.good(folder, "keys", "retire", "sealing", oldKey, "--json");
    assertThat(again.json().path("endedLinks").asInt(-1)).isZero();
  }

  private void waitingLink() throws Exception {
    OAuthClient client =
        OAuthClients.of(
            new OAuthFlow.Consent(OAuthFlow.Way.AUTHORIZATION_CODE),
            new Provider.Known(
                URI.create("https://id.example/token"),
                Optional.of(URI.create("https://id.example/authorize")),
                Optional.empty()));
    try (Store store =
        Store.open(
            new ConfigLoader(Map.of()).load(folder.resolve("postern.yaml")).store(),
            Store.Schema.REQUIRE_CURRENT,
            Clock.systemUTC())) {
      URI _ =
          store
              .consentLinks()
              .make(
                  client,
                  ALICE,
                  URI.create("http://localhost:8080/oauth/callback"),
                  new ConsentOwner(ALICE, false),
                  TestConfig.ACTOR);
    }
  }

  @Test
  void aKeyThatIsNotInAFileIsNotAppendedTo() throws IOException {
    Path configuration = folder.resolve("postern.yaml");
    String line = Files.readString(folder.resolve("secrets/pepper")).strip();
    Files.writeString(
        configuration, Files.readString(configuration).replace("${file:secrets/pepper}", line));

    CommandRun run = CommandRun.of(folder, "keys", "add", "pepper", "--json");

    assertThat(run.exitCode()).isEqualTo(1);
    assertThat(run.err()).contains("the configuration file itself", "openssl rand -base64 32");
    assertThat(run.err()).doesNotContain(line.substring(9));
  }

  @Test
  void saysHowToGetAnIntegrityKeyOfItsOwn() throws IOException {
    Path configuration = folder.resolve("postern.yaml");
    CommandRun.good(folder, "keys", "status");
    Files.writeString(
        configuration, Files.readString(configuration).replaceAll("(?m)^  integrity-key:.*$", ""));

    CommandRun run = CommandRun.of(folder, "keys", "add", "integrity", "--json");

    assertThat(run.exitCode()).isEqualTo(1);
    assertThat(run.error().path("detail").asString())
        .as("rows are signed with a key that is not configured any more")
        .contains("needs the integrity key");
  }

  @Test
  void wrongUsageIsSaid() {
    assertThat(CommandRun.of(folder, "keys", "add", "salt", "--json").exitCode()).isEqualTo(2);
    CommandRun unknown = CommandRun.of(folder, "keys", "activate", "pepper", "nosuch", "--json");
    assertThat(unknown.exitCode()).isEqualTo(1);
    assertThat(unknown.error().path("error").asString()).isEqualTo("not-found");
    CommandRun dated =
        CommandRun.of(folder, "keys", "retire", "sealing", "x", "--by", "now", "--json");
    assertThat(dated.exitCode()).isEqualTo(1);
    assertThat(
            CommandRun.of(folder, "keys", "retire", "pepper", "x", "--by", "yesterday", "--json")
                .exitCode())
        .isEqualTo(2);
  }

  private JsonNode only(String kind, String state) {
    return CommandRun.good(folder, "keys", "status", kind, "--json").jsonLines().stream()
        .filter(key -> key.path("state").asString().equals(state))
        .findFirst()
        .orElseThrow();
  }

  private JsonNode create() {
    String label = "Phone " + ++made;
    return CommandRun.good(folder, "app-password", "create", ALICE, "--label", label, "--json")
        .json();
  }

  private String outcome(JsonNode created) {
    CommandRun run =
        CommandRun.withInput(
            folder,
            created.path("password").asString() + "\n",
            "verify",
            ALICE,
            "--protocol",
            "imap",
            "--json");
    return run.json().path("outcome").asString();
  }

  private String permissions(String name) throws IOException {
    return PosixFilePermissions.toString(Files.getPosixFilePermissions(folder.resolve(name)));
  }
}
