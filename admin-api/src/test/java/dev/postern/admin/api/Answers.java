package dev.postern.admin.api;

import static org.assertj.core.api.Assertions.assertThat;

import dev.postern.admin.view.Json;
import java.net.http.HttpResponse;
import java.util.List;
import tools.jackson.databind.JsonNode;

/** What stands in answers. */
final class Answers {
  private Answers() {}

  static void assertProblem(HttpResponse<String> answer, int status, String word) {
    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(status);
    assertThat(answer.headers().firstValue("Content-Type")).contains("application/problem+json");
    assertThat(json(answer).path("type").stringValue()).isEqualTo("urn:postern:problem:" + word);
    assertThat(json(answer).path("status").intValue()).isEqualTo(status);
    assertThat(json(answer).path("detail").stringValue()).isNotBlank();
  }

  static JsonNode json(HttpResponse<String> answer) {
    return Json.parse(answer.body());
  }

  static String text(HttpResponse<String> answer, String member) {
    return json(answer).path(member).asString("");
  }

  static List<JsonNode> items(HttpResponse<String> answer) {
    return json(answer).path("items").valueStream().toList();
  }
}
