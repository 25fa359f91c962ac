package dev.postern.deploy.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.postern.store.testing.ScriptedIdToken;
import dev.postern.store.testing.ScriptedProvider;
import dev.postern.store.testing.ScriptedProvider.Answer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** Whose consent {@code postern oauth connect} takes. */
final class OAuthConnectTest {
  private final Path folder;
  private final ScriptedProvider provider = new ScriptedProvider();

  OAuthConnectTest(@TempDir Path folder) {
    this.folder = folder;
  }

  @BeforeEach
  void makeSite() throws IOException {
    CommandRun.good(folder, "init", "--upstream", "generic");
    Path configuration = folder.resolve("postern.yaml");
    String rest =
        Files.readString(configuration)
            .replaceFirst("(?ms)^upstreams:.*?(?=^store:)", "")
            .replaceFirst(
                "(?ms)^listeners:.*?(?=^tls:)",
                "listeners:\n  - { protocol: imap, bind: \"127.0.0.1:0\", tls: implicit }\n");
    Files.writeString(
        configuration,
        rest
            + """

            upstreams:
              cloud:
                imap: "imap://127.0.0.1:1"
                login: { method: oauth2, flow: device-code, client-id: postern, scopes: [ mail ],
                    token-endpoint: "%s", device-endpoint: "%s", authorization-endpoint: "%s" }
            routes:
              - { match: "*", upstream: cloud, add-domain: example.org, lower-case: true }
            """
                .formatted(
                    provider.tokenEndpoint(), provider.at("/device"), provider.at("/authorize")));
    CommandRun.good(folder, "user", "add", "alice");
    CommandRun.good(folder, "user", "add", "info", "--upstream-user", "info@example.net");
  }

  @AfterEach
  void stopProvider() {
    provider.close();
  }

  /** Whoever signs in there is this one; empty: it does not say who. */
  private void signsIn(String mailbox) {
    answers(
        mailbox.isEmpty()
            ? ""
            : ",\"id_token\":\"%s\""
                .formatted(
                    ScriptedIdToken.of(Instant.now(), "{\"email\":\"%s\"}".formatted(mailbox))));
  }

  /**
   * To whoever typed in the code.
   *
   * @param more members of the answer's JSON
   */
  private void answers(String more) {
    provider.script(form ->
        "/device".equals(form.get("path"))
            ? Answer.json(
                200,
                """
                {"device_code":"d","user_code":"ABCD","verification_uri":"https://id.example/code",
                 "expires_in":600,"interval":1}
                """)
            : new Answer(
                200,
                "application/json",
                "{\"token_type\":\"Bearer\",\"expires_in\":3600,\"access_token\":\"at\","
                    + "\"refresh_token\":\"rt\""
                    + more
                    + "}",
                Map.of()));
  }

  private CommandRun connect(String... more) {
    String[] command = new String[more.length + 3];
    command[0] = "oauth";
    command[1] = "connect";
    command[2] = "--json";
    System.arraycopy(more, 0, command, 3, more.length);
    return CommandRun.of(folder, command);
  }

  private static String mailbox(CommandRun run) {
    assertThat(run.exitCode()).as(run.toString()).isZero();
    return run.jsonLines().getLast().path("mailbox").asString();
  }

  private static JsonNode refused(CommandRun run) {
    return refused(run, "other-mailbox");
  }

  private static JsonNode refused(CommandRun run, String word) {
    assertThat(run.exitCode()).as(run.toString()).isEqualTo(1);
    assertThat(run.error().path("error").asString()).isEqualTo(word);
    return run.error();
  }

  @Test
  void refusesAConsentWithoutTheScopeOfMail() {
    answers(",\"scope\":\"openid\"");
    assertThat(
            refused(connect("alice", "--unnamed-mailbox"), "scopes-not-granted")
                .path("detail")
                .asString())
        .isEqualTo("the provider did not grant mail");
    assertThat(CommandRun.good(folder, "oauth", "status", "alice").out())
        .contains("Nobody is connected");
  }

  @Test
  void theIdTokenOfAnotherClientNamesNobody() {
    answers(
        ",\"id_token\":\"%s\""
            .formatted(
                ScriptedIdToken.raw(
                    "RS256",
                    "{\"aud\":\"other\",\"exp\":9999999999,\"email\":\"alice@example.org\"}")));
    assertThat(refused(connect("alice"), "unnamed-mailbox").path("detail").asString())
        .contains("for another client (aud)");
  }

  @Test
  void takesTheConsentOfTheMailboxThatTheRouteLeadsTo() {
    signsIn("alice@example.org");
    assertThat(mailbox(connect("alice"))).isEqualTo("alice@example.org");
  }

  @Test
  void refusesTheConsentOfTheUsersNameWhereTheRouteNamesAnotherMailbox() {
    signsIn("alice");
    assertThat(refused(connect("alice")).path("detail").asString())
        .contains("the mailbox is alice@example.org");
  }

  @Test
  void whatIsPastedMustBeAnAddress() {
    CommandRun run =
        CommandRun.withInput(
            folder, "no address\n", "oauth", "connect", "alice", "--paste", "--json");
    assertThat(run.exitCode()).isEqualTo(1);
    assertThat(run.error().path("error").asString()).isEqualTo("invalid");
  }

  /** What is wrong with a line that is pasted. */
  private String pasted(String line) {
    CommandRun run =
        CommandRun.withInput(folder, line + "\n", "oauth", "connect", "alice", "--paste", "--json");
    assertThat(run.exitCode()).isEqualTo(1);
    return run.error().path("detail").asString();
  }

  @Test
  void anAddressMayBeLongerThanASecret() {
    assertThat(pasted("a".repeat(8192)))
        .isEqualTo("that is not the address that the browser ends at");
    assertThat(pasted("a".repeat(8193))).isEqualTo("the address is longer than 8192 bytes");
    assertThat(pasted("")).isEqualTo("no address was given");
  }

  /** Upstreams that want consent too, beside the one that the route leads to. */
  private void addUpstreams(String... names) throws IOException {
    Path configuration = folder.resolve("postern.yaml");
    String more =
        Stream.of(names)
            .map(
                """
                  %s:
                    imap: "imap://127.0.0.1:1"
                    login: { method: oauth2, flow: device-code, client-id: postern,
                        scopes: [ mail ], issuer: "https://id.example" }
                """
                    ::formatted)
            .collect(Collectors.joining());
    Files.writeString(
        configuration,
        Files.readString(configuration).replaceFirst("(?m)^upstreams:\n", "upstreams:\n" + more));
  }

  @Test
  void ofSeveralUpstreamsThatOfTheRouteIsMeant() throws IOException {
    addUpstreams("north", "south");
    signsIn("alice@example.org");
    CommandRun run = connect("alice");
    assertThat(run.exitCode()).as(run.toString()).isZero();
    assertThat(run.jsonLines().getLast().path("upstream").asString()).isEqualTo("cloud");
  }

  @Test
  void severalUpstreamsAreNamedInOrder() throws IOException {
    addUpstreams("north", "south", "east", "west", "apex");
    Path configuration = folder.resolve("postern.yaml");
    Files.writeString(
        configuration, Files.readString(configuration).replace("match: \"*\"", "match: \"b*\""));
    CommandRun run = connect("alice");
    assertThat(run.exitCode()).isEqualTo(1);
    assertThat(run.error().path("detail").asString()).isEqualTo("several upstreams want consent");
    assertThat(run.error().path("remedy").asString())
        .isEqualTo(
            "add --upstream apex or --upstream cloud or --upstream east or --upstream north"
                + " or --upstream south or --upstream west");
  }

  @Test
  void takesThatOfAMailboxWhoseNameWasSet() {
    signsIn("info@example.net");
    assertThat(mailbox(connect("info"))).isEqualTo("info@example.net");
  }

  @Test
  void takesThatOfTheOtherMailboxThatWasNamedAndOfNoThird() {
    signsIn("anna@example.org");
    assertThat(refused(connect("info")).path("remedy").asString())
        .endsWith("--other-mailbox anna@example.org");
    assertThat(refused(connect("info", "--other-mailbox", "ben@example.org")).path("detail"))
        .hasToString("\"the consent is of anna@example.org, and the mailbox is ben@example.org\"");
    assertThat(mailbox(connect("info", "--other-mailbox", "anna@example.org")))
        .isEqualTo("anna@example.org");
  }

  @Test
  void takesThatOfNobodyKnowsWhomOnlyIfTold() {
    signsIn("");
    assertThat(refused(connect("alice"), "unnamed-mailbox").path("remedy").asString())
        .contains("--unnamed-mailbox");
    CommandRun told = connect("alice", "--unnamed-mailbox");
    assertThat(told.exitCode()).as(told.toString()).isZero();
    signsIn("eve@example.org");
    JsonNode _ = refused(connect("alice", "--unnamed-mailbox"));
  }
}
