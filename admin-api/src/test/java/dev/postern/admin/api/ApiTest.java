package dev.postern.admin.api;

import static dev.postern.admin.api.Answers.assertProblem;
import static dev.postern.admin.api.Answers.items;
import static dev.postern.admin.api.Answers.json;
import static dev.postern.admin.api.Answers.text;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.postern.store.Channel;
import dev.postern.store.access.Role;
import dev.postern.store.audit.Changes;
import dev.postern.store.auth.UserEdit;
import dev.postern.store.testing.SqliteFiles;
import dev.postern.store.testing.TestConfig;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

/** What requests come to that a client of the API relies on. */
class ApiTest {
  private static final String ALICE = "/api/v1/users/alice%40example.com";
  private static final String PHONE = "{\"label\": \"Phone\"}";

  private final Path folder;
  private ApiServer server;

  ApiTest(@TempDir Path folder) {
    this.folder = folder;
  }

  @BeforeEach
  void start() {
    server = new ApiServer(new SqliteFiles(folder).fresh());
    add("alice@example.com");
  }

  @AfterEach
  void stop() {
    server.close();
  }

  @Test
  void theSecretIsInTheFirstAnswerAndInNoOther() throws Exception {
    HttpResponse<String> made = create(Role.ADMIN, ALICE, PHONE);

    assertThat(made.statusCode()).isEqualTo(201);
    assertThat(made.headers().firstValue("Cache-Control")).contains("no-store");
    String secret = text(made, "password");
    assertThat(secret).matches("[0-9a-z]{16}");
    String address = made.headers().firstValue("Location").orElseThrow();
    assertThat(address).isEqualTo("/api/v1/app-passwords/" + text(made, "id"));
    for (String target : List.of(address, ALICE + "/app-passwords", "/api/v1/app-passwords")) {
      HttpResponse<String> again = server.get(Role.ADMIN, target);
      assertThat(again.statusCode()).isEqualTo(200);
      assertThat(again.body()).contains("Phone").doesNotContain(secret, "\"password\"");
    }
  }

  @Test
  void aKeyMakesOneThingHoweverOftenItIsSent() throws Exception {
    HttpResponse<String> first = keyed(ALICE + "/app-passwords", PHONE, "k1");
    HttpResponse<String> second = keyed(ALICE + "/app-passwords", PHONE, "k1");

    assertThat(first.statusCode()).isEqualTo(201);
    assertThat(second.statusCode()).isEqualTo(200);
    assertThat(text(second, "id")).isEqualTo(text(first, "id"));
    assertThat(json(second).path("secretShown").booleanValue()).isTrue();
    assertThat(json(second).has("password")).isFalse();
    assertThat(items(server.get(Role.ADMIN, ALICE + "/app-passwords"))).hasSize(1);
  }

  @Test
  void aRotationThatIsAskedForAgainTellsOfTheSuccessor() throws Exception {
    String old = text(create(Role.ADMIN, ALICE, PHONE), "id");
    String target = "/api/v1/app-passwords/" + old + "/rotate";
    HttpResponse<String> first = keyed(target, "{\"overlap\": \"1d\"}", "k1");
    HttpResponse<String> second = keyed(target, "{\"overlap\": \"1d\"}", "k1");

    assertThat(first.statusCode()).isEqualTo(201);
    assertThat(second.statusCode()).isEqualTo(200);
    assertThat(text(second, "id")).isEqualTo(text(first, "id")).isNotEqualTo(old);
    assertThat(items(server.get(Role.ADMIN, "/api/v1/changes?user=alice%40example.com")))
        .filteredOn(change -> change.path("action").asString("").equals("app-password.rotate"))
        .extracting(change -> change.path("reason").asString(""))
        .containsExactly("replaced by " + text(first, "id") + " within 1d");
  }

  @Test
  void aKeyIsForOneRequestAndOneToken() throws Exception {
    assertThat(keyed(ALICE + "/app-passwords", PHONE, "k1").statusCode()).isEqualTo(201);

    HttpResponse<String> other = keyed(ALICE + "/app-passwords", "{\"label\": \"Tablet\"}", "k1");
    assertProblem(other, 422, "key-reused");
    HttpRequest another =
        server
            .request(Role.OPERATOR, ALICE + "/app-passwords")
            .header("Content-Type", "application/json")
            .header("Idempotency-Key", "k1")
            .POST(BodyPublishers.ofString("{\"label\": \"Tablet\"}"))
            .build();
    assertThat(server.send(another).statusCode()).as("somebody else's key").isEqualTo(201);
  }

  @Test
  void requestsWithOneKeyAtOnceMakeOneThing() throws Exception {
    List<HttpResponse<String>> answers =
        atOnce(8, () -> keyed(ALICE + "/app-passwords", PHONE, "k1"));

    assertThat(answers)
        .extracting(HttpResponse::statusCode)
        .containsOnly(200, 201)
        .filteredOn(status -> status == 201)
        .hasSize(1);
    assertThat(items(server.get(Role.ADMIN, ALICE + "/app-passwords"))).hasSize(1);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", " ", "a b", "x\u0001"})
  void aKeyThatIsNoneIsRefused(String key) throws Exception {
    HttpResponse<String> answer;
    try {
      answer = keyed(ALICE + "/app-passwords", PHONE, key);
    } catch (IllegalArgumentException _) {
      return; // no client can send it
    }
    assertProblem(answer, 400, "invalid-header");
  }

  @Test
  void whatWasMadeBeforeAndIsGoneIsSaidToBe() throws Exception {
    assertThat(keyed("/api/v1/users", "{\"user\": \"bob@example.com\"}", "k1").statusCode())
        .isEqualTo(201);
    assertThat(keyed("/api/v1/users", "{\"user\": \"bob@example.com\"}", "k1").statusCode())
        .isEqualTo(200);
    assertThat(server.delete(Role.ADMIN, "/api/v1/users/bob%40example.com").statusCode())
        .isEqualTo(204);

    assertProblem(keyed("/api/v1/users", "{\"user\": \"bob@example.com\"}", "k1"), 410, "gone");
  }

  @Test
  void aChangeOfWhatWasChangedSinceIsRefused() throws Exception {
    String seen = server.get(Role.ADMIN, ALICE).headers().firstValue("ETag").orElseThrow();
    HttpResponse<String> changed = patch(ALICE, "{\"group\": \"sales\"}", seen);
    assertThat(changed.statusCode()).isEqualTo(200);
    assertThat(changed.headers().firstValue("ETag")).isPresent().isNotEqualTo(Optional.of(seen));

    assertProblem(patch(ALICE, "{\"group\": \"support\"}", seen), 412, "stale");
    assertThat(text(server.get(Role.ADMIN, ALICE), "group")).isEqualTo("sales");
    assertThat(patch(ALICE, "{\"group\": \"support\"}", "*").statusCode()).isEqualTo(200);
    assertProblem(patch(ALICE, "{\"group\": \"x\"}", "W/" + seen), 412, "stale");
    assertProblem(patch(ALICE, "{\"group\": \"x\"}", "nonsense"), 400, "invalid-header");
  }

  @Test
  void aUserIsShutOutAndLetInOnlyAsHeWasRead() throws Exception {
    String seen = server.get(Role.ADMIN, ALICE).headers().firstValue("ETag").orElseThrow();
    assertThat(patch(ALICE, "{\"group\": \"sales\"}", seen).statusCode()).isEqualTo(200);

    assertProblem(post(ALICE + "/disable", "{\"reason\": \"left\"}", seen), 412, "stale");
    HttpResponse<String> out = post(ALICE + "/disable", "{\"reason\": \"left\"}", "*");
    assertThat(out.statusCode()).isEqualTo(200);
    assertProblem(post(ALICE + "/enable", "", seen), 412, "stale");
    assertThat(text(server.get(Role.ADMIN, ALICE), "state")).isEqualTo("disabled");
    String now = out.headers().firstValue("ETag").orElseThrow();
    assertThat(post(ALICE + "/enable", "", now).statusCode()).isEqualTo(200);
  }

  @ParameterizedTest
  @ValueSource(strings = {ALICE, "/api/v1/policy/users/alice%40example.com"})
  void whatWasReadOfAUserIsNotOfTheNextOneOfThatName(String target) throws Exception {
    String seen = server.get(Role.ADMIN, target).headers().firstValue("ETag").orElseThrow();
    assertThat(server.delete(Role.ADMIN, ALICE).statusCode()).isEqualTo(204);
    add("alice@example.com");

    assertThat(server.get(Role.ADMIN, target).headers().firstValue("ETag"))
        .isPresent()
        .isNotEqualTo(Optional.of(seen));
    HttpResponse<String> changed =
        server.send(
            server
                .request(Role.ADMIN, target)
                .header("Content-Type", "application/json")
                .header("If-Match", seen)
                .method(target.equals(ALICE) ? "PATCH" : "PUT", BodyPublishers.ofString("{}"))
                .build());
    assertProblem(changed, 412, "stale");
  }

  @Test
  void twoThatWorkHaveNotOneLabel() throws Exception {
    String id = text(create(Role.ADMIN, ALICE, PHONE), "id");
    String other = text(create(Role.ADMIN, ALICE, "{\"label\": \"Tablet\"}"), "id");

    assertProblem(create(Role.ADMIN, ALICE, PHONE), 409, "conflict");
    assertProblem(patch("/api/v1/app-passwords/" + other, PHONE, "*"), 409, "conflict");
    assertThat(server.delete(Role.ADMIN, "/api/v1/app-passwords/" + id).statusCode())
        .isEqualTo(200);
    assertThat(create(Role.ADMIN, ALICE, PHONE).statusCode()).isEqualTo(201);
  }

  @Test
  void ofTwoChangesOfTheSameVersionOneIsMade() throws Exception {
    String id = text(create(Role.ADMIN, ALICE, PHONE), "id");
    String seen =
        server
            .get(Role.ADMIN, "/api/v1/app-passwords/" + id)
            .headers()
            .firstValue("ETag")
            .orElseThrow();

    List<HttpResponse<String>> answers =
        atOnce(6, () -> patch("/api/v1/app-passwords/" + id, "{\"label\": \"Mine\"}", seen));

    assertThat(answers).extracting(HttpResponse::statusCode).contains(200).contains(412);
    assertThat(answers).filteredOn(answer -> answer.statusCode() == 200).hasSize(1);
  }

  @Test
  void aListIsReadPageByPage() throws Exception {
    for (int i = 0; i < 7; i++) {
      add("user" + i + "@example.com");
    }
    List<String> names = new ArrayList<>();
    Optional<String> next = Optional.of("/api/v1/users?limit=3&domain=example.com");
    int pages = 0;
    while (next.isPresent()) {
      HttpResponse<String> page = server.get(Role.AUDITOR, next.get());
      assertThat(page.statusCode()).isEqualTo(200);
      json(page).path("items").forEach(user -> names.add(user.path("user").stringValue()));
      next =
          page.headers()
              .firstValue("Link")
              .map(link -> link.replaceAll("<(.*)>; rel=\"next\"", "$1"));
      assertThat(next.isPresent()).isEqualTo(!json(page).path("next").isNull());
      pages++;
    }
    assertThat(names).hasSize(8).isSorted().doesNotHaveDuplicates();
    assertThat(pages).isLessThanOrEqualTo(4);
  }

  @Test
  void aPageBeginsBehindWhatIsGoneMeanwhile() throws Exception {
    List<String> networks =
        List.of(
            "9.0.0.0/8", "10.1.0.0/16", "10.1.0.0/24", "192.0.2.0/24", "2001:db8:0:0:0:0:0:0/32");
    for (String network : networks.reversed()) {
      assertThat(
              server
                  .send(Role.ADMIN, "POST", "/api/v1/bans", "{\"network\": \"" + network + "\"}")
                  .statusCode())
          .isEqualTo(201);
    }
    HttpResponse<String> first = server.get(Role.ADMIN, "/api/v1/bans?limit=2");
    var _ = server.delete(Role.ADMIN, "/api/v1/bans?network=10.1.0.0%2F16");
    HttpResponse<String> second =
        server.get(Role.ADMIN, "/api/v1/bans?limit=9&cursor=" + text(first, "next"));

    assertThat(items(first))
        .extracting(ban -> ban.path("network").stringValue())
        .isEqualTo(networks.subList(0, 2));
    assertThat(items(second))
        .extracting(ban -> ban.path("network").stringValue())
        .isEqualTo(networks.subList(2, 5));
  }

  @ParameterizedTest
  @ValueSource(strings = {"AAAA", "dXNlcnM", "Y2hhbmdlcyB4", "!!!!", "dXNlcnMg", "dXNlcnMgAA"})
  void aCursorOfAnotherListOrOfNoneIsRefused(String cursor) throws Exception {
    assertProblem(server.get(Role.ADMIN, "/api/v1/users?cursor=" + cursor), 400, "bad-cursor");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"a/b@example.com", "50%off@example.com", "a\\\\b", "..", "x;y@example.com"})
  void aUserWhoseNameNoPathHoldsIsFoundByItsId(String name) throws Exception {
    HttpResponse<String> added =
        server.send(Role.ADMIN, "POST", "/api/v1/users", "{\"user\": \"" + name + "\"}");
    String address = added.headers().firstValue("Location").orElseThrow();
    HttpResponse<String> made = create(Role.ADMIN, address, PHONE);

    assertThat(text(server.get(Role.ADMIN, address), "user")).isEqualTo(text(added, "user"));
    assertThat(text(made, "user")).isEqualTo(text(added, "user"));
    if (!name.endsWith("@example.com")) {
      assertProblem(create(Role.ISSUER, address, PHONE), 403, "forbidden");
    }
    assertProblem(server.get(Role.ADMIN, "/api/v1/users/@nobody"), 404, "not-found");
  }

  @ParameterizedTest
  @ValueSource(strings = {"cursor", "startsWith", "domain"})
  void textThatNoDatabaseKeepsIsRefused(String parameter) throws Exception {
    assertProblem(
        server.get(Role.ADMIN, "/api/v1/users?" + parameter + "=a%00b"), 400, "invalid-parameter");
  }

  @ParameterizedTest
  @ValueSource(strings = {"\\u0000", "\\ud800", "a\\udc00b"})
  void aBodyOfTextThatNoDatabaseKeepsIsRefused(String text) throws Exception {
    assertProblem(
        server.send(Role.ADMIN, "POST", ALICE + "/disable", "{\"reason\":\"" + text + "\"}"),
        422,
        "invalid");
  }

  @Test
  void theHelpdeskHasNothingToDoWithProtectedUsers() throws Exception {
    String id = text(create(Role.ADMIN, ALICE, PHONE), "id");
    String trace = text(startTrace(Role.ADMIN, "alice@example.com"), "id");
    HttpResponse<String> unknown = server.get(Role.HELPDESK, "/api/v1/users/nobody%40example.com");
    server
        .store()
        .users()
        .edit("alice@example.com", UserEdit.NONE.withProtected(true), TestConfig.ACTOR);

    assertThat(unknown.statusCode()).isEqualTo(404);
    for (String target :
        List.of(
            ALICE,
            ALICE + "/app-passwords",
            ALICE + "/aliases",
            ALICE + "/policy",
            "/api/v1/app-passwords/" + id,
            "/api/v1/sessions?user=alice%40example.com",
            "/api/v1/traces?user=alice%40example.com",
            "/api/v1/sign-ins?user=alice%40example.com")) {
      HttpResponse<String> answer = server.get(Role.HELPDESK, target);
      assertThat(answer.statusCode()).as(target).isEqualTo(404);
      assertThat(answer.body()).as(target).isEqualTo(unknown.body());
    }
    assertThat(server.delete(Role.HELPDESK, "/api/v1/app-passwords/" + id).body())
        .isEqualTo(unknown.body());
    assertThat(server.delete(Role.HELPDESK, ALICE + "/app-passwords").body())
        .isEqualTo(unknown.body());
    assertThat(server.delete(Role.HELPDESK, "/api/v1/sessions?user=alice%40example.com").body())
        .isEqualTo(unknown.body());
    assertThat(startTrace(Role.HELPDESK, "alice@example.com").body()).isEqualTo(unknown.body());
    for (String which : List.of(trace, "alice%40example.com")) {
      assertThat(server.delete(Role.HELPDESK, "/api/v1/traces/" + which).body())
          .isEqualTo(unknown.body());
    }
    assertThat(items(server.get(Role.ADMIN, "/api/v1/traces"))).hasSize(1);
    assertThat(items(server.get(Role.HELPDESK, "/api/v1/users"))).isEmpty();
    assertThat(items(server.get(Role.AUDITOR, "/api/v1/users"))).hasSize(1);
    assertThat(server.get(Role.ADMIN, "/api/v1/app-passwords/" + id).body())
        .contains("\"state\":\"active\"");
  }

  @Test
  void noPageOfTheHelpdeskEndsAtAProtectedUser() throws Exception {
    for (String name : List.of("bea@example.com", "boss@example.com", "zed@example.com")) {
      add(name);
    }
    var _ =
        server.send(Role.ADMIN, "PATCH", "/api/v1/users/boss@example.com", "{\"protected\": true}");
    List<String> seen = new ArrayList<>();
    String next = "/api/v1/users?limit=1";
    while (!next.isEmpty()) {
      HttpResponse<String> page = server.get(Role.HELPDESK, next);
      items(page).forEach(user -> seen.add(user.path("user").stringValue()));
      String cursor = text(page, "next");
      assertThat(new String(Base64.getUrlDecoder().decode(cursor), UTF_8)).doesNotContain("boss");
      next = cursor.isEmpty() ? "" : "/api/v1/users?limit=1&cursor=" + cursor;
    }
    assertThat(seen).containsExactly("alice@example.com", "bea@example.com", "zed@example.com");
    assertThat(items(server.get(Role.HELPDESK, "/api/v1/users?protected=true"))).isEmpty();
    assertThat(items(server.get(Role.ADMIN, "/api/v1/users?protected=true"))).hasSize(1);
  }

  @Test
  void anIssuerTakesNobodysLoginName() throws Exception {
    String body = "{\"label\": \"x\", \"loginName\": \"scanner\"}";

    assertProblem(create(Role.ISSUER, ALICE, body), 403, "forbidden");
    assertThat(create(Role.ADMIN, ALICE, body).statusCode()).isEqualTo(201);
  }

  @Test
  void theHelpdeskMustSayWhoseThingsItWants() throws Exception {
    for (String target : List.of("/api/v1/sessions", "/api/v1/sign-ins", "/api/v1/traces")) {
      assertProblem(server.get(Role.HELPDESK, target), 403, "forbidden");
    }
    assertProblem(server.delete(Role.HELPDESK, "/api/v1/sessions?all=true"), 403, "forbidden");
  }

  @Test
  void anIssuerMakesAppPasswordsForItsDomainsAndLearnsNothingOfOthers() throws Exception {
    add("carol@other.example");
    server.store().users().addAlias("carol@other.example", "c@example.com", TestConfig.ACTOR);

    assertThat(create(Role.ISSUER, ALICE, PHONE).statusCode()).isEqualTo(201);
    String there = create(Role.ISSUER, "/api/v1/users/carol%40other.example", PHONE).body();
    assertThat(there).contains("urn:postern:problem:forbidden");
    assertThat(create(Role.ISSUER, "/api/v1/users/nobody%40other.example", PHONE).body())
        .isEqualTo(there);
    assertThat(create(Role.ISSUER, "/api/v1/users/c%40example.com", PHONE).statusCode())
        .as("an alias of somebody elsewhere")
        .isEqualTo(404);
    HttpResponse<String> second =
        create(Role.ISSUER, "/api/v1/users/alice%40EXAMPLE.com", "{\"label\": \"Tablet\"}");
    assertThat(second.statusCode()).isEqualTo(201);
  }

  @Test
  void oneAppPasswordMoreThanAllowedIsRefused() throws Exception {
    for (int i = 0; i < 40; i++) {
      assertThat(create(Role.ADMIN, ALICE, "{\"label\": \"Phone " + i + "\"}").statusCode())
          .isEqualTo(201);
    }
    assertProblem(create(Role.ADMIN, ALICE, PHONE), 409, "limit");
  }

  @Test
  void aTokenThatWasRevokedIsNoneAnyMore() throws Exception {
    HttpResponse<String> made =
        server.send(
            Role.ADMIN, "POST", "/api/v1/tokens", "{\"name\": \"monitor\", \"role\": \"auditor\"}");
    String token = text(made, "token");
    HttpRequest request =
        HttpRequest.newBuilder(server.address("/api/v1/token"))
            .header("Authorization", "bearer " + token)
            .build();
    assertThat(server.send(request).statusCode()).isEqualTo(200);

    assertThat(server.delete(Role.ADMIN, "/api/v1/tokens/" + text(made, "id")).statusCode())
        .isEqualTo(200);
    assertProblem(server.send(request), 401, "unauthenticated");
  }

  @Test
  void whoeverTriesManyTokensHasToWaitAndTheOthersDoNot() throws Exception {
    HttpRequest wrong =
        HttpRequest.newBuilder(server.address("/api/v1/token"))
            .header("Authorization", "Bearer ptk_0123456789ab_0123456789abcdefghjkmnpqrstvwxyz")
            .build();
    for (int i = 0; i < Access.FAILURES; i++) {
      assertProblem(server.send(wrong), 401, "unauthenticated");
    }
    HttpResponse<String> late = server.send(wrong);
    assertProblem(late, 429, "too-many-requests");
    assertThat(late.headers().firstValue("Retry-After")).isPresent();
    assertThat(server.get(Role.ADMIN, "/api/v1/token").statusCode()).isEqualTo(200);
  }

  @Test
  void eachChangeIsOnRecordWithWhoAndFromWhere() throws Exception {
    String id = text(create(Role.ADMIN, ALICE, PHONE), "id");
    assertThat(
            server
                .send(
                    Role.HELPDESK,
                    "POST",
                    "/api/v1/app-passwords/" + id + "/suspend",
                    "{\"reason\": \"phone is missing\"}")
                .statusCode())
        .isEqualTo(200);

    Changes.Entry entry =
        server.store().changes().list(Changes.Query.ALL, Optional.empty(), 1).getFirst();
    assertThat(entry.action()).isEqualTo("app-password.suspend");
    assertThat(entry.actor().who()).isEqualTo("test helpdesk");
    assertThat(entry.actor().role()).isEqualTo("helpdesk");
    assertThat(entry.actor().channel()).isEqualTo(Channel.API);
    assertThat(entry.actor().from().orElseThrow().isLoopbackAddress()).isTrue();
    assertThat(entry.before()).isPresent();
    assertThat(entry.after()).isPresent();
    assertThat(entry.reason()).contains("phone is missing");
    JsonNode shown =
        json(server.get(Role.AUDITOR, "/api/v1/changes?limit=1")).path("items").path(0);
    assertThat(shown.path("from").stringValue()).isEqualTo("127.0.0.1");
    assertThat(shown.path("actor").stringValue()).isEqualTo("test helpdesk");
  }

  @Test
  void wrongValuesAreNamedByTheirPlace() throws Exception {
    HttpResponse<String> answer =
        create(
            Role.ADMIN,
            ALICE,
            """
            {"label": "", "scopes": ["imap", "imap"], "networks": 7, "expiresAt": "tomorrow"}
            """);

    assertProblem(answer, 422, "invalid");
    assertThat(json(answer).path("errors"))
        .extracting(error -> error.path("pointer").stringValue())
        .contains("/label", "/scopes", "/networks", "/expiresAt");
    HttpResponse<String> networks =
        create(
            Role.ADMIN, ALICE, "{\"label\": \"x\", \"networks\": [\"192.0.2.0/24\", \"::/200\"]}");
    assertProblem(networks, 422, "invalid");
    assertThat(json(networks).path("errors").path(0).path("pointer").stringValue())
        .isEqualTo("/networks/1");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "{",
        "[]",
        "null",
        "\"x\"",
        "{\"label\": \"x\"} x",
        "{\"label\": \"x\", \"label\": \"y\"}",
        "{\"label\": 1e999}",
        "\u0000",
        "[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[",
        "{\"label\": \"\\ud800\"}",
        "{\"label\": \"a\\u0000b\"}",
        "{\"label\": \"a\\r\\nb: c\"}"
      })
  void aBodyThatIsNoneIsRefused(String body) throws Exception {
    assertThat(create(Role.ADMIN, ALICE, body).statusCode()).isIn(400, 422);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/api/v1/users/..%2f..%2fetc%2fpasswd",
        "/api/v1/users/%2e%2e/tokens",
        "/api/v1/users//app-passwords",
        "/api/v1/app-passwords/ap_0123456789abcdef%00",
        "/api/v1/app-passwords/ap_0123456789abcdeg;x=1",
        "/api/v1/users/a%0d%0aSet-Cookie:%20x",
        "/api/v1/nothing"
      })
  void aPathThatLeadsNowhereSaysSo(String target) throws Exception {
    HttpResponse<String> answer = server.get(Role.ADMIN, target);
    assertThat(answer.statusCode()).isIn(400, 404);
    assertThat(answer.headers().firstValue("Content-Type")).contains("application/problem+json");
    assertThat(answer.headers().firstValue("Set-Cookie")).isEmpty();
  }

  @Test
  void aMethodThatIsNoneHereIsRefusedWithThoseThatAre() throws Exception {
    HttpResponse<String> answer =
        server.send(
            server
                .request(Role.ADMIN, "/api/v1/bans")
                .method("PUT", BodyPublishers.noBody())
                .build());
    assertThat(answer.statusCode()).isEqualTo(405);
    assertThat(answer.headers().firstValue("Allow").orElse("")).contains("GET", "POST", "DELETE");
  }

  @Test
  void aBanOfTheCallerIsMadeOnlyWhenItIsMeant() throws Exception {
    String ban = "{\"network\": \"127.0.0.0/8\"%s}";
    assertProblem(server.send(Role.ADMIN, "POST", "/api/v1/bans", ban.formatted("")), 409, "state");
    assertThat(
            server
                .send(Role.ADMIN, "POST", "/api/v1/bans", ban.formatted(", \"force\": true"))
                .statusCode())
        .isEqualTo(201);
    assertThat(server.delete(Role.ADMIN, "/api/v1/bans?network=127.0.0.0%2F8").statusCode())
        .isEqualTo(204);
    assertProblem(
        server.delete(Role.ADMIN, "/api/v1/bans?network=127.0.0.0%2F8"), 404, "not-found");
  }

  @Test
  void aTraceLastsTenMinutesUnlessItIsSaidAndEndsByIdOrName() throws Exception {
    add("bob@example.com");
    HttpResponse<String> started = startTrace(Role.HELPDESK, "Alice@Example.com");
    assertThat(started.statusCode()).isEqualTo(201);
    assertThat(text(started, "user")).isEqualTo("alice@example.com");
    assertThat(
            Duration.between(
                Instant.parse(text(started, "startedAt")), Instant.parse(text(started, "endsAt"))))
        .isEqualTo(Duration.ofMinutes(10));
    String bobs = text(startTrace(Role.ADMIN, "bob@example.com"), "id");
    assertThat(items(server.get(Role.AUDITOR, "/api/v1/traces"))).hasSize(2);
    assertThat(items(server.get(Role.HELPDESK, "/api/v1/traces?user=ALICE%40example.com")))
        .containsExactly(json(started));

    String alices = "/api/v1/traces/Alice%40example.com";
    assertThat(server.delete(Role.AUDITOR, alices).statusCode()).isEqualTo(403);
    assertThat(server.delete(Role.HELPDESK, alices).statusCode()).isEqualTo(204);
    assertProblem(server.delete(Role.HELPDESK, alices), 404, "not-found");
    assertThat(server.delete(Role.OPERATOR, "/api/v1/traces/" + bobs).statusCode()).isEqualTo(204);
    assertThat(items(server.get(Role.AUDITOR, "/api/v1/traces"))).isEmpty();
    for (String minutes : List.of("0", "61", "1.5", "\"10\"")) {
      assertProblem(
          server.send(
              Role.ADMIN,
              "POST",
              "/api/v1/traces",
              "{\"user\": \"alice@example.com\", \"minutes\": " + minutes + "}"),
          422,
          "invalid");
    }
    assertProblem(startTrace(Role.ADMIN, "nobody@example.com"), 404, "not-found");
  }

  private HttpResponse<String> startTrace(Role role, String user) throws Exception {
    return server.send(role, "POST", "/api/v1/traces", "{\"user\": \"" + user + "\"}");
  }

  @Test
  void aPolicyIsReplacedAsAWhole() throws Exception {
    String place = "/api/v1/policy/domains/example.com";
    assertThat(
            server
                .send(Role.ADMIN, "PUT", place, "{\"limit\": 1, \"expiresAfter\": \"365d\"}")
                .statusCode())
        .isEqualTo(200);
    HttpResponse<String> second =
        server.send(Role.ADMIN, "PUT", place, "{\"limit\": 1, \"idleExpiresAfter\": \"never\"}");
    assertThat(json(second).path("expiresAfter").isNull()).isTrue();
    assertThat(text(second, "idleExpiresAfter")).isEqualTo("never");
    assertThat(create(Role.ADMIN, ALICE, PHONE).statusCode()).isEqualTo(201);
    assertProblem(create(Role.ADMIN, ALICE, PHONE), 409, "limit");
    assertThat(
            json(server.get(Role.ADMIN, ALICE + "/policy"))
                .path("from")
                .path("limit")
                .stringValue())
        .isEqualTo("domain example.com");
    assertThat(server.delete(Role.ADMIN, place).statusCode()).isEqualTo(204);
    assertThat(create(Role.ADMIN, ALICE, "{\"label\": \"Tablet\"}").statusCode()).isEqualTo(201);
  }

  @Test
  void theDocumentIsForPeopleTooAndAsksNoOtherHost() throws Exception {
    HttpResponse<String> page =
        server.send(HttpRequest.newBuilder(server.address("/docs")).build());
    assertThat(page.statusCode()).isEqualTo(200);
    assertThat(page.headers().firstValue("Content-Security-Policy").orElse(""))
        .startsWith("default-src 'none'; style-src 'sha256-");
    assertThat(page.body())
        .contains("createAppPassword", "urn:postern:problem:stale")
        .doesNotContain("<script", "src=", "href=\"http");
  }

  @Test
  void sessionsEndOnlyWhereSomethingIsNamed() throws Exception {
    assertProblem(server.delete(Role.ADMIN, "/api/v1/sessions"), 400, "invalid-parameter");
    assertProblem(
        server.delete(Role.ADMIN, "/api/v1/sessions?usr=alice"), 400, "invalid-parameter");
    try (World _ = new World(server.store(), 1)) {
      await()
          .until(() ->
              items(server.get(Role.ADMIN, "/api/v1/sessions?user=alice1%40example.com")).size()
                  == 1);
      assertThat(server.delete(Role.ADMIN, "/api/v1/sessions/s1").body()).isEqualTo("{\"seen\":1}");
      assertProblem(server.delete(Role.ADMIN, "/api/v1/sessions/s2"), 404, "not-found");
    }
  }

  private void add(String name) {
    var _ = server.store().users().add(name, Optional.empty(), Optional.empty(), TestConfig.ACTOR);
  }

  private HttpResponse<String> create(Role role, String user, String body) throws Exception {
    return server.send(role, "POST", user + "/app-passwords", body);
  }

  private HttpResponse<String> keyed(String target, String body, String key) throws Exception {
    return server.send(
        server
            .request(Role.ADMIN, target)
            .header("Content-Type", "application/json")
            .header("Idempotency-Key", key)
            .POST(BodyPublishers.ofString(body))
            .build());
  }

  private HttpResponse<String> patch(String target, String body, String ifMatch) throws Exception {
    return server.send(
        server
            .request(Role.ADMIN, target)
            .header("Content-Type", "application/json")
            .header("If-Match", ifMatch)
            .method("PATCH", BodyPublishers.ofString(body))
            .build());
  }

  private HttpResponse<String> post(String target, String body, String ifMatch) throws Exception {
    HttpRequest.Builder request = server.request(Role.ADMIN, target).header("If-Match", ifMatch);
    return server.send(
        body.isEmpty()
            ? request.POST(BodyPublishers.noBody()).build()
            : request
                .header("Content-Type", "application/json")
                .POST(BodyPublishers.ofString(body))
                .build());
  }

  private static List<HttpResponse<String>> atOnce(int times, Callable<HttpResponse<String>> each)
      throws Exception {
    List<HttpResponse<String>> answers = new ArrayList<>();
    try (ExecutorService threads = Executors.newFixedThreadPool(times)) {
      List<Future<HttpResponse<String>>> all = new ArrayList<>();
      for (int i = 0; i < times; i++) {
        all.add(threads.submit(each));
      }
      for (Future<HttpResponse<String>> one : all) {
        answers.add(one.get());
      }
    }
    return answers;
  }
}
