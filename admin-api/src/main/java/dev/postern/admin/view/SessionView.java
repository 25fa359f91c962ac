package dev.postern.admin.view;

import dev.postern.admin.json.Schema;
import dev.postern.store.session.SessionState;
import dev.postern.store.session.Sessions;
import java.util.stream.Stream;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** A session. */
public final class SessionView {
  public static final String NAME = "Session";

  private SessionView() {}

  public static ObjectNode json(Sessions.Entry session) {
    ObjectNode json = Json.object();
    json.put("id", session.id());
    json.put("node", session.node());
    Json.put(json, "user", session.user());
    json.put("userId", session.userId());
    json.put("appPassword", session.credentialId());
    json.put("protocol", session.protocol().word());
    json.put("from", session.peer().getAddress().getHostAddress());
    json.put("fromPort", session.peer().getPort());
    json.put("to", session.local().getAddress().getHostAddress());
    json.put("toPort", session.local().getPort());
    Json.put(json, "upstream", session.upstream());
    json.put("clientName", session.clientName());
    json.put("state", session.state().word());
    json.put("since", session.since().toString());
    json.put("bytesUp", session.up());
    json.put("bytesDown", session.down());
    return json;
  }

  public static Schema schema() {
    return Schema.object()
        .with("id", Schema.text().describe("As in the log: session=ID."))
        .with("node", Schema.text())
        .with("user", Schema.text().orNull().describe("Null: removed just now."))
        .with("userId", Schema.text())
        .with("appPassword", Schema.text().describe("Its id; empty: the person's own password."))
        .with("protocol", AppPasswordView.scope())
        .with("from", Schema.text())
        .with("fromPort", Schema.count())
        .with("to", Schema.text())
        .with("toPort", Schema.count())
        .with("upstream", Schema.text().orNull())
        .with("clientName", Schema.text().describe("What the program says of itself."))
        .with(
            "state",
            Schema.words(Stream.of(SessionState.values()).map(SessionState::word).toList()))
        .with("since", Schema.moment())
        .with("bytesUp", Schema.count().describe("From the client, lately."))
        .with("bytesDown", Schema.count().describe("To the client, lately."));
  }

  public static JsonNode example() {
    return Json.parse(
        """
        {"id": "8c1f0a2e", "node": "mx1/4711", "user": "alice@example.com",
         "userId": "0f5c2c8f1f6a4f0a9d0a2b6f3c1d4e5f", "appPassword": "ap_0123456789abcdef",
         "protocol": "imap", "from": "192.0.2.7", "fromPort": 50123, "to": "198.51.100.1",
         "toPort": 993, "upstream": "mailstore", "clientName": "Thunderbird 140",
         "state": "relaying", "since": "2026-12-01T08:05:00Z", "bytesUp": 812, "bytesDown": 90311}
        """);
  }
}
