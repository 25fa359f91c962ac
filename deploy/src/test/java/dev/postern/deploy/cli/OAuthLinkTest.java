package dev.postern.deploy.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.postern.deploy.config.ConfigLoader;
import dev.postern.deploy.config.Configuration;
import dev.postern.store.Store;
import dev.postern.store.auth.Secret;
import dev.postern.store.oauth.ConsentLinks.Brought;
import dev.postern.store.testing.ScriptedIdToken;
import dev.postern.store.testing.ScriptedProvider;
import dev.postern.store.testing.ScriptedProvider.Answer;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.ZoneOffset;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

/** How {@code postern oauth connect} ends where a browser comes back, or does not. */
final class OAuthLinkTest {
  private static final String BACK = "http://localhost:8080/oauth/callback";
  private static final Pattern STATE = Pattern.compile("[?&]state=([^&\\s]+)");

  private final Path folder;
  private final ScriptedProvider provider = new ScriptedProvider();

  OAuthLinkTest(@TempDir Path folder) {
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
                login: { method: oauth2, flow: authorization-code, client-id: postern,
                    scopes: [ mail ], token-endpoint: "%s", authorization-endpoint: "%s" }
            """
                .formatted(provider.tokenEndpoint(), provider.at("/authorize")));
    CommandRun.good(folder, "user", "add", "alice@example.com");
    gives(
        "\"refresh_token\":\"rt\",\"id_token\":\"%s\""
            .formatted(ScriptedIdToken.of(Instant.now(), "{\"email\":\"alice@example.com\"}")));
  }

  /**
   * For any code from now on.
   *
   * @param more members of the answer's JSON
   */
  private void gives(String more) {
    provider.script(_ ->
        Answer.json(
            200,
            "{\"token_type\":\"Bearer\",\"expires_in\":3600,\"access_token\":\"at\","
                + more
                + "}"));
  }

  @AfterEach
  void stopProvider() {
    provider.close();
  }

  /** As a node does when a browser comes back. */
  private void follow(String state, Optional<String> code, Optional<String> error)
      throws Exception {
    Configuration configuration = new ConfigLoader(Map.of()).load(folder.resolve("postern.yaml"));
    try (Store store =
        Store.open(configuration.store(), Store.Schema.REQUIRE_CURRENT, Clock.systemUTC())) {
      var _ =
          store
              .consentLinks()
              .follow(
                  state,
                  new Brought(code.map(Secret::ofText), error, Optional.empty()),
                  configuration.gateway().oauthClients());
    }
  }

  /** One in which a quarter of an hour is over in 45 seconds. */
  private static Clock hurried() {
    Instant start = Instant.now();
    InstantSource source =
        () -> start.plus(Duration.between(start, Instant.now()).multipliedBy(20));
    return source.withZone(ZoneOffset.UTC);
  }

  private static String state(String text) {
    Matcher found = STATE.matcher(text);
    assertThat(found.find()).as(text).isTrue();
    return found.group(1);
  }

  private static String awaitedState(RunningCommand command) {
    await()
        .atMost(Duration.ofSeconds(30))
        .until(() -> STATE.matcher(command.completeLines()).find());
    return state(command.completeLines());
  }

  @Test
  void endsWithTheConsentThatABrowserBroughtBack() throws Exception {
    try (RunningCommand command =
        RunningCommand.start(folder, "oauth", "connect", "alice@example.com", "--json")) {
      follow(awaitedState(command), Optional.of("code"), Optional.empty());
      assertThat(command.exitCode()).isZero();
      assertThat(command.completeLines())
          .contains("\"comesBackTo\":\"" + BACK + "\"", "\"state\":\"connected\"");
    }
  }

  @Test
  void endsWhenTheLinkWasUsedWithoutSuccess() throws Exception {
    try (RunningCommand command =
        RunningCommand.start(hurried(), folder, "oauth", "connect", "alice@example.com")) {
      follow(awaitedState(command), Optional.empty(), Optional.of("access_denied"));
      assertThat(command.exitCode()).isEqualTo(1);
      assertThat(command.completeLines())
          .contains("The browser comes back to " + BACK + ", where postern serve must answer.");
      assertThat(command.errors())
          .isEqualTo(
              "postern: the link was used without success. The browser and the log of postern"
                  + " serve say why; repeat the command\n");
    }
  }

  // ---- pasted

  /**
   * The command, at whose prompt that is pasted.
   *
   * @param pasted with {@code STATE} for that of the link
   */
  private CommandRun paste(String pasted) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    ByteArrayOutputStream err = new ByteArrayOutputStream();
    int exitCode =
        CommandLines.run(
            new Surroundings(
                new ByteArrayInputStream(new byte[0]),
                new PrintStream(out, true, StandardCharsets.UTF_8),
                new PrintStream(err, true, StandardCharsets.UTF_8),
                _ ->
                    Secret.ofText(
                        pasted.replace("STATE", state(out.toString(StandardCharsets.UTF_8)))),
                Map.of(),
                folder,
                Clock.systemUTC(),
                false,
                RequestsOfTest.stopped()),
            "oauth",
            "connect",
            "alice@example.com",
            "--paste",
            "--json");
    return new CommandRun(
        exitCode, out.toString(StandardCharsets.UTF_8), err.toString(StandardCharsets.UTF_8));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        BACK + "?code=c&state=STATE",
        " localhost:8080/oauth/callback?state=STATE&code=c&scope=mail "
      })
  void takesTheAddressThatTheBrowserEndedAt(String address) {
    CommandRun run = paste(address);
    assertThat(run.exitCode()).as(run.toString()).isZero();
    assertThat(run.jsonLines().getLast().path("state").asString()).isEqualTo("connected");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "http://127.0.0.1:1/authorize?client_id=postern&state=STATE",
        BACK,
        BACK + "?code=c",
        BACK + "?state=STATE",
        BACK + "?state=STATE&code=",
        BACK + "?state=STATE&code=c&code=c",
        BACK + "?state=STATE&state=STATE&code=c",
        "the page said no",
        "https://elsewhere.example/oauth/callback?code=c&state=STATE"
      })
  void saysWhenWhatWasPastedIsNotThatAddress(String address) {
    JsonNode error = refused(address);
    assertThat(error.path("error").asString()).isEqualTo("invalid");
    assertThat(error.path("detail").asString())
        .isEqualTo("that is not the address that the browser ends at");
    assertThat(error.path("remedy").asString()).contains(BACK + "?");
  }

  /** With it somebody else would be connected. */
  @Test
  void refusesTheAddressOfAnotherLink() {
    assertThat(refused(BACK + "?code=c&state=another").path("detail").asString())
        .isEqualTo("that address is of another link than the one above");
    assertThat(provider.requests()).isEmpty();
  }

  /** Once a scope is missing the rest of the answer counts for nothing. */
  @Test
  void saysWhatThePersonDidNotAllow() {
    gives(
        "\"scope\":\"openid\",\"id_token\":\"%s\""
            .formatted(ScriptedIdToken.of(Instant.now(), "{\"email\":\"alice@example.com\"}")));
    JsonNode error = refused(BACK + "?code=c&state=STATE");
    assertThat(error.path("error").asString()).isEqualTo("scopes-not-granted");
    assertThat(error.path("detail").asString()).isEqualTo("the provider did not grant mail");
    assertThat(error.path("remedy").asString()).contains("ticked");
  }

  @Test
  void saysHowToGetARefreshToken() {
    gives(
        "\"id_token\":\"%s\""
            .formatted(ScriptedIdToken.of(Instant.now(), "{\"email\":\"alice@example.com\"}")));
    JsonNode error = refused(BACK + "?code=c&state=STATE");
    assertThat(error.path("error").asString()).isEqualTo("no-refresh-token");
    assertThat(error.path("remedy").asString()).contains("offline_access", "access_type=offline");
  }

  @Test
  void aProviderThatCannotJustNowHasNotDeclined() {
    JsonNode error = refused(BACK + "?error=server_error&state=STATE");
    assertThat(error.path("error").asString()).isEqualTo("provider-busy");
    assertThat(error.path("remedy").asString()).startsWith("wait");
  }

  private JsonNode refused(String address) {
    CommandRun run = paste(address);
    assertThat(run.exitCode()).as(run.toString()).isEqualTo(1);
    return run.error();
  }
}
