package dev.postern.admin.api;

import dev.postern.admin.api.Operation.Carried;
import dev.postern.admin.api.Operation.RequestBody;
import dev.postern.admin.api.Operation.Result;
import dev.postern.admin.json.Schema;
import dev.postern.admin.view.AppPasswordView;
import dev.postern.admin.view.BanView;
import dev.postern.admin.view.ChangeView;
import dev.postern.admin.view.ConsentView;
import dev.postern.admin.view.NodeView;
import dev.postern.admin.view.PolicyView;
import dev.postern.admin.view.SessionView;
import dev.postern.admin.view.SignInView;
import dev.postern.admin.view.TokenView;
import dev.postern.admin.view.TraceView;
import dev.postern.admin.view.UpstreamView;
import dev.postern.admin.view.UserView;
import dev.postern.store.access.Role;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * The route table as an <a href="https://spec.openapis.org/oas/v3.1.1.html">OpenAPI 3.1</a>
 * document.
 */
final class OpenApiDocument {
  private static final String DESCRIPTION =
      """
      Manages Postern. Every request shows a token (`Authorization: Bearer …`, made with `postern \
      token create`); `x-roles` says whose may do what. Errors are `application/problem+json` \
      (RFC 9457), whose `type` is stable. Lists come in pages: `next`, and the `Link` header, lead \
      to the next one. Unknown parameters and members are errors.
      """;

  private OpenApiDocument() {}

  /**
   * The document.
   *
   * @param version of this program
   */
  static ObjectNode of(List<Operation> operations, String version) {
    ObjectNode document = JsonNodeFactory.instance.objectNode();
    document.put("openapi", "3.1.1");
    document
        .putObject("info")
        .put("title", "Postern admin API")
        .put("version", version)
        .put("description", DESCRIPTION.strip());
    document.putArray("servers").addObject().put("url", RouteTable.BASE);
    ArrayNode tags = document.putArray("tags");
    for (Operation.Tag tag : Operation.Tag.values()) {
      tags.addObject().put("name", tag.word()).put("description", tag.description());
    }
    ObjectNode paths = document.putObject("paths");
    for (Operation operation : operations) {
      ObjectNode path =
          paths.get(operation.path()) instanceof ObjectNode known
              ? known
              : paths.putObject(operation.path());
      path.set(operation.method().name().toLowerCase(Locale.ROOT), of(operation));
    }
    ObjectNode components = document.putObject("components");
    components
        .putObject("securitySchemes")
        .putObject("token")
        .put("type", "http")
        .put("scheme", "bearer");
    ObjectNode schemas = components.putObject("schemas");
    schemas(operations).forEach((name, schema) -> schemas.set(name, schema.json()));
    document.putArray("security").addObject().putArray("token");
    return document;
  }

  /** All schemas that others refer to, by name. */
  static Map<String, Schema> schemas(List<Operation> operations) {
    Map<String, Schema> schemas = new LinkedHashMap<>();
    schemas.put(ProblemBody.SCHEMA_NAME, ProblemBody.schema());
    schemas.put(UserView.NAME, UserView.schema());
    schemas.put(AppPasswordView.NAME, AppPasswordView.schema());
    schemas.put(AppPasswordView.ISSUED, AppPasswordView.issuedSchema());
    schemas.put(SessionView.NAME, SessionView.schema());
    schemas.put(SignInView.NAME, SignInView.schema());
    schemas.put(ChangeView.NAME, ChangeView.schema());
    schemas.put(ConsentView.NAME, ConsentView.schema());
    schemas.put(BanView.NAME, BanView.schema());
    schemas.put(TraceView.NAME, TraceView.schema());
    schemas.put(PolicyView.RULES, PolicyView.rulesSchema());
    schemas.put(PolicyView.IN_FORCE, PolicyView.inForceSchema());
    schemas.put(NodeView.NAME, NodeView.schema());
    schemas.put(UpstreamView.NAME, UpstreamView.schema());
    schemas.put(TokenView.NAME, TokenView.schema());
    schemas.put(TokenView.ISSUED, TokenView.issuedSchema());
    for (Operation operation : operations) {
      if (operation.body().orElse(null)
          instanceof RequestBody.Json(String name, Schema schema, JsonNode _)) {
        schemas.put(name, schema);
      }
    }
    return schemas;
  }

  private static ObjectNode of(Operation operation) {
    ObjectNode json = JsonNodeFactory.instance.objectNode();
    json.put("operationId", operation.id());
    json.putArray("tags").add(operation.tag().word());
    json.put("summary", operation.summary());
    if (!operation.description().isEmpty()) {
      json.put("description", operation.description());
    }
    ArrayNode roles = json.putArray("x-roles");
    operation.roles().stream().sorted().map(Role::word).forEach(roles::add);
    parameters(operation, json);
    operation.body().ifPresent(body -> json.set("requestBody", body(body)));
    responses(operation, json.putObject("responses"));
    ArrayNode samples = json.putArray("x-codeSamples");
    samples.addObject().put("lang", "curl").put("source", Samples.curl(operation));
    samples.addObject().put("lang", "java").put("source", Samples.java(operation));
    return json;
  }

  private static void parameters(Operation operation, ObjectNode json) {
    List<ObjectNode> list = new ArrayList<>();
    for (Parameter parameter : operation.parameters()) {
      ObjectNode one = JsonNodeFactory.instance.objectNode();
      one.put("name", parameter.name());
      one.put("in", parameter.in().word());
      one.put("required", parameter.isRequired());
      one.put("description", parameter.description());
      one.set("schema", parameter.schema().json());
      if (!parameter.example().isEmpty()) {
        one.set("example", RequestReading.typed(parameter, parameter.example()).orElseThrow());
      }
      list.add(one);
    }
    if (operation.takesIfMatch()) {
      list.add(
          header("If-Match", "The ETag of an answer: nothing is changed if it is another now.")
              .put("example", EntityTag.of(1)));
    }
    if (operation.replay().isPresent()) {
      list.add(
          header(
                  OnceOnly.HEADER,
                  "A new random text for each request, the same when it is sent again: what was"
                      + " done for it within a day is not done twice.")
              .put("example", "7f0c1f2e-6f0b-4a55-9d6e-2c1d7f3b9a10"));
    }
    if (!list.isEmpty()) {
      json.putArray("parameters").addAll(list);
    }
  }

  private static ObjectNode header(String name, String description) {
    ObjectNode header = JsonNodeFactory.instance.objectNode();
    header.put("name", name);
    header.put("in", "header");
    header.put("required", false);
    header.put("description", description);
    header.set("schema", Schema.text().json());
    return header;
  }

  private static ObjectNode body(RequestBody body) {
    ObjectNode json = JsonNodeFactory.instance.objectNode();
    json.put("required", true);
    ObjectNode content = json.putObject("content");
    switch (body) {
      case RequestBody.Json(String name, Schema _, JsonNode example) -> {
        ObjectNode type = content.putObject("application/json");
        type.set("schema", Schema.ref(name).json());
        type.set("example", example);
      }
      case RequestBody.Stream(String mediaType, String description, String example) -> {
        json.put("description", description);
        ObjectNode type = content.putObject(mediaType);
        type.set("schema", Schema.text().json());
        type.put("example", example);
      }
    }
    return json;
  }

  private static void responses(Operation operation, ObjectNode json) {
    operation.results().forEach(result -> json.set("" + result.status(), of(operation, result)));
    Map<Integer, Set<String>> problems = new LinkedHashMap<>();
    for (ProblemType type : problems(operation)) {
      problems.computeIfAbsent(type.status(), _ -> new TreeSet<>()).add(type.uri());
    }
    problems.forEach((status, types) -> {
      ObjectNode one = json.putObject("" + status);
      one.put("description", "An error: " + String.join(", ", types) + ".");
      headers(status).ifPresent(headers -> one.set("headers", headers));
      one.putObject("content")
          .putObject(ProblemBody.CONTENT_TYPE)
          .set("schema", Schema.ref(ProblemBody.SCHEMA_NAME).json());
    });
  }

  private static Optional<ObjectNode> headers(int refusal) {
    ObjectNode headers = JsonNodeFactory.instance.objectNode();
    switch (refusal) {
      case 401 -> described(headers, "WWW-Authenticate", "Bearer, RFC 6750 §3.");
      case 429, 503 -> described(headers, "Retry-After", "Seconds until it is worth another try.");
      default -> {
        return Optional.empty();
      }
    }
    return Optional.of(headers);
  }

  /** What an operation may answer if not all is well. */
  static Set<ProblemType> problems(Operation operation) {
    Set<ProblemType> types = new TreeSet<>(operation.problems());
    types.add(ProblemType.UNAUTHENTICATED);
    types.add(ProblemType.FORBIDDEN);
    types.add(ProblemType.TOO_MANY_REQUESTS);
    types.add(ProblemType.UNAVAILABLE);
    // A parameter that is not in the document is one too.
    types.add(ProblemType.INVALID_PARAMETER);
    types.add(ProblemType.INVALID_HEADER);
    if (operation.parameters().stream().anyMatch(one -> one.name().equals(Pages.CURSOR))) {
      types.add(ProblemType.BAD_CURSOR);
    }
    if (operation.parameters().stream().anyMatch(one -> one.in() == Parameter.In.PATH)
        || operation.method() != Operation.Method.GET
        || operation.parameters().stream().anyMatch(one -> one.name().equals("user"))) {
      types.add(ProblemType.NOT_FOUND);
    }
    if (operation.method() != Operation.Method.GET) {
      types.add(ProblemType.CONFLICT);
    }
    if (operation.body().isPresent()) {
      types.add(ProblemType.INVALID);
      types.add(ProblemType.MALFORMED_JSON);
      types.add(ProblemType.INCOMPLETE);
      types.add(ProblemType.TOO_LARGE);
      types.add(ProblemType.UNSUPPORTED_MEDIA_TYPE);
    }
    return types;
  }

  private static ObjectNode of(Operation operation, Result result) {
    ObjectNode json = JsonNodeFactory.instance.objectNode();
    json.put("description", result.description());
    switch (result) {
      case Result.Json(int _, String _, Schema schema, JsonNode example, var carried) -> {
        headers(operation, carried, json);
        ObjectNode type = json.putObject("content").putObject("application/json");
        type.set("schema", schema.json());
        type.set("example", example);
      }
      case Result.Lines(int _, String _, Schema schema, JsonNode example) -> {
        ObjectNode type = json.putObject("content").putObject("application/x-ndjson");
        type.set("schema", schema.json());
        type.set("example", example);
      }
      case Result.Nothing _ -> {}
    }
    return json;
  }

  private static void headers(Operation operation, Set<Carried> carried, ObjectNode json) {
    ObjectNode headers = JsonNodeFactory.instance.objectNode();
    carried.stream()
        .sorted()
        .forEach(header -> described(headers, header.field(), header.description()));
    if (operation.parameters().stream().anyMatch(one -> one.name().equals(Pages.CURSOR))) {
      described(headers, "Link", "rel=\"next\": the next page, if there is one (RFC 8288).");
    }
    if (!headers.isEmpty()) {
      json.set("headers", headers);
    }
  }

  private static void described(ObjectNode headers, String name, String description) {
    headers.putObject(name).put("description", description).set("schema", Schema.text().json());
  }
}
