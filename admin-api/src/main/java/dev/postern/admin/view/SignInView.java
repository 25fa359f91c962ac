package dev.postern.admin.view;

import dev.postern.admin.json.Schema;
import dev.postern.store.audit.SignIns;
import java.net.InetAddress;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** Login attempts that were the same within one hour. */
public final class SignInView {
  public static final String NAME = "SignIn";

  private SignInView() {}

  public static ObjectNode json(SignIns.Entry entry) {
    ObjectNode json = Json.object();
    json.put("firstAt", entry.firstAt().toString());
    json.put("lastAt", entry.lastAt().toString());
    json.put("attempts", entry.attempts());
    json.put("outcome", entry.outcome());
    json.put("reason", entry.reason());
    Json.put(json, "user", entry.user());
    Json.put(json, "userId", entry.userId());
    Json.put(json, "nameDigest", entry.nameDigest());
    Json.put(json, "domain", entry.domain());
    Json.put(json, "appPassword", entry.credentialId());
    json.put("protocol", entry.protocol());
    json.put("mechanism", entry.mechanism());
    Json.put(json, "from", entry.peer().map(InetAddress::getHostAddress));
    json.put("clientName", entry.clientName());
    Json.put(json, "upstream", entry.upstream());
    return json;
  }

  public static Schema schema() {
    return Schema.object()
        .with("firstAt", Schema.moment())
        .with("lastAt", Schema.moment())
        .with("attempts", Schema.integer(1, Long.MAX_VALUE))
        .with("outcome", outcome())
        .with("reason", Schema.text().describe("Why not; see docs/audit.md."))
        .with("user", Schema.text().orNull())
        .with("userId", Schema.text().orNull())
        .with("nameDigest", Schema.text().orNull().describe("Of a name that nobody has."))
        .with("domain", Schema.text().orNull().describe("Of a name that nobody has."))
        .with("appPassword", Schema.text().orNull().describe("The one whose secret it was."))
        .with("protocol", Schema.text())
        .with("mechanism", Schema.text())
        .with("from", Schema.text().orNull().describe("Null: various."))
        .with("clientName", Schema.text())
        .with("upstream", Schema.text().orNull());
  }

  public static Schema outcome() {
    return Schema.words("accepted", "rejected", "throttled", "unavailable");
  }

  public static JsonNode example() {
    return Json.parse(
        """
        {"firstAt": "2026-12-01T08:05:00Z", "lastAt": "2026-12-01T08:41:00Z", "attempts": 12,
         "outcome": "rejected", "reason": "wrong-secret", "user": "alice@example.com",
         "userId": "0f5c2c8f1f6a4f0a9d0a2b6f3c1d4e5f", "nameDigest": null, "domain": null,
         "appPassword": null, "protocol": "imap", "mechanism": "PLAIN", "from": "192.0.2.7",
         "clientName": "", "upstream": null}
        """);
  }
}
