package dev.postern.admin.api;

import io.javalin.http.Context;
import java.util.Collections;
import java.util.Enumeration;
import java.util.List;
import java.util.Optional;

/**
 * Reads headers that a request has once. Of two, a proxy on the way may have looked at the one and
 * the web server at the other.
 */
public final class SingleHeader {
  private SingleHeader() {}

  /**
   * The value, if there is one.
   *
   * @throws Refusal {@code INVALID_HEADER} if there are several
   */
  public static Optional<String> of(Context request, String name) {
    Enumeration<String> fields = request.req().getHeaders(name);
    List<String> values = fields == null ? List.of() : Collections.list(fields);
    if (values.size() > 1) {
      throw Refusal.of(ProblemType.INVALID_HEADER, name + " must be given once.");
    }
    return values.stream().findFirst();
  }
}
