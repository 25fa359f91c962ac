package dev.postern.admin.view;

import dev.postern.admin.json.Schema;
import dev.postern.store.access.ApiToken;
import dev.postern.store.access.IssuedApiToken;
import dev.postern.store.access.Role;
import dev.postern.store.auth.Secret;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.stream.Stream;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** An API token. */
public final class TokenView {
  public static final String NAME = "Token";
  public static final String ISSUED = "IssuedToken";

  private TokenView() {}

  /**
   * A token.
   *
   * @param now whether it has expired by then
   */
  public static ObjectNode json(ApiToken token, Instant now) {
    ObjectNode json = Json.object();
    json.put("id", token.id());
    json.put("name", token.name());
    json.put("role", token.role().word());
    Json.put(json, "domains", token.domains().stream().sorted().toList());
    json.put("state", state(token, now));
    json.put("createdAt", token.createdAt().toString());
    json.put("createdBy", token.createdBy());
    Json.put(json, "expiresAt", token.expiresAt());
    Json.put(json, "revokedAt", token.revokedAt());
    token
        .lastUse()
        .ifPresentOrElse(
            use ->
                json.putObject("lastUse")
                    .put("at", use.at().toString())
                    .put("from", use.from().getHostAddress()),
            () -> json.putNull("lastUse"));
    return json;
  }

  /** With its text: the only time it is shown. */
  public static ObjectNode json(IssuedApiToken issued) {
    return json(issued.token(), issued.token().createdAt()).put("token", plain(issued.secret()));
  }

  private static String plain(Secret secret) {
    return secret.expose(bytes -> new String(bytes, StandardCharsets.US_ASCII));
  }

  /** One that was shown before, to whoever asks the same again. */
  public static ObjectNode shown(ApiToken token, Instant now) {
    return json(token, now).put("secretShown", true);
  }

  /** {@code active}, {@code expired} or {@code revoked}. */
  public static String state(ApiToken token, Instant now) {
    if (token.revokedAt().isPresent()) {
      return "revoked";
    }
    return token.isWorking(now) ? "active" : "expired";
  }

  public static Schema schema() {
    return Schema.object()
        .with("id", Schema.text())
        .with("name", Schema.text())
        .with("role", role())
        .with("domains", Schema.array(Schema.text()).describe("Of an issuer."))
        .with("state", Schema.words("active", "expired", "revoked"))
        .with("createdAt", Schema.moment())
        .with("createdBy", Schema.text())
        .with("expiresAt", Schema.moment().orNull())
        .with("revokedAt", Schema.moment().orNull())
        .with(
            "lastUse",
            Schema.object().with("at", Schema.moment()).with("from", Schema.text()).orNull());
  }

  /** With its text, or with the word that it was shown before. */
  public static Schema issuedSchema() {
    return schema()
        .may("token", Schema.text().describe("Shown this once."))
        .may("secretShown", Schema.bool());
  }

  public static Schema role() {
    return Schema.words(Stream.of(Role.values()).map(Role::word).toList());
  }

  public static JsonNode example() {
    return Json.parse(
        """
        {"id": "tk_0123456789ab", "name": "portal", "role": "issuer", "domains": ["example.com"],
         "state": "active", "createdAt": "2026-12-01T08:00:00Z", "createdBy": "root",
         "expiresAt": "2027-12-01T00:00:00Z", "revokedAt": null,
         "lastUse": {"at": "2026-12-01T08:00:00Z", "from": "192.0.2.80"}}
        """);
  }

  public static JsonNode issuedExample() {
    ObjectNode json = example().asObject();
    json.putNull("lastUse");
    return json.put("token", "ptk_0123456789ab_0123456789abcdefghjkmnpqrstvwxyz");
  }
}
