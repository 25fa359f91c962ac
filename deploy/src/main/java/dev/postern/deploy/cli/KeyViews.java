package dev.postern.deploy.cli;

import dev.postern.store.access.ApiToken;
import dev.postern.store.auth.AppPassword;
import dev.postern.store.auth.AppPassword.LastUse;
import dev.postern.store.keys.KeyStatus;
import java.util.List;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** How keys look, and what ends with them, to programs and to people. */
final class KeyViews {
  private KeyViews() {}

  /** A key. */
  static ObjectNode json(KeyStatus key) {
    ObjectNode json =
        Output.object()
            .put("kind", key.kind().word())
            .put("key", key.id())
            .put("state", key.state().word())
            .put("heldHere", key.isHeldHere())
            .put("uses", key.uses());
    names(json.putArray("holders"), key.holders());
    names(json.putArray("lacking"), key.lacking());
    key.activatedAt()
        .ifPresentOrElse(
            at -> json.put("activatedAt", at.toString()), () -> json.putNull("activatedAt"));
    key.retireBy()
        .ifPresentOrElse(by -> json.put("retireBy", by.toString()), () -> json.putNull("retireBy"));
    return json;
  }

  private static void names(ArrayNode array, List<String> names) {
    names.forEach(array::add);
  }

  /** What becomes of an app password when its pepper ends. */
  static ObjectNode json(String key, AppPassword appPassword, String event) {
    ObjectNode json =
        Output.object()
            .put("event", event)
            .put("key", key)
            .put("user", appPassword.user())
            .put("id", appPassword.id())
            .put("label", appPassword.label());
    appPassword
        .lastUse()
        .map(LastUse::at)
        .ifPresentOrElse(
            at -> json.put("lastUsedAt", at.toString()), () -> json.putNull("lastUsedAt"));
    return json;
  }

  /** What becomes of an API token then. */
  static ObjectNode json(String key, ApiToken token, String event) {
    ObjectNode json =
        Output.object()
            .put("event", event)
            .put("key", key)
            .put("apiToken", token.name())
            .put("id", token.id());
    token
        .lastUse()
        .map(ApiToken.LastUse::at)
        .ifPresentOrElse(
            at -> json.put("lastUsedAt", at.toString()), () -> json.putNull("lastUsedAt"));
    return json;
  }

  /** The same for people. */
  static String line(ApiToken token) {
    return "  API token  "
        + token.name()
        + "  "
        + token.id()
        + "  "
        + token.lastUse().map(use -> "last used " + Views.time(use.at())).orElse("never used");
  }

  /** The same for people. */
  static String line(AppPassword appPassword) {
    return "  "
        + appPassword.user()
        + "  "
        + appPassword.label()
        + "  "
        + appPassword.id()
        + "  "
        + appPassword
            .lastUse()
            .map(use -> "last used " + Views.time(use.at()))
            .orElse("never used");
  }
}
