package dev.postern.admin.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.postern.admin.view.Json;
import dev.postern.store.access.Role;
import dev.postern.store.auth.Scope;
import dev.postern.store.auth.Secret;
import dev.postern.store.oauth.Minted;
import dev.postern.store.oauth.OAuthAccount;
import dev.postern.store.testing.SqliteFiles;
import dev.postern.store.testing.TestConfig;
import dev.postern.store.upstream.UpstreamState;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** Upstreams as programs see them. */
class UpstreamsApiTest {
  private static final Instant NOON = Instant.parse("2026-12-01T12:00:00Z");

  @TempDir Path folder;
  private ApiServer server;

  @BeforeEach
  void start() {
    server = new ApiServer(new SqliteFiles(folder).fresh());
  }

  @AfterEach
  void stop() {
    server.close();
  }

  @Test
  void showsWhatEachNodeSaysOfThoseInTheConfiguration() throws Exception {
    server
        .store()
        .upstreamStates()
        .report(() -> List.of(inTrouble("mailstore"), inTrouble("removed")));
    await()
        .atMost(Duration.ofSeconds(20))
        .until(() -> !server.store().upstreamStates().list().isEmpty());

    JsonNode page = Json.parse(server.get(Role.AUDITOR, "/api/v1/upstreams").body());

    assertThat(page.path("items").findValuesAsString("upstream"))
        .containsExactly("mailstore", "office365");
    JsonNode mailstore = page.path("items").path(0);
    assertThat(mailstore.path("loginMethod").asString()).isEqualTo("stored-password");
    assertThat(mailstore.path("endpoints").path(0).path("url").asString())
        .isEqualTo("imaps://imap.example.com:993");
    assertThat(mailstore.path("consents").isNull()).isTrue();
    JsonNode state = mailstore.path("states").path(0);
    assertThat(state.path("node").asString()).isEqualTo("test");
    assertThat(state.path("circuit").asString()).isEqualTo("open");
    assertThat(state.path("openSince").asString()).isEqualTo("2026-12-01T11:59:00Z");
    assertThat(state.path("lastFailure").path("cause").asString()).isEqualTo("connect");
    assertThat(state.path("lastLoginAt").isNull()).isTrue();
    assertThat(state.path("loginsWaiting").asInt()).isEqualTo(3);
    assertThat(mailstore).isEqualTo(one("mailstore"));
    assertThat(page.path("items").path(1).path("states").isEmpty()).isTrue();
  }

  @Test
  void countsConsentsWhereUsersGiveThem() throws Exception {
    var _ =
        server
            .store()
            .users()
            .add("a@example.com", Optional.empty(), Optional.empty(), TestConfig.ACTOR);
    assertThat(one("office365").path("consents").toString())
        .isEqualTo("{\"connected\":0,\"needsConsent\":0}");

    try (Secret refresh = Secret.ofText("refresh");
        Secret access = Secret.ofText("access")) {
      OAuthAccount _ =
          server
              .store()
              .oauthAccounts()
              .connect(
                  "a@example.com",
                  "office365",
                  new Minted(
                      access,
                      Duration.ofHours(1),
                      Optional.of(refresh),
                      Optional.of("a@example.com"),
                      "registration"),
                  TestConfig.ACTOR);
    }

    assertThat(one("office365").path("consents").toString())
        .isEqualTo("{\"connected\":1,\"needsConsent\":0}");
  }

  @Test
  void anUpstreamThatIsNotConfiguredIsNotThere() throws Exception {
    assertThat(server.get(Role.ADMIN, "/api/v1/upstreams/nowhere").statusCode()).isEqualTo(404);
  }

  private JsonNode one(String name) throws Exception {
    return Json.parse(server.get(Role.OPERATOR, "/api/v1/upstreams/" + name).body());
  }

  private static UpstreamState inTrouble(String upstream) {
    return new UpstreamState(
        upstream,
        Scope.IMAP,
        Optional.of(NOON.minusSeconds(60)),
        Optional.of(new UpstreamState.Failure(NOON, "connect", "refused")),
        Optional.empty(),
        new UpstreamState.Load(7, 3, 16));
  }
}
