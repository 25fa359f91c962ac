package dev.postern.admin.view;

import dev.postern.admin.json.Schema;
import dev.postern.store.DurationWords;
import dev.postern.store.auth.AppPassword;
import dev.postern.store.auth.AppPassword.LastUse;
import dev.postern.store.auth.AppPassword.State;
import dev.postern.store.auth.Cidr;
import dev.postern.store.auth.IssuedAppPassword;
import dev.postern.store.auth.Lane;
import dev.postern.store.auth.Protection;
import dev.postern.store.auth.Scope;
import dev.postern.store.auth.Secret;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Optional;
import java.util.stream.Stream;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** An app password. */
public final class AppPasswordView {
  public static final String NAME = "AppPassword";
  public static final String ISSUED = "IssuedAppPassword";

  private AppPasswordView() {}

  public static ObjectNode json(AppPassword password) {
    ObjectNode json = Json.object();
    json.put("user", password.user());
    json.put("id", password.id());
    json.put("label", password.label());
    Json.put(json, "scopes", password.scopes().stream().map(Scope::word).sorted().toList());
    Json.put(json, "loginName", password.loginName());
    Json.put(json, "networks", password.networks().stream().map(Cidr::toString).toList());
    json.put("lane", password.lane().word());
    Json.put(json, "expiresAt", password.expiresAt());
    Json.put(json, "idleExpiresAfter", password.idleExpiry().map(DurationWords::format));
    json.put("createdAt", password.createdAt().toString());
    json.put("createdBy", password.createdBy());
    password
        .lastUse()
        .ifPresentOrElse(use -> json.set("lastUse", json(use)), () -> json.putNull("lastUse"));
    Json.put(json, "exposedAt", password.exposedAt());
    json.put("state", password.state().word());
    Json.put(json, "stateSince", since(password.state()));
    Json.put(json, "reason", reason(password.state()));
    return json;
  }

  /** With the secret, without separators: the only time it is shown. */
  public static ObjectNode json(IssuedAppPassword issued) {
    ObjectNode json = Json.object();
    json.put("user", issued.appPassword().user());
    json.put("password", plain(issued.secret()));
    json.setAll(json(issued.appPassword()));
    return json;
  }

  /** One that was shown before, to whoever asks the same again. */
  public static ObjectNode shown(AppPassword password) {
    return json(password).put("secretShown", true);
  }

  /**
   * The same without how it was used and why it ended, which are not for whoever only makes them.
   */
  public static ObjectNode shownToIssuer(AppPassword password) {
    return shown(password).putNull("lastUse").putNull("exposedAt").putNull("reason");
  }

  public static Schema schema() {
    return Schema.object()
        .with("user", Schema.text())
        .with("id", Schema.text().describe("ap_ and 16 characters."))
        .with("label", Schema.text().describe("The device or program."))
        .with("scopes", Schema.array(scope()).describe("The protocols that it may be used for."))
        .with("loginName", Schema.text().orNull().describe("Its own login name, if it has one."))
        .with("networks", Schema.array(Schema.text()).describe("From where; empty: anywhere."))
        .with("lane", Schema.words(Stream.of(Lane.values()).map(Lane::word).toList()))
        .with("expiresAt", Schema.moment().orNull())
        .with("idleExpiresAfter", Schema.text().orNull().describe("Such as 90d."))
        .with("createdAt", Schema.moment())
        .with("createdBy", Schema.text())
        .with(
            "lastUse",
            Schema.object()
                .with("at", Schema.moment())
                .with("from", Schema.text())
                .with("protocol", scope())
                .with(
                    "protection",
                    Schema.words(Stream.of(Protection.values()).map(Protection::word).toList())
                        .orNull())
                .with("clientName", Schema.text())
                .orNull())
        .with("exposedAt", Schema.moment().orNull().describe("Last sent without TLS."))
        .with("state", Schema.words("active", "suspended", "revoked", "expired"))
        .with("stateSince", Schema.moment().orNull())
        .with("reason", Schema.text().orNull());
  }

  /** With the secret, or with the word that it was shown before. */
  public static Schema issuedSchema() {
    return schema()
        .may("password", Schema.text().describe("The secret: shown this once."))
        .may(
            "secretShown",
            Schema.bool()
                .describe("True: the same request was made before, and had the secret then."));
  }

  public static JsonNode example() {
    return Json.parse(
        """
        {"user": "alice@example.com", "id": "ap_0123456789abcdef", "label": "Phone",
         "scopes": ["imap", "pop3", "submission"], "loginName": null, "networks": [],
         "lane": "ordinary", "expiresAt": "2027-12-01T00:00:00Z", "idleExpiresAfter": "90d",
         "createdAt": "2026-12-01T08:00:00Z", "createdBy": "portal",
         "lastUse": {"at": "2026-12-01T08:05:00Z", "from": "192.0.2.7", "protocol": "imap",
           "protection": "TLSv1.3", "clientName": "Thunderbird 140"},
         "exposedAt": null, "state": "active", "stateSince": null, "reason": null}
        """);
  }

  public static JsonNode issuedExample() {
    ObjectNode json = example().asObject();
    json.putNull("lastUse");
    return json.put("password", "0123456789abcdef");
  }

  static Schema scope() {
    return Schema.words(Stream.of(Scope.values()).map(Scope::word).toList());
  }

  /** The secret as it is pasted. */
  private static String plain(Secret secret) {
    return secret.expose(bytes -> new String(bytes, StandardCharsets.US_ASCII));
  }

  private static ObjectNode json(LastUse use) {
    ObjectNode json = Json.object();
    json.put("at", use.at().toString());
    json.put("from", use.from().getHostAddress());
    json.put("protocol", use.scope().word());
    Json.put(json, "protection", use.protection().map(Protection::word));
    json.put("clientName", use.clientName());
    return json;
  }

  /** Why it is in its state. */
  public static Optional<String> reason(State state) {
    return switch (state) {
      case State.Active _ -> Optional.empty();
      case State.Suspended(Instant _, String reason) -> Optional.of(reason);
      case State.Revoked(Instant _, String reason) -> Optional.of(reason);
      case State.Expired(Instant _, State.Cause cause) -> Optional.of(cause.word());
    };
  }

  /** Since when. */
  public static Optional<Instant> since(State state) {
    return switch (state) {
      case State.Active _ -> Optional.empty();
      case State.Suspended(Instant at, String _) -> Optional.of(at);
      case State.Revoked(Instant at, String _) -> Optional.of(at);
      case State.Expired(Instant at, State.Cause _) -> Optional.of(at);
    };
  }
}
