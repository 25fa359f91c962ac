package dev.postern.admin.api;

import static org.assertj.core.api.Assertions.assertThat;

import dev.postern.admin.api.Document.Described;
import dev.postern.admin.view.Json;
import dev.postern.store.StoreConfig;
import dev.postern.store.access.Role;
import dev.postern.store.testing.TestDatabase;
import java.io.IOException;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/**
 * Sends what fits the document nearly, and what does not at all, to every operation: whatever comes
 * back must be in the document, and no fault of ours. {@code -Dpostern.fuzz=PT5M} goes on for five
 * minutes, {@code -Dpostern.fuzz.seed=N} does the same again.
 */
abstract class ApiFuzzContract {
  private static final Duration LENGTH = Duration.parse(System.getProperty("postern.fuzz", "PT5S"));
  private static final long SEED = Long.getLong("postern.fuzz.seed", System.nanoTime());

  /** So many are sent on a slow machine too. */
  private static final int LEAST = 500;

  abstract TestDatabase databases();

  @Test
  void nothingThatIsSentIsAFaultOfOurs() throws Exception {
    Random random = new Random(SEED);
    List<String> wrong = new ArrayList<>();
    TreeMap<Integer, Integer> statuses = new TreeMap<>();
    String last = "nothing";
    StoreConfig.Database database = databases().fresh();
    try (ApiServer server = new ApiServer(database);
        World world = new World(server.store(), 1)) {
      Document document = new Document(Json.parse(server.get(Role.ADMIN, "/openapi.json").body()));
      List<Described> operations = document.operations();
      long end = System.nanoTime() + LENGTH.toNanos();
      for (int sent = 0; wrong.isEmpty() && (sent < LEAST || System.nanoTime() < end); sent++) {
        Described operation = operations.get(random.nextInt(operations.size()));
        HttpRequest request = request(server, operation, world, random);
        HttpResponse<String> answer;
        try {
          answer = server.send(request);
        } catch (IOException broken) {
          wrong.add(operation.id() + " " + request.uri() + ": " + broken + ", after " + last);
          continue;
        }
        last =
            request.method()
                + " "
                + request.uri()
                + " "
                + answer.statusCode()
                + " "
                + answer.headers().map();
        statuses.merge(answer.statusCode(), 1, Integer::sum);
        if (answer.statusCode() >= 500 || isUnknown(document, operation, request, answer)) {
          wrong.add(
              operation.id() + " " + request.uri() + ": " + answer.statusCode() + answer.body());
        }
      }
    }
    databases().discard(database);
    assertThat(wrong).as("seed %d", SEED).isEmpty();
    assertThat(statuses).as("seed %d, answers", SEED).containsKeys(200, 400, 404, 422);
  }

  /** Paths that are cut short lead elsewhere, or nowhere. */
  private static boolean isUnknown(
      Document document, Described operation, HttpRequest request, HttpResponse<String> answer) {
    String type = answer.headers().firstValue("Content-Type").orElse("");
    if (answer.body().isEmpty()
        || (type.equals("application/problem+json") && answer.body().contains("about:blank"))
        || request.uri().getRawPath().contains("//")
        || request.uri().getRawPath().endsWith("/")) {
      return false;
    }
    return !document.misfits(operation, answer).isEmpty();
  }

  private static HttpRequest request(
      ApiServer server, Described operation, World world, Random random) {
    StringBuilder target = new StringBuilder(operation.path());
    StringBuilder query = new StringBuilder();
    for (JsonNode parameter : operation.json().path("parameters")) {
      String name = parameter.path("name").stringValue();
      String value = Pages.encoded(text(parameter, world, random));
      switch (parameter.path("in").stringValue()) {
        case "path" -> {
          int at = target.indexOf("{" + name + "}");
          target.replace(at, at + name.length() + 2, value);
        }
        case "query" -> {
          if (random.nextInt(3) == 0) {
            query.append(query.isEmpty() ? '?' : '&').append(name).append('=').append(value);
          }
        }
        default -> {}
      }
    }
    HttpRequest.Builder request = server.request(role(random), target.toString() + query);
    if (random.nextInt(10) == 0) {
      request.header("If-Match", random.nextBoolean() ? "\"1\"" : "*");
    }
    if (random.nextInt(10) == 0) {
      request.header("Idempotency-Key", "k" + random.nextInt(20));
    }
    return operation.takesBody()
        ? request
            .header("Content-Type", operation.body().getKey())
            .method(operation.method(), BodyPublishers.ofString(body(operation, world, random)))
            .build()
        : request.method(operation.method(), BodyPublishers.noBody()).build();
  }

  private static Role role(Random random) {
    return random.nextInt(5) == 0
        ? List.of(Role.values()).get(random.nextInt(Role.values().length))
        : Role.ADMIN;
  }

  private static String text(JsonNode parameter, World world, Random random) {
    if (random.nextInt(3) != 0) {
      return world.adapted("", parameter.path("example").asString("x"));
    }
    return HostileText.any(random);
  }

  private static String body(Described operation, World world, Random random) {
    JsonNode example = operation.body().getValue();
    if (example.isString()) {
      return random.nextBoolean() ? example.stringValue() : HostileText.any(random);
    }
    String text = world.adapted(operation.id(), HostileText.mutated(example, random).toString());
    return switch (random.nextInt(12)) {
      case 0 -> text.substring(0, random.nextInt(text.length()));
      case 1 -> text + HostileText.any(random);
      default -> text;
    };
  }
}
