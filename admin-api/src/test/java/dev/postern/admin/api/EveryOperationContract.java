package dev.postern.admin.api;

import static org.assertj.core.api.Assertions.assertThat;

import dev.postern.admin.api.Document.Described;
import dev.postern.admin.view.Json;
import dev.postern.store.StoreConfig;
import dev.postern.store.access.Role;
import dev.postern.store.testing.TestDatabase;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** Calls every operation as the document says, with nothing else at hand. */
abstract class EveryOperationContract {
  private StoreConfig.Database opened;
  private ApiServer server;
  private Document document;
  private int worlds;

  abstract TestDatabase databases();

  @BeforeEach
  void start() throws Exception {
    opened = databases().fresh();
    server = new ApiServer(opened);
    document = new Document(Json.parse(server.get(Role.AUDITOR, "/openapi.json").body()));
  }

  @AfterEach
  void stop() {
    server.close();
    databases().discard(opened);
  }

  @Test
  void eachDoesWhatTheDocumentSaysAndLeadsToWhatItMade() throws Exception {
    List<String> wrong = new ArrayList<>();
    List<String> places = new ArrayList<>();
    for (Described operation : document.operations()) {
      try (World world = world()) {
        HttpResponse<String> answer = server.send(asked(operation, Role.ADMIN, world).build());
        if (answer.statusCode() / 100 != 2) {
          wrong.add(operation.id() + ": " + answer.statusCode() + " " + answer.body());
        }
        wrong.addAll(document.misfits(operation, answer));
        Optional<String> made = answer.headers().firstValue("Location");
        if (made.isPresent()) {
          places.add(operation.id());
          HttpResponse<String> found = server.get(Role.ADMIN, made.get());
          if (found.statusCode() != 200 || found.body().startsWith("{\"items\":[]")) {
            wrong.add(operation.id() + " leads to " + found.statusCode() + " " + found.body());
          }
        }
      }
    }
    assertThat(wrong).isEmpty();
    assertThat(places)
        .containsExactlyInAnyOrder(
            "addUser",
            "createAppPassword",
            "rotateAppPassword",
            "startTrace",
            "addBan",
            "createToken");
    assertThat(document.operations()).hasSizeGreaterThan(40);
  }

  @Test
  void eachIsForTheRolesThatTheDocumentNames() throws Exception {
    List<String> wrong = new ArrayList<>();
    try (World shared = world()) {
      for (Described operation : document.operations()) {
        for (Role role : EnumSet.complementOf(EnumSet.of(Role.ADMIN))) {
          if (operation.roles().contains(role.word())) {
            try (World own = world()) {
              HttpResponse<String> answer = server.send(asked(operation, role, own).build());
              if (answer.statusCode() / 100 != 2) {
                wrong.add(operation.id() + " by " + role + ": " + answer.statusCode());
              }
              wrong.addAll(document.misfits(operation, answer));
            }
          } else {
            HttpResponse<String> answer = server.send(asked(operation, role, shared).build());
            if (answer.statusCode() != 403) {
              wrong.add(operation.id() + " by " + role + ": " + answer.statusCode());
            }
            wrong.addAll(document.misfits(operation, answer));
          }
        }
        assertThat(operation.roles()).as(operation.id()).contains("admin");
      }
    }
    assertThat(wrong).isEmpty();
  }

  @Test
  void noneIsForWhoeverShowsNoTokenOrAnotherOne() throws Exception {
    List<String> wrong = new ArrayList<>();
    try (World world = world()) {
      for (Described operation : document.operations()) {
        HttpRequest.Builder request = asked(operation, Role.ADMIN, world);
        HttpRequest bare =
            HttpRequest.newBuilder(request.build(), (name, _) -> !name.equals("Authorization"))
                .build();
        HttpResponse<String> answer = server.send(bare);
        if (answer.statusCode() != 401
            || answer.headers().firstValue("WWW-Authenticate").isEmpty()) {
          wrong.add(operation.id() + ": " + answer.statusCode());
        }
        wrong.addAll(document.misfits(operation, answer));
      }
    }
    assertThat(wrong).isEmpty();
  }

  @Test
  void eachTellsWhoeverTriesManyTokensToWait() throws Exception {
    List<String> wrong = new ArrayList<>();
    try (World world = world()) {
      for (int i = 0; i < Access.FAILURES; i++) {
        HttpRequest guess = guessed(server.request(Role.ADMIN, "/api/v1/token"));
        assertThat(server.send(guess).statusCode()).isEqualTo(401);
      }
      for (Described operation : document.operations()) {
        HttpResponse<String> answer = server.send(guessed(asked(operation, Role.ADMIN, world)));
        expect(wrong, operation, answer, 429, "urn:postern:problem:too-many-requests");
      }
    }
    assertThat(wrong).isEmpty();
  }

  private static HttpRequest guessed(HttpRequest.Builder request) {
    return request
        .setHeader("Authorization", "Bearer ptk_0123456789ab_0123456789abcdefghjkmnpqrstvwxyz")
        .build();
  }

  @Test
  void eachRefusesWhatIsNotInTheDocument() throws Exception {
    List<String> wrong = new ArrayList<>();
    try (World world = world()) {
      for (Described operation : document.operations()) {
        String target = target(operation, world);
        HttpResponse<String> more =
            server.send(
                sent(
                        operation,
                        target + (target.contains("?") ? "&" : "?") + "surplus=1",
                        body(operation, world))
                    .build());
        expect(wrong, operation, more, 400, "urn:postern:problem:invalid-parameter");
        if (!operation.takesBody() || !operation.body().getKey().equals("application/json")) {
          continue;
        }
        ObjectNode surplus = operation.body().getValue().deepCopy().asObject();
        surplus.put("surplus", 1);
        expect(
            wrong,
            operation,
            server.send(sent(operation, target, surplus.toString()).build()),
            422,
            "urn:postern:problem:invalid");
        expect(
            wrong,
            operation,
            server.send(sent(operation, target, "{\"a\":1,").build()),
            400,
            "urn:postern:problem:malformed-json");
        expect(
            wrong,
            operation,
            server.send(
                sent(operation, target, body(operation, world))
                    .setHeader("Content-Type", "text/plain")
                    .build()),
            415,
            "urn:postern:problem:unsupported-media-type");
        expect(
            wrong,
            operation,
            server.send(sent(operation, target, " ".repeat(70_000)).build()),
            413,
            "urn:postern:problem:too-large");
      }
    }
    assertThat(wrong).isEmpty();
  }

  @Test
  void whatCannotBeOrIsNotInAPathIsNotThere() throws Exception {
    List<String> wrong = new ArrayList<>();
    try (World world = world()) {
      for (Described operation : document.operations()) {
        for (String name : operation.pathParameters()) {
          List<String> texts =
              mayBeAnything(operation, name)
                  ? List.of("no such thing!")
                  : List.of("no such thing!", "nothing-of-that-name");
          for (String text : texts) {
            String target =
                world.adapted(operation.id(), operation.targetWith(name, Pages.encoded(text)));
            HttpResponse<String> answer =
                server.send(sent(operation, target, body(operation, world)).build());
            expect(wrong, operation, answer, 404, "urn:postern:problem:not-found");
          }
        }
      }
    }
    assertThat(wrong).isEmpty();
  }

  /** Of these there are as many as there are names. */
  private static boolean mayBeAnything(Described operation, String parameter) {
    return parameter.equals("domain")
        || parameter.equals("group")
        || (operation.id().equals("addAlias") && parameter.equals("alias"));
  }

  private void expect(
      List<String> wrong,
      Described operation,
      HttpResponse<String> answer,
      int status,
      String type) {
    String told = Json.parse(answer.body()).path("type").asString("");
    if (answer.statusCode() != status || !told.equals(type)) {
      wrong.add(operation.id() + ": " + answer.statusCode() + " " + answer.body());
    }
    wrong.addAll(document.misfits(operation, answer));
  }

  private World world() {
    return new World(server.store(), ++worlds);
  }

  private HttpRequest.Builder asked(Described operation, Role role, World world) {
    if (operation.id().equals("endSession")) {
      world.awaitSession(server.store());
    }
    return sent(operation, target(operation, world), body(operation, world))
        .setHeader("Authorization", "Bearer " + server.token(role));
  }

  private HttpRequest.Builder sent(Described operation, String target, String body) {
    HttpRequest.Builder request = server.request(Role.ADMIN, target);
    return operation.takesBody()
        ? request
            .header("Content-Type", operation.body().getKey())
            .method(operation.method(), BodyPublishers.ofString(body))
        : request.method(operation.method(), BodyPublishers.noBody());
  }

  /** A filter by user is always there: some roles must name one. */
  private static String target(Described operation, World world) {
    String target = operation.target();
    return world.adapted(
        operation.id(),
        operation.hasQuery("user")
            ? target + (target.contains("?") ? "&" : "?") + "user=alice%40example.com"
            : target);
  }

  private static String body(Described operation, World world) {
    if (!operation.takesBody()) {
      return "";
    }
    JsonNode example = operation.body().getValue();
    return world.adapted(
        operation.id(), example.isString() ? example.stringValue() : example.toString());
  }
}
