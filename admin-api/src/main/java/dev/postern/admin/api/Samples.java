package dev.postern.admin.api;

import dev.postern.admin.api.Operation.RequestBody;
import dev.postern.admin.json.StrictJson;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/** Each operation as it is called with curl, and from Java; the token is in the environment. */
final class Samples {
  private static final String SERVER = "http://127.0.0.1:8080";

  private Samples() {}

  /** A shell command. */
  static String curl(Operation operation) {
    StringBuilder text = new StringBuilder("curl -sS --fail-with-body");
    if (operation.method() != Operation.Method.GET) {
      text.append(" -X ").append(operation.method());
    }
    text.append(" -H \"Authorization: Bearer $TOKEN\"");
    if (operation.replay().isPresent()) {
      text.append(" \\\n  -H \"Idempotency-Key: $(uuidgen)\"");
    }
    body(operation)
        .ifPresent(body ->
            text.append(" \\\n  -H 'Content-Type: ")
                .append(body.mediaType)
                .append("' --data-binary ")
                .append(quoted(body.text)));
    return text.append(" \\\n  ").append(quoted(SERVER + address(operation))).toString();
  }

  /** Statements of a method that may throw anything. */
  static String java(Operation operation) {
    StringBuilder text = new StringBuilder("HttpRequest request =\n    HttpRequest.newBuilder(\n");
    text.append("            URI.create(\"").append(SERVER).append(address(operation));
    text.append(
        "\"))\n        .header(\"Authorization\", \"Bearer \" + System.getenv(\"TOKEN\"))\n");
    if (operation.replay().isPresent()) {
      text.append("        .header(\"Idempotency-Key\", UUID.randomUUID().toString())\n");
    }
    Optional<Sent> body = body(operation);
    body.ifPresent(sent ->
        text.append("        .header(\"Content-Type\", \"").append(sent.mediaType).append("\")\n"));
    String publisher =
        body.map(sent -> "BodyPublishers.ofString(" + literal(sent.text) + ")")
            .orElse("BodyPublishers.noBody()");
    text.append("        .method(\"")
        .append(operation.method())
        .append("\", ")
        .append(publisher)
        .append(")\n        .build();\n");
    text.append("HttpResponse<String> response =\n");
    text.append("    HttpClient.newHttpClient().send(request, BodyHandlers.ofString());\n");
    return text.append("System.out.println(response.statusCode() + \" \" + response.body());\n")
        .toString();
  }

  /** With the examples of what must be there, and of one thing more to filter by. */
  static String address(Operation operation) {
    String path = operation.path();
    StringBuilder query = new StringBuilder();
    for (Parameter parameter : operation.parameters()) {
      switch (parameter.in()) {
        case PATH ->
            path = path.replace("{" + parameter.name() + "}", Pages.encoded(parameter.example()));
        case QUERY -> {
          if (query.isEmpty() && !parameter.name().equals(Pages.CURSOR)) {
            query
                .append('?')
                .append(parameter.name())
                .append('=')
                .append(Pages.encoded(parameter.example()));
          }
        }
      }
    }
    return RouteTable.BASE + path + query;
  }

  private record Sent(String mediaType, String text) {}

  private static Optional<Sent> body(Operation operation) {
    return operation
        .body()
        .map(body ->
            switch (body) {
              case RequestBody.Json(var _, var _, var example) ->
                  new Sent(
                      "application/json",
                      new String(StrictJson.write(example), StandardCharsets.UTF_8));
              case RequestBody.Stream(String mediaType, var _, String example) ->
                  new Sent(mediaType, example);
            });
  }

  private static String quoted(String text) {
    return "'" + text.replace("'", "'\\''") + "'";
  }

  private static String literal(String text) {
    return '"' + text.replace("\\", "\\\\").replace("\"", "\\\"").replace("\n", "\\n") + '"';
  }
}
