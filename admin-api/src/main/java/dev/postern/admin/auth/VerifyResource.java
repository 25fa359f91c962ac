package dev.postern.admin.auth;

import dev.postern.admin.json.StrictJson;
import io.javalin.http.Context;
import java.time.Duration;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * {@code /auth/verify}: a question and its answer in JSON. The answer says as much of a refusal as
 * a mail client may learn, and no reason: it may find its way to whoever typed the secret. The log
 * and the record have the reason.
 */
final class VerifyResource {
  private final Gate gate;
  private final Verification verification;
  private final AuthDesk desk;

  VerifyResource(Gate gate, Verification verification, AuthDesk desk) {
    this.gate = gate;
    this.verification = verification;
    this.desk = desk;
  }

  void post(Context request) {
    long began = System.nanoTime();
    Gate.Entry entry = gate.entry(request);
    Question question = QuestionBody.read(request, Way.HTTP);
    Decision decision = verification.decide(entry.store(), entry.token(), question, began);
    request
        .status(200)
        .contentType("application/json")
        .result(StrictJson.write(answer(decision, question)));
  }

  private ObjectNode answer(Decision decision, Question question) {
    ObjectNode json = JsonNodeFactory.instance.objectNode();
    switch (decision) {
      case Decision.Accepted(var grant) -> {
        json.put("outcome", "accepted")
            .put("user", grant.user())
            .put("appPassword", grant.credentialId());
        desk.place(grant, question.protocol())
            .ifPresent(place ->
                json.put("upstream", place.upstream()).put("upstreamUser", place.mailbox()));
      }
      case Decision.Rejected(var reason) ->
          json.put("outcome", "rejected").put("message", Words.of(reason));
      case Decision.Throttled(Duration retryAfter) ->
          json.put("outcome", "throttled")
              .put("message", Words.THROTTLED)
              .put("retryAfter", seconds(retryAfter));
      case Decision.Unavailable(Duration retryAfter) ->
          json.put("outcome", "unavailable")
              .put("message", Words.UNAVAILABLE)
              .put("retryAfter", seconds(retryAfter));
    }
    return json;
  }

  private static long seconds(Duration wait) {
    return Math.max(1, wait.toSeconds());
  }
}
