package dev.postern.deploy.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.postern.deploy.config.ConfigLoader;
import dev.postern.store.Actor;
import dev.postern.store.Channel;
import dev.postern.store.Store;
import dev.postern.store.access.ApiToken;
import dev.postern.store.auth.Secret;
import java.net.InetAddress;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** {@code postern token}, on SQLite. */
final class TokenCommandsTest {
  private final Path folder;

  TokenCommandsTest(@TempDir Path folder) {
    this.folder = folder;
    CommandRun.good(folder, "init");
  }

  private CommandRun good(String... arguments) {
    List<String> line = new ArrayList<>(List.of(arguments));
    line.add("--json");
    return CommandRun.good(folder, line.toArray(String[]::new));
  }

  private Store open() throws Exception {
    return Store.open(
        new ConfigLoader(Map.of()).load(folder.resolve("postern.yaml")).store(),
        Store.Schema.REQUIRE_CURRENT,
        Clock.systemUTC());
  }

  private boolean works(String text) throws Exception {
    try (Store store = open();
        Secret secret = Secret.ofText(text)) {
      return store.apiTokens().check(secret).isPresent();
    }
  }

  @Test
  void makesShowsListsAndRevokes() throws Exception {
    JsonNode made =
        good(
                "token",
                "create",
                "shop",
                "--role",
                "issuer",
                "--domain",
                "b.example",
                "--domain",
                "A.example",
                "--expires",
                "2099-12-31")
            .json();
    String text = made.path("token").asString();
    String id = made.path("id").asString();
    assertThat(text).startsWith("ptk_" + id.substring(3) + "_").hasSize(49);
    assertThat(works(text)).isTrue();
    assertThat(made.path("role").asString()).isEqualTo("issuer");
    assertThat(made.path("domains")).hasToString("[\"a.example\",\"b.example\"]");
    assertThat(made.path("expiresAt").asString()).isEqualTo("2099-12-31T00:00:00Z");
    assertThat(made.path("state").asString()).isEqualTo("active");
    assertThat(made.path("lastUse").isNull()).isTrue();

    JsonNode shown = good("token", "show", id).json();
    assertThat(shown.has("token")).isFalse();
    assertThat(good("token", "list").json()).isEqualTo(shown);
    assertThat(CommandRun.good(folder, "token", "list").out())
        .containsPattern("ID +NAME +ROLE +STATE")
        .containsPattern(id + " +shop +issuer for a.example, b.example +active +2099-12-31");
    assertThat(CommandRun.good(folder, "token", "show", id).out())
        .containsPattern("Last used +never")
        .doesNotContain(text);

    JsonNode revoked = good("token", "revoke", id, "--reason", "leaked").json();
    assertThat(revoked.path("state").asString()).isEqualTo("revoked");
    assertThat(works(text)).isFalse();
    assertThat(good("token", "revoke", id).json()).isEqualTo(revoked);
    List<JsonNode> changes = good("changes", "--action", "token").jsonLines();
    assertThat(changes)
        .extracting(change -> change.path("action").asString())
        .containsExactly("token.revoke", "token.create");
    assertThat(changes.getFirst().path("reason").asString()).isEqualTo("leaked");
    assertThat(changes.toString()).doesNotContain(text.substring(17));
  }

  @Test
  void endsAfterAYearIfNothingElseIsSaid() {
    Instant before = Instant.now();
    JsonNode usual = good("token", "create", "a", "--role", "auditor").json();
    assertThat(Instant.parse(usual.path("expiresAt").asString()))
        .isBetween(
            before.plus(Duration.ofDays(365)).minusMillis(1),
            Instant.now().plus(Duration.ofDays(365)));
    JsonNode lasting = good("token", "create", "b", "--role", "admin", "--expires", "never").json();
    assertThat(lasting.path("expiresAt").isNull()).isTrue();
    assertThat(CommandRun.after(Duration.ofDays(366), folder, "token", "list").out())
        .containsPattern("a +auditor +expired")
        .containsPattern("b +admin +active +never");
  }

  @Test
  void showsTheTextToPeopleOnceAndSaysHowToEndIt() {
    String out = CommandRun.good(folder, "token", "create", "a", "--role", "verifier").out();
    assertThat(out)
        .containsPattern("ptk_[0-9a-z]{12}_[0-9a-z]{32}\n")
        .contains("shown only this once", "postern token revoke tk_");
    assertThat(CommandRun.good(folder, "token", "list").out()).doesNotContain("ptk_");
  }

  @Test
  void saysHowToMakeOneWhereThereIsNone() {
    assertThat(CommandRun.good(folder, "token", "list").out()).contains("postern token create");
  }

  @Test
  void refusesWhatMakesNoSense() {
    assertThat(CommandRun.of(folder, "token", "create", "a").exitCode()).isEqualTo(2);
    CommandRun unknown = CommandRun.of(folder, "token", "create", "a", "--role", "root", "--json");
    assertThat(unknown.exitCode()).isEqualTo(2);
    assertThat(unknown.error().path("detail").asString()).contains("admin, operator, auditor");
    CommandRun past =
        CommandRun.of(folder, "token", "create", "a", "--role", "admin", "--expires", "2001-01-01");
    assertThat(past.exitCode()).isEqualTo(2);
    for (List<String> line :
        List.of(
            List.of("token", "create", "a", "--role", "issuer", "--json"),
            List.of("token", "create", "a", "--role", "admin", "--domain", "b.example", "--json"),
            List.of("token", "show", "tk_0", "--json"),
            List.of("token", "revoke", "tk_0", "--json"))) {
      CommandRun refused = CommandRun.of(folder, line.toArray(String[]::new));
      assertThat(refused.exitCode()).as(line.toString()).isEqualTo(1);
      assertThat(refused.error().path("error").asString()).isIn("invalid", "not-found");
    }
  }

  @Test
  void changesSayWhereTheyCameFrom() throws Exception {
    try (Store store = open()) {
      Actor desk =
          new Actor(
              "desk",
              "operator",
              Channel.API,
              Optional.of(InetAddress.ofLiteral("192.0.2.7")),
              Optional.empty());
      var _ = store.users().add("alice@example.com", Optional.empty(), Optional.empty(), desk);
    }
    assertThat(CommandRun.good(folder, "changes").out())
        .containsPattern("desk +api from 192.0.2.7 +user.add");
    assertThat(good("changes").json().path("from").asString()).isEqualTo("192.0.2.7");
    good("user", "add", "bob@example.com");
    assertThat(good("changes", "--limit", "1").json().path("from").isNull()).isTrue();
  }

  @Test
  void aPepperThatEndsNamesTheTokensThatEndWithIt() throws Exception {
    String old = good("keys", "status", "pepper").json().path("key").asString();
    JsonNode made = good("token", "create", "shop", "--role", "operator").json();
    String fresh = good("keys", "add", "pepper").json().path("key").asString();
    good("keys", "activate", "pepper", fresh);

    List<JsonNode> forecast = good("keys", "retire", "pepper", old).jsonLines();
    assertThat(forecast.getFirst().path("apiToken").asString()).isEqualTo("shop");
    assertThat(forecast.getFirst().path("event").asString()).isEqualTo("wouldBeRevoked");
    assertThat(forecast.getLast().path("apiTokensWouldBeRevoked").asInt()).isEqualTo(1);
    assertThat(CommandRun.good(folder, "keys", "retire", "pepper", old).out())
        .contains("0 app passwords and 1 API tokens")
        .containsPattern("shop +" + made.path("id").asString());

    List<JsonNode> ended = good("keys", "retire", "pepper", old, "--by", "now").jsonLines();
    assertThat(ended.getFirst().path("id")).isEqualTo(made.path("id"));
    assertThat(ended.getLast().path("apiTokensRevoked").asInt()).isEqualTo(1);
    assertThat(works(made.path("token").asString())).isFalse();
    try (Store store = open()) {
      assertThat(store.apiTokens().find(made.path("id").asString()).flatMap(ApiToken::revokedAt))
          .isPresent();
    }
  }
}
