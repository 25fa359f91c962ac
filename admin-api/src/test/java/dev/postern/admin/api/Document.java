package dev.postern.admin.api;

import com.networknt.schema.Schema;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SchemaRegistryConfig;
import com.networknt.schema.SpecificationVersion;
import dev.postern.admin.view.Json;
import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** The document as whoever only has that reads it. */
record Document(JsonNode json) {
  private static final List<String> SPOKEN_OF =
      List.of("ETag", "Location", "Link", "Retry-After", "WWW-Authenticate");

  private static final SchemaRegistry REGISTRY =
      SchemaRegistry.withDefaultDialect(
          SpecificationVersion.DRAFT_2020_12,
          builder ->
              builder.schemaRegistryConfig(
                  SchemaRegistryConfig.builder()
                      .formatAssertionsEnabled(true)
                      .locale(Locale.ROOT)
                      .build()));

  /** An operation in it. */
  record Described(String method, String path, JsonNode json) {
    String id() {
      return json.path("operationId").stringValue();
    }

    Set<String> roles() {
      Set<String> roles = new TreeSet<>();
      json.path("x-roles").forEach(role -> roles.add(role.stringValue()));
      return roles;
    }

    boolean takesBody() {
      return json.has("requestBody");
    }

    /** Its media type and example. */
    Map.Entry<String, JsonNode> body() {
      Map.Entry<String, JsonNode> content =
          json.path("requestBody").path("content").propertyStream().findFirst().orElseThrow();
      return Map.entry(content.getKey(), content.getValue().path("example"));
    }

    /** With the examples of what must be there. */
    String target() {
      return targetWith("", "");
    }

    /** The same with another value of a parameter in the path, as it stands there. */
    String targetWith(String replaced, String value) {
      String address = path.replace("{" + replaced + "}", value);
      StringBuilder query = new StringBuilder();
      for (JsonNode parameter : json.path("parameters")) {
        String name = parameter.path("name").stringValue();
        String example = Pages.encoded(parameter.path("example").asString(""));
        if (parameter.path("in").stringValue().equals("path")) {
          address = address.replace("{" + name + "}", example);
        } else if (parameter.path("required").booleanValue()) {
          query.append(query.isEmpty() ? '?' : '&').append(name).append('=').append(example);
        }
      }
      return address + query;
    }

    /** Names of the parameters in its path. */
    List<String> pathParameters() {
      return json.path("parameters")
          .valueStream()
          .filter(one -> one.path("in").stringValue().equals("path"))
          .map(one -> one.path("name").stringValue())
          .toList();
    }

    boolean hasQuery(String parameter) {
      for (JsonNode one : json.path("parameters")) {
        if (one.path("in").stringValue().equals("query")
            && one.path("name").stringValue().equals(parameter)) {
          return true;
        }
      }
      return false;
    }

    /** Statuses that it may answer with. */
    Set<Integer> statuses() {
      Set<Integer> statuses = new TreeSet<>();
      json.path("responses").propertyNames().forEach(name -> statuses.add(Integer.valueOf(name)));
      return statuses;
    }
  }

  List<Described> operations() {
    List<Described> operations = new ArrayList<>();
    String base = json.path("servers").path(0).path("url").stringValue();
    json.path("paths")
        .propertyStream()
        .forEach(path ->
            path.getValue()
                .propertyStream()
                .forEach(operation ->
                    operations.add(
                        new Described(
                            operation.getKey().toUpperCase(Locale.ROOT),
                            base + path.getKey(),
                            operation.getValue()))));
    return operations;
  }

  /** What of an answer is not in the document; of one in lines, of each. */
  List<String> misfits(Described operation, HttpResponse<String> answer) {
    return Stream.concat(
            headersAmiss(operation, answer).stream(), bodyAmiss(operation, answer).stream())
        .toList();
  }

  /**
   * What the document says is there, and is not, or the other way round; of pages one is the last.
   */
  private static List<String> headersAmiss(Described operation, HttpResponse<String> answer) {
    JsonNode described =
        operation.json().path("responses").path("" + answer.statusCode()).path("headers");
    return SPOKEN_OF.stream()
        .filter(name ->
            name.equals("Link")
                ? answer.headers().firstValue(name).isPresent() && !described.has(name)
                : answer.headers().firstValue(name).isPresent() != described.has(name))
        .map(
            name -> operation.id() + " answers " + answer.statusCode() + " and is amiss in " + name)
        .toList();
  }

  private List<String> bodyAmiss(Described operation, HttpResponse<String> answer) {
    String status = "" + answer.statusCode();
    String answered = operation.id() + " answers " + status;
    if (answer.body().isEmpty()) {
      return operation.statuses().contains(answer.statusCode())
          ? List.of()
          : List.of(answered + ": not in the document");
    }
    String type = answer.headers().firstValue("Content-Type").orElse("");
    JsonNode content = operation.json().path("responses").path(status).path("content").path(type);
    if (content.isMissingNode()) {
      return List.of(answered + " as " + type + ": not in the document");
    }
    Stream<String> values =
        type.equals("application/x-ndjson") ? answer.body().lines() : Stream.of(answer.body());
    return values
        .flatMap(value -> misfits(content.path("schema"), Json.parse(value)).stream())
        .toList();
  }

  /** What of a value does not fit a schema of the document. */
  List<String> misfits(JsonNode schema, JsonNode value) {
    ObjectNode whole = JsonNodeFactory.instance.objectNode();
    whole.set("components", json.path("components"));
    whole.setAll((ObjectNode) schema);
    Schema check = REGISTRY.getSchema(whole);
    return check.validate(value).stream().map(Object::toString).toList();
  }
}
