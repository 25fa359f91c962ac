package dev.postern.admin.view;

import dev.postern.admin.json.Schema;
import dev.postern.store.oauth.ConsentCount;
import dev.postern.store.oauth.OAuthAccount;
import dev.postern.store.upstream.UpstreamState;
import dev.postern.store.upstream.UpstreamStates.AtNode;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** An upstream, and how each node finds it. */
public final class UpstreamView {
  public static final String NAME = "Upstream";
  private static final String CLOSED = "closed";
  private static final String OPEN = "open";

  private UpstreamView() {}

  /**
   * One.
   *
   * @param states those of other upstreams are passed over
   * @param consents likewise
   */
  public static ObjectNode json(
      UpstreamSettings upstream, List<AtNode> states, List<ConsentCount> consents) {
    ObjectNode json = Json.object();
    json.put("upstream", upstream.name());
    json.put("loginMethod", upstream.loginMethod());
    ArrayNode endpoints = json.putArray("endpoints");
    for (UpstreamSettings.Endpoint endpoint : upstream.endpoints()) {
      endpoints.addObject().put("protocol", endpoint.protocol().word()).put("url", endpoint.url());
    }
    consents(json, upstream, consents);
    ArrayNode list = json.putArray("states");
    of(upstream, states).forEach(state -> list.add(state(state)));
    return json;
  }

  /** Those of one upstream. */
  public static Stream<AtNode> of(UpstreamSettings upstream, List<AtNode> states) {
    return states.stream().filter(state -> state.state().upstream().equals(upstream.name()));
  }

  /** How many consents there are in a state. */
  public static long count(
      UpstreamSettings upstream, OAuthAccount.State state, List<ConsentCount> consents) {
    return consents.stream()
        .filter(count -> count.upstream().equals(upstream.name()) && count.state() == state)
        .mapToLong(ConsentCount::number)
        .sum();
  }

  /** A word for whether logins are let through. */
  public static String circuit(UpstreamState state) {
    return state.openSince().isPresent() ? OPEN : CLOSED;
  }

  private static void consents(
      ObjectNode json, UpstreamSettings upstream, List<ConsentCount> consents) {
    if (!upstream.takesConsent()) {
      json.putNull("consents");
      return;
    }
    json.putObject("consents")
        .put("connected", count(upstream, OAuthAccount.State.CONNECTED, consents))
        .put("needsConsent", count(upstream, OAuthAccount.State.NEEDS_CONSENT, consents));
  }

  private static ObjectNode state(AtNode at) {
    UpstreamState state = at.state();
    ObjectNode json = Json.object();
    json.put("node", at.node());
    json.put("nodeId", at.nodeId());
    json.put("protocol", state.protocol().word());
    json.put("circuit", circuit(state));
    Json.put(json, "openSince", state.openSince());
    failure(json, state.lastFailure());
    Json.put(json, "lastLoginAt", state.lastLogin());
    json.put("loginsUnderWay", state.load().underWay());
    json.put("loginsWaiting", state.load().waiting());
    json.put("loginsMost", state.load().most());
    json.put("sessions", at.sessions());
    json.put("seenAt", at.seenAt().toString());
    return json;
  }

  private static void failure(ObjectNode json, Optional<UpstreamState.Failure> failure) {
    if (failure.isPresent()) {
      Instant at = failure.get().at();
      json.putObject("lastFailure")
          .put("at", at.toString())
          .put("cause", failure.get().cause())
          .put("detail", failure.get().detail());
    } else {
      json.putNull("lastFailure");
    }
  }

  public static Schema schema() {
    return Schema.object()
        .with("upstream", Schema.text().describe("Its name in the configuration."))
        .with("loginMethod", Schema.text())
        .with(
            "endpoints",
            Schema.array(
                Schema.object()
                    .with("protocol", AppPasswordView.scope())
                    .with("url", Schema.text())))
        .with(
            "consents",
            Schema.object()
                .with("connected", Schema.count())
                .with("needsConsent", Schema.count())
                .orNull()
                .describe("How many users consented there; null: nobody is asked to."))
        .with("states", Schema.array(stateSchema()).describe("One for each node and protocol."));
  }

  private static Schema stateSchema() {
    return Schema.object()
        .with("node", Schema.text())
        .with("nodeId", Schema.text())
        .with("protocol", AppPasswordView.scope())
        .with(
            "circuit",
            Schema.words(CLOSED, OPEN).describe("Open: not reached, so logins are refused."))
        .with("openSince", Schema.moment().orNull())
        .with(
            "lastFailure",
            Schema.object()
                .with("at", Schema.moment())
                .with("cause", Schema.text())
                .with("detail", Schema.text())
                .orNull()
                .describe("Of the upstream or the way there, not of one mailbox."))
        .with("lastLoginAt", Schema.moment().orNull())
        .with(
            "loginsUnderWay",
            Schema.count().describe("Of the whole upstream, as the two that follow."))
        .with("loginsWaiting", Schema.count())
        .with("loginsMost", Schema.count())
        .with("sessions", Schema.count().describe("In this protocol."))
        .with("seenAt", Schema.moment());
  }

  public static JsonNode example() {
    return Json.parse(
        """
        {"upstream": "mailstore", "loginMethod": "master-user",
         "endpoints": [{"protocol": "imap", "url": "imaps://imap.example.com:993"}],
         "consents": null,
         "states": [{"node": "mx1/4711", "nodeId": "9f2c", "protocol": "imap", "circuit": "closed",
           "openSince": null,
           "lastFailure": {"at": "2026-12-01T07:00:00Z", "cause": "timeout", "detail": ""},
           "lastLoginAt": "2026-12-01T08:05:00Z", "loginsUnderWay": 2, "loginsWaiting": 0,
           "loginsMost": 1024, "sessions": 118, "seenAt": "2026-12-01T08:05:04Z"}]}
        """);
  }
}
