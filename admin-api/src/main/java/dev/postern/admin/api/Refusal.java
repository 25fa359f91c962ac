package dev.postern.admin.api;

import dev.postern.admin.json.StrictJson;
import io.javalin.http.Context;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A request that is not done, and what its sender is told.
 *
 * @see ProblemBody
 */
public final class Refusal extends RuntimeException {
  private final ProblemType type;
  private final List<Fault> faults;
  private final Map<String, String> headers;

  private Refusal(
      ProblemType type, String detail, List<Fault> faults, Map<String, String> headers) {
    super(detail, null, false, false);
    this.type = type;
    this.faults = List.copyOf(faults);
    this.headers = Map.copyOf(headers);
  }

  /**
   * One thing that is wrong.
   *
   * @param place a JSON pointer into the body, RFC 6901, or the name of a parameter
   * @param detail what would be right
   */
  public record Fault(String place, String detail) {}

  /** One of that kind, with what is wrong with this request. */
  public static Refusal of(ProblemType type, String detail) {
    return new Refusal(type, detail, List.of(), Map.of());
  }

  /** With each single thing that is wrong. */
  public static Refusal of(ProblemType type, String detail, List<Fault> faults) {
    return new Refusal(type, detail, faults, Map.of());
  }

  static Refusal notFound() {
    return of(ProblemType.NOT_FOUND, "There is no such thing, or not for this token's role.");
  }

  static Refusal gone() {
    return of(
        ProblemType.GONE, "The same request was done before, and what it made is there no more.");
  }

  /** The token's role does not allow it. */
  public static Refusal forbidden(String detail) {
    return of(ProblemType.FORBIDDEN, detail);
  }

  /** The same, and when to come again. */
  public Refusal retryAfter(int seconds) {
    return with("Retry-After", Integer.toString(seconds));
  }

  /** The same with a header. */
  Refusal with(String name, String value) {
    Map<String, String> more = new LinkedHashMap<>(headers);
    more.put(name, value);
    return new Refusal(type, String.valueOf(getMessage()), faults, more);
  }

  /** Tells the sender. */
  public void answer(Context request) {
    if (type == ProblemType.INCOMPLETE) {
      // Waiting for the rest is over.
      request.header("Connection", "close");
    } else {
      PacedBody.drain(request);
    }
    headers.forEach(request::header);
    request
        .status(type.status())
        .contentType(ProblemBody.CONTENT_TYPE)
        .result(StrictJson.write(ProblemBody.of(this)));
  }

  ProblemType type() {
    return type;
  }

  String detail() {
    return String.valueOf(getMessage());
  }

  List<Fault> faults() {
    return faults;
  }

  Map<String, String> headers() {
    return headers;
  }
}
