package dev.postern.admin;

import io.javalin.http.Context;
import io.javalin.http.HttpStatus;
import java.util.LinkedHashMap;
import java.util.Map;
import tools.jackson.databind.json.JsonMapper;

/**
 * The one form of error body, <a href="https://www.rfc-editor.org/rfc/rfc9457#section-3">RFC 9457
 * §3</a>, with the type left at {@code about:blank}: the title is the status code's own phrase.
 *
 * @param status HTTP status code
 * @param detail what is wrong with this request, for the person who made it; never anything the
 *     request said
 */
record Problem(int status, String detail) {
  static final String CONTENT_TYPE = "application/problem+json";

  private static final JsonMapper JSON = JsonMapper.shared();

  byte[] json() {
    Map<String, Object> body = new LinkedHashMap<>();
    body.put("type", "about:blank");
    body.put("title", HttpStatus.forStatus(status).getMessage());
    body.put("status", status);
    body.put("detail", detail);
    return JSON.writeValueAsBytes(body);
  }

  void answer(Context request) {
    request.status(status).contentType(CONTENT_TYPE).result(json());
  }
}
