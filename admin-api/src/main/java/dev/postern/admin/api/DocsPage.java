package dev.postern.admin.api;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.Base64;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.StreamSupport;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * The document for people, as one page of plain HTML: no script runs on it and it asks no other
 * host for anything, so that a browser that has a token is safe on it.
 */
final class DocsPage {
  private static final String STYLE =
      """
      body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem}
      code,pre{font:14px/1.4 ui-monospace,monospace}
      pre{background:#f4f4f4;padding:.7rem;overflow:auto;color:#111}
      h2{border-bottom:1px solid #999;margin-top:3rem} h3{margin:2.5rem 0 .3rem}
      h3 code{font-weight:bold} table{border-collapse:collapse;width:100%}
      td,th{text-align:left;vertical-align:top;padding:.2rem .6rem .2rem 0;border-bottom:1px solid #ddd}
      """;

  private DocsPage() {}

  /** What the browser may load: this page's own style and nothing else. */
  static String contentSecurityPolicy() {
    return "default-src 'none'; style-src 'sha256-" + digest() + "'; frame-ancestors 'none'";
  }

  private static String digest() {
    try {
      byte[] style = STYLE.getBytes(StandardCharsets.UTF_8);
      return Base64.getEncoder().encodeToString(MessageDigest.getInstance("SHA-256").digest(style));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("this Java has no SHA-256", e);
    }
  }

  static String of(ObjectNode document) {
    StringBuilder html = new StringBuilder();
    String title = text(document.path("info").path("title"));
    html.append("<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>")
        .append(title)
        .append("</title><style>")
        .append(STYLE)
        .append("</style><h1>")
        .append(title)
        .append("</h1><p>")
        .append(marked(document.path("info").path("description")))
        .append("<p>For programs: <a href=\"/openapi.json\">openapi.json</a>.");
    problems(html);
    for (JsonNode tag : document.path("tags")) {
      html.append("<h2>").append(text(tag.path("name"))).append("</h2><p>");
      html.append(text(tag.path("description")));
      document
          .path("paths")
          .propertyStream()
          .forEach(path ->
              path.getValue()
                  .propertyStream()
                  .filter(operation ->
                      operation.getValue().path("tags").path(0).equals(tag.path("name")))
                  .forEach(operation ->
                      operation(html, path.getKey(), operation.getKey(), operation.getValue())));
    }
    html.append("<h2>schemas</h2>");
    document
        .path("components")
        .path("schemas")
        .propertyStream()
        .forEach(schema -> schema(html, schema));
    return html.append("</html>\n").toString();
  }

  private static void problems(StringBuilder html) {
    html.append("<h2>errors</h2><table><tr><th>type<th>status<th>meaning");
    for (ProblemType type : ProblemType.values()) {
      html.append("<tr><td><code>")
          .append(type.uri())
          .append("</code><td>")
          .append(type.status())
          .append("<td>")
          .append(escaped(type.title()));
    }
    html.append("</table>");
  }

  private static void operation(StringBuilder html, String path, String method, JsonNode json) {
    html.append("<h3 id=\"")
        .append(text(json.path("operationId")))
        .append("\"><code>")
        .append(method.toUpperCase(Locale.ROOT))
        .append(' ')
        .append(escaped(RouteTable.BASE + path))
        .append("</code></h3><p>")
        .append(text(json.path("summary")))
        .append(". ")
        .append(text(json.path("description")))
        .append("<p>Roles: ")
        .append(
            StreamSupport.stream(json.path("x-roles").spliterator(), false)
                .map(DocsPage::text)
                .collect(Collectors.joining(", ")))
        .append('.');
    if (!json.path("parameters").isEmpty()) {
      html.append("<table><tr><th>parameter<th>in<th>meaning");
      for (JsonNode parameter : json.path("parameters")) {
        html.append("<tr><td><code>")
            .append(text(parameter.path("name")))
            .append("</code>")
            .append(parameter.path("required").booleanValue() ? "" : " (optional)")
            .append("<td>")
            .append(text(parameter.path("in")))
            .append("<td>")
            .append(text(parameter.path("description")));
      }
      html.append("</table>");
    }
    for (JsonNode sample : json.path("x-codeSamples")) {
      html.append("<pre>").append(text(sample.path("source"))).append("</pre>");
    }
    json.path("responses").propertyStream().forEach(response -> response(html, response));
  }

  private static void response(StringBuilder html, Map.Entry<String, JsonNode> response) {
    html.append("<p><b>")
        .append(escaped(response.getKey()))
        .append("</b> ")
        .append(text(response.getValue().path("description")));
    response
        .getValue()
        .path("content")
        .propertyStream()
        .map(content -> content.getValue().path("example"))
        .filter(example -> !example.isMissingNode())
        .forEach(example ->
            html.append("<pre>").append(escaped(example.toPrettyString())).append("</pre>"));
  }

  private static void schema(StringBuilder html, Map.Entry<String, JsonNode> schema) {
    html.append("<h3 id=\"schema-")
        .append(escaped(schema.getKey()))
        .append("\">")
        .append(escaped(schema.getKey()))
        .append("</h3><pre>")
        .append(escaped(schema.getValue().toPrettyString()))
        .append("</pre>");
  }

  private static String text(JsonNode node) {
    return escaped(node.asString(""));
  }

  /** With words between backquotes as code. */
  private static String marked(JsonNode node) {
    return text(node).replaceAll("`([^`]*)`", "<code>$1</code>");
  }

  private static String escaped(String text) {
    return text.replace("&", "&amp;")
        .replace("<", "&lt;")
        .replace(">", "&gt;")
        .replace("\"", "&quot;");
  }
}
