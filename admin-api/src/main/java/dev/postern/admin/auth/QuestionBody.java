package dev.postern.admin.auth;

import dev.postern.admin.api.BodyType;
import dev.postern.admin.api.PacedBody;
import dev.postern.admin.api.ProblemType;
import dev.postern.admin.api.Refusal;
import dev.postern.admin.api.SingleHeader;
import dev.postern.admin.json.Schema;
import dev.postern.admin.json.SchemaCheck;
import dev.postern.admin.json.StrictJson;
import dev.postern.store.auth.Protection;
import dev.postern.store.auth.Scope;
import dev.postern.store.auth.Secret;
import io.javalin.http.Context;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.stream.Stream;
import tools.jackson.databind.JsonNode;

/** Reads questions in JSON. */
final class QuestionBody {
  private static final int LONGEST = 1024;

  /** More than a mail server takes from a client: what is too long to be right is wrong. */
  private static final int LONGEST_TYPED = 8 * 1024;

  /** An address of IPv6 with the name of a network interface. */
  private static final int LONGEST_ADDRESS = 55;

  private static final SchemaCheck CHECK =
      new SchemaCheck(
          Schema.object()
              .with("user", Schema.text(0, LONGEST_TYPED))
              .with("password", Schema.text(0, LONGEST_TYPED))
              .with("protocol", Schema.words(Stream.of(Scope.values()).map(Scope::word).toList()))
              .with("clientAddress", Schema.text(2, LONGEST_ADDRESS))
              .with("tls", Schema.bool())
              .may("tlsVersion", Schema.text(1, 16))
              .may("client", Schema.text(0, LONGEST))
              .json());

  private QuestionBody() {}

  /**
   * The question of a request.
   *
   * @throws Refusal {@code UNSUPPORTED_MEDIA_TYPE}, {@code TOO_LARGE}, {@code INCOMPLETE}, {@code
   *     MALFORMED_JSON} or {@code INVALID}; none of them repeats anything of it
   */
  static Question read(Context request, Way way) {
    BodyType.require(SingleHeader.of(request, "Content-Type"), "application/json");
    JsonNode body =
        StrictJson.read(text(PacedBody.whole(request), way))
            .orElseThrow(() ->
                Refusal.of(
                    ProblemType.MALFORMED_JSON,
                    "The body must be one JSON value in UTF-8 in which no name stands twice."));
    List<Refusal.Fault> faults =
        CHECK.misfits(body).stream()
            .map(misfit -> new Refusal.Fault(misfit.pointer(), misfit.detail()))
            .toList();
    if (!faults.isEmpty()) {
      throw Refusal.of(ProblemType.INVALID, "The body does not fit its schema.", faults);
    }
    InetAddress client = address(body.path("clientAddress").stringValue());
    return new Question(
        body.path("user").stringValue(),
        Secret.ofText(body.path("password").stringValue()),
        Scope.ofWord(body.path("protocol").stringValue()).orElseThrow(),
        protection(body.path("tls").booleanValue(), body.path("tlsVersion").asString("")),
        client,
        body.path("client").asString(""),
        way);
  }

  /**
   * Dovecot's script hands on the bytes that a client sent, whatever they are. In place of those
   * that are no UTF-8 stands U+FFFD, which nobody's name or secret has: that is refused, where a
   * question that cannot be read would have the client come again for ever.
   */
  private static byte[] text(byte[] sent, Way way) {
    return switch (way) {
      case DOVECOT -> new String(sent, StandardCharsets.UTF_8).getBytes(StandardCharsets.UTF_8);
      case HTTP, NGINX -> sent;
    };
  }

  private static InetAddress address(String text) {
    try {
      return Question.address(text);
    } catch (IllegalArgumentException _) {
      throw Refusal.of(
          ProblemType.INVALID,
          "The body does not fit its schema.",
          List.of(new Refusal.Fault("/clientAddress", "must be an IP address")));
    }
  }

  /** TLS of which nothing is known counts as the oldest that is not retired. */
  static Protection protection(boolean isTls, String version) {
    return isTls
        ? Protection.ofWord(version)
            .filter(known -> known != Protection.CLEAR)
            .orElse(Protection.TLS_1_2)
        : Protection.CLEAR;
  }
}
