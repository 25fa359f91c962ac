package dev.postern.admin.view;

import dev.postern.admin.json.Schema;
import dev.postern.store.session.EndedSession;
import dev.postern.store.session.Mailbox;
import java.net.InetSocketAddress;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** A session that is over. */
public final class EndedSessionView {
  private EndedSessionView() {}

  public static ObjectNode json(EndedSession session) {
    ObjectNode json = Json.object();
    json.put("session", session.session());
    Json.put(json, "user", session.user());
    json.put("userId", session.userId());
    json.put("appPassword", session.credentialId());
    json.put("protocol", session.protocol().word());
    Json.put(json, "from", session.peer().map(peer -> peer.getAddress().getHostAddress()));
    session
        .peer()
        .map(InetSocketAddress::getPort)
        .ifPresentOrElse(port -> json.put("fromPort", port), () -> json.putNull("fromPort"));
    json.put("clientName", session.clientName());
    Json.put(json, "upstream", session.mailbox().map(Mailbox::upstream));
    Json.put(json, "upstreamHost", session.mailbox().map(Mailbox::host));
    Json.put(json, "mailbox", session.mailbox().flatMap(Mailbox::name));
    json.put("startedAt", session.startedAt().toString());
    json.put("endedAt", session.endedAt().toString());
    json.put("bytesUp", session.up());
    json.put("bytesDown", session.down());
    json.put("end", session.end());
    return json;
  }

  public static Schema schema() {
    return Schema.object()
        .with("session", Schema.text().describe("As in the log: session=ID."))
        .with("user", Schema.text().orNull().describe("Null: there is no such user any more."))
        .with("userId", Schema.text())
        .with("appPassword", Schema.text().describe("Its id; empty: the person's own password."))
        .with("protocol", AppPasswordView.scope())
        .with("from", Schema.text().orNull().describe("Null: the user was erased."))
        .with("fromPort", Schema.count().orNull())
        .with("clientName", Schema.text().describe("What the program says of itself."))
        .with("upstream", Schema.text().orNull().describe("Null: it came to none."))
        .with("upstreamHost", Schema.text().orNull())
        .with("mailbox", Schema.text().orNull().describe("Its name at the upstream."))
        .with("startedAt", Schema.moment().describe("Of its login."))
        .with("endedAt", Schema.moment())
        .with("bytesUp", Schema.count().describe("From the client."))
        .with("bytesDown", Schema.count().describe("To the client."))
        .with(
            "end",
            Schema.text().describe("The word of the log, end=WORD; or lost: its node died."));
  }

  public static JsonNode example() {
    return Json.parse(
        """
        {"session": "8c1f0a2e", "user": "alice@example.com",
         "userId": "0f5c2c8f1f6a4f0a9d0a2b6f3c1d4e5f", "appPassword": "ap_0123456789abcdef",
         "protocol": "imap", "from": "192.0.2.7", "fromPort": 50123,
         "clientName": "Thunderbird 140", "upstream": "mailstore",
         "upstreamHost": "mail.internal.example.com", "mailbox": "alice",
         "startedAt": "2026-12-01T08:05:00Z", "endedAt": "2026-12-01T08:41:00Z",
         "bytesUp": 812, "bytesDown": 90311, "end": "client-closed"}
        """);
  }
}
