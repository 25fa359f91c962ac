package dev.postern.admin.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.postern.admin.view.Json;
import dev.postern.store.access.Role;
import dev.postern.store.auth.Scope;
import dev.postern.store.session.LiveSession;
import dev.postern.store.session.Mailbox;
import dev.postern.store.session.SessionStart;
import dev.postern.store.testing.SqliteFiles;
import dev.postern.store.testing.TestConfig;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** Answers that are longer than memory: exports. */
class ExportLinesTest {
  private static final String HASH = "$2y$05$aTLnXzHZ5lz8gSKKS7Kzq.ZKieymF8uyBkECs4byvKnYUByyhhLpG";

  private final ApiServer server;

  ExportLinesTest(@TempDir Path folder) {
    server = new ApiServer(new SqliteFiles(folder).fresh());
  }

  @AfterEach
  void stop() {
    server.close();
  }

  private static List<JsonNode> lines(HttpResponse<String> answer) {
    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
    assertThat(answer.headers().firstValue("Content-Type")).contains("application/x-ndjson");
    return answer.body().lines().map(Json::parse).toList();
  }

  @Test
  void anExportGoesOnBehindItsLastLine() throws Exception {
    for (int i = 0; i < 1200; i++) {
      server
          .store()
          .users()
          .add("u" + i + "@example.com", Optional.empty(), Optional.empty(), TestConfig.ACTOR);
    }
    List<JsonNode> seen = new ArrayList<>();
    long after = 0;
    for (List<JsonNode> page = changes(after); !page.isEmpty(); page = changes(after)) {
      assertThat(page).as("as many as were asked for").hasSizeLessThanOrEqualTo(700);
      seen.addAll(page);
      long last = page.getLast().path("number").asLong();
      assertThat(last).as("goes on").isGreaterThan(after);
      after = last;
    }
    assertThat(seen.stream().filter(line -> line.path("action").asString().equals("user.add")))
        .extracting(line -> line.path("subjectName").asString())
        .doesNotHaveDuplicates()
        .hasSize(1200)
        .startsWith("u0@example.com", "u1@example.com");
    assertThat(server.get(Role.AUDITOR, "/api/v1/exports/changes?after=1000000").statusCode())
        .isEqualTo(400);
  }

  /** More than is read at once. */
  private List<JsonNode> changes(long after) throws Exception {
    return lines(server.get(Role.AUDITOR, "/api/v1/exports/changes?limit=700&after=" + after));
  }

  @Test
  void aSessionThatEndedIsExportedWithAllThatIsKnown() throws Exception {
    String alice =
        server
            .store()
            .users()
            .add("alice@example.com", Optional.empty(), Optional.empty(), TestConfig.ACTOR)
            .id();
    Instant login = Instant.now().minusSeconds(60).truncatedTo(ChronoUnit.MILLIS);
    LiveSession session =
        server
            .store()
            .sessionRegistry()
            .begin(
                new SessionStart(
                    "0a1b2c3d4e",
                    alice,
                    "ap_phone",
                    Scope.SUBMISSION,
                    new InetSocketAddress(InetAddress.ofLiteral("2001:db8::7"), 50_123),
                    new InetSocketAddress(InetAddress.ofLiteral("192.0.2.1"), 465),
                    "Some Mailer",
                    login));
    session.routed(new Mailbox("mailstore", "mail.internal", Optional.of("alice-box")));
    session.movedUp(7);
    session.movedDown(9);
    Instant before = Instant.now().truncatedTo(ChronoUnit.MILLIS);
    session.close("idle");

    List<JsonNode> lines =
        await()
            .until(
                () -> lines(server.get(Role.AUDITOR, "/api/v1/exports/sessions")),
                found -> !found.isEmpty());
    assertThat(lines).hasSize(1);
    ObjectNode line = (ObjectNode) lines.getFirst();
    assertThat(Instant.parse(line.remove("endedAt").asString())).isBetween(before, Instant.now());
    assertThat(line.remove("id").asString()).isNotEmpty();
    assertThat(line)
        .isEqualTo(
            Json.parse(
                """
                {"number": 1, "session": "0a1b2c3d4e", "user": "alice@example.com",
                 "userId": "%s", "appPassword": "ap_phone", "protocol": "submission",
                 "from": "2001:db8:0:0:0:0:0:7", "fromPort": 50123, "clientName": "Some Mailer",
                 "upstream": "mailstore", "upstreamHost": "mail.internal", "mailbox": "alice-box",
                 "startedAt": "%s", "bytesUp": 7, "bytesDown": 9, "end": "idle"}
                """
                    .formatted(alice, login)));
  }

  /** Of what is made, and of what is brought. */
  @Test
  void anExportHoldsNoSecret() throws Exception {
    HttpResponse<String> brought =
        server.send(
            server
                .request(Role.ADMIN, "/api/v1/import?from=dovecot")
                .header("Content-Type", "text/plain")
                .POST(BodyPublishers.ofString("bob@example.com:{BLF-CRYPT}" + HASH + "\n"))
                .build());
    assertThat(brought.statusCode()).isEqualTo(200);
    String appPassword =
        Json.parse(
                server
                    .send(
                        Role.OPERATOR,
                        "POST",
                        "/api/v1/users/bob@example.com/app-passwords",
                        "{\"label\": \"Phone\", \"scopes\": [\"imap\"]}")
                    .body())
            .path("password")
            .asString();
    assertThat(appPassword).isNotEmpty();

    String changes = server.get(Role.AUDITOR, "/api/v1/exports/changes").body();

    assertThat(changes)
        .contains("app-password.create", "token.create", "bob@example.com")
        .doesNotContain(appPassword, server.token(Role.ADMIN), HASH.substring(0, 20));
  }

  @ParameterizedTest
  @EnumSource(
      value = Role.class,
      names = {"HELPDESK", "ISSUER", "VERIFIER"})
  void whoMayNotReadTheRecordExportsNothing(Role role) throws Exception {
    for (String record : List.of("changes", "sign-ins", "sessions")) {
      assertThat(server.get(role, "/api/v1/exports/" + record).statusCode()).isEqualTo(403);
      assertThat(server.get(Role.AUDITOR, "/api/v1/exports/" + record).statusCode()).isEqualTo(200);
    }
  }
}
