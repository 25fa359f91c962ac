package dev.postern.admin.api;

import static dev.postern.admin.api.Answers.assertProblem;
import static dev.postern.admin.api.Answers.items;
import static dev.postern.admin.api.Answers.json;
import static dev.postern.admin.api.Answers.text;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.postern.store.access.Role;
import dev.postern.store.auth.AppPasswordShape;
import dev.postern.store.auth.Attempt;
import dev.postern.store.auth.AuthOutcome;
import dev.postern.store.auth.Protection;
import dev.postern.store.auth.Scope;
import dev.postern.store.auth.Secret;
import dev.postern.store.auth.User;
import dev.postern.store.auth.UserEdit;
import dev.postern.store.testing.SqliteFiles;
import dev.postern.store.testing.TestConfig;
import java.net.InetAddress;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** By what names users are found, and by which tokens. */
class ReachTest {
  private static final String ALICE = "alice@example.com";

  private final Path folder;
  private ApiServer server;

  ReachTest(@TempDir Path folder) {
    this.folder = folder;
  }

  @BeforeEach
  void start() {
    server = new ApiServer(new SqliteFiles(folder).fresh());
    var _ = add(ALICE);
    server.store().users().addAlias(ALICE, "sales@example.com", TestConfig.ACTOR);
  }

  @AfterEach
  void stop() {
    server.close();
  }

  @ParameterizedTest
  @ValueSource(strings = {"/api/v1/sign-ins", "/api/v1/changes", "/api/v1/traces"})
  void aListIsOfTheUserWhateverNameOfHisIsGiven(String list) throws Exception {
    signIn();
    assertThat(
            server
                .send(Role.ADMIN, "POST", "/api/v1/traces", "{\"user\": \"" + ALICE + "\"}")
                .statusCode())
        .isEqualTo(201);
    String id = server.store().users().find(ALICE).orElseThrow().id();
    await().until(() -> !items(server.get(Role.ADMIN, list + "?user=" + ALICE)).isEmpty());
    String byName = server.get(Role.ADMIN, list + "?user=" + ALICE).body();

    for (String name : new String[] {"@" + id, "sales@example.com", "ALICE@example.com"}) {
      assertThat(server.get(Role.ADMIN, list + "?user=" + name).body()).as(name).isEqualTo(byName);
    }
    assertProblem(server.get(Role.ADMIN, list + "?user=@nobody"), 404, "not-found");
  }

  @Test
  void sessionsAreOfTheUserWhateverNameOfHisIsGiven() throws Exception {
    try (World _ = new World(server.store(), 1)) {
      String user = "alice1@example.com";
      server.store().users().addAlias(user, "desk@example.com", TestConfig.ACTOR);
      String id = server.store().users().find(user).orElseThrow().id();
      for (String name : new String[] {user, "@" + id, "desk@example.com"}) {
        await()
            .until(() ->
                items(server.get(Role.HELPDESK, "/api/v1/sessions?user=" + name)).size() == 1);
      }
      assertThat(server.delete(Role.HELPDESK, "/api/v1/sessions?user=desk@example.com").body())
          .isEqualTo("{\"seen\":1}");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"/api/v1/sign-ins", "/api/v1/sessions", "/api/v1/traces"})
  void noNameOfAProtectedUserTellsTheHelpdeskAnything(String list) throws Exception {
    User boss = add("boss@example.com");
    server.store().users().addAlias(boss.name(), "ceo@example.com", TestConfig.ACTOR);
    var _ =
        server
            .store()
            .users()
            .edit(boss.name(), UserEdit.NONE.withProtected(true), TestConfig.ACTOR);
    HttpResponse<String> unknown = server.get(Role.HELPDESK, list + "?user=nobody@example.com");

    assertProblem(unknown, 404, "not-found");
    for (String name : new String[] {boss.name(), "ceo@example.com", "@" + boss.id()}) {
      assertThat(server.get(Role.HELPDESK, list + "?user=" + name).body())
          .as(name)
          .isEqualTo(unknown.body());
    }
    assertThat(server.get(Role.HELPDESK, list + "?user=sales@example.com").statusCode())
        .isEqualTo(200);
  }

  @Test
  void anIssuerNamesAUserOfHisDomainByIdToo() throws Exception {
    User slashed = add("a/b@example.com");
    User elsewhere = add("a/b@other.example");

    HttpResponse<String> made = create(Role.ISSUER, "/api/v1/users/@" + slashed.id(), "k1");
    assertThat(made.statusCode()).isEqualTo(201);
    assertThat(text(made, "user")).isEqualTo("a/b@example.com");
    HttpResponse<String> refused = create(Role.ISSUER, "/api/v1/users/@" + elsewhere.id(), "k2");
    assertProblem(refused, 403, "forbidden");
    assertThat(create(Role.ISSUER, "/api/v1/users/@nobody", "k3").body()).isEqualTo(refused.body());
  }

  @Test
  void anIssuerWhoAsksAgainLearnsNothingOfTheUse() throws Exception {
    HttpResponse<String> made = create(Role.ISSUER, "/api/v1/users/" + ALICE, "k1");
    String id = text(made, "id");
    logIn(text(made, "password"));
    await().until(() -> server.store().appPasswords().find(id).orElseThrow().lastUse().isPresent());
    var _ = server.store().appPasswords().revoke(id, "left the company", TestConfig.ACTOR);

    HttpResponse<String> again = create(Role.ISSUER, "/api/v1/users/" + ALICE, "k1");

    assertThat(again.statusCode()).isEqualTo(200);
    assertThat(json(again).path("secretShown").booleanValue()).isTrue();
    assertThat(json(again).path("lastUse").isNull()).isTrue();
    assertThat(json(again).path("reason").isNull()).isTrue();
    assertThat(text(again, "state")).isEqualTo("revoked");
    assertThat(server.get(Role.ADMIN, "/api/v1/app-passwords/" + id).body())
        .contains("left the company", "127.0.0.1");
  }

  private void signIn() throws Exception {
    logIn(text(create(Role.ADMIN, "/api/v1/users/" + ALICE, "sign-in"), "password"));
  }

  private void logIn(String password) {
    try (Secret secret = Secret.ofText(password)) {
      AuthOutcome outcome =
          server
              .store()
              .verifier()
              .verify(
                  new Attempt(
                      ALICE,
                      AppPasswordShape.grouped(secret),
                      Scope.IMAP,
                      Protection.TLS_1_3,
                      "plain",
                      InetAddress.getLoopbackAddress(),
                      "test"))
              .toCompletableFuture()
              .join();
      assertThat(outcome).isInstanceOf(AuthOutcome.Accepted.class);
    }
  }

  private User add(String name) {
    return server.store().users().add(name, Optional.empty(), Optional.empty(), TestConfig.ACTOR);
  }

  private HttpResponse<String> create(Role role, String user, String key) throws Exception {
    return server.send(
        server
            .request(role, user + "/app-passwords")
            .header("Content-Type", "application/json")
            .header("Idempotency-Key", key)
            .POST(BodyPublishers.ofString("{\"label\": \"Phone\"}"))
            .build());
  }
}
