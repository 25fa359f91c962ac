package dev.postern.admin.api;

import java.util.Locale;

/**
 * Kinds of error, <a href="https://www.rfc-editor.org/rfc/rfc9457#section-3.1.1">RFC 9457
 * §3.1.1</a>.
 */
public enum ProblemType {
  MALFORMED_JSON(400, "The body is not JSON"),
  INVALID_PARAMETER(400, "A parameter is wrong"),
  INVALID_HEADER(400, "A header is wrong"),
  BAD_CURSOR(400, "The cursor is none of ours"),
  UNAUTHENTICATED(401, "No token that works"),
  FORBIDDEN(403, "The token's role does not allow it"),
  NOT_FOUND(404, "There is no such thing"),
  INCOMPLETE(408, "The body did not come"),
  CONFLICT(409, "It is taken, or changed at the same moment"),
  LIMIT(409, "There are as many as there may be"),
  STATE(409, "Its state, or a policy, does not allow it"),
  GONE(410, "What an earlier request made is there no more"),
  STALE(412, "It was changed since"),
  TOO_LARGE(413, "The body is too long"),
  UNSUPPORTED_MEDIA_TYPE(415, "The body is of another kind"),
  INVALID(422, "The body says something that cannot be"),
  KEY_REUSED(422, "The Idempotency-Key was used for another request"),
  TOO_MANY_REQUESTS(429, "Too many requests"),
  INTERNAL(500, "The server failed"),
  UNAVAILABLE(503, "Not just now");

  private final int status;
  private final String title;

  ProblemType(int status, String title) {
    this.status = status;
    this.title = title;
  }

  int status() {
    return status;
  }

  String title() {
    return title;
  }

  String word() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  /** What {@code type} says; the same for ever, and no address of anything. */
  String uri() {
    return "urn:postern:problem:" + word();
  }
}
