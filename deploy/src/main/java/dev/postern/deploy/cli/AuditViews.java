package dev.postern.deploy.cli;

import dev.postern.store.audit.Changes;
import dev.postern.store.audit.NameDigest;
import dev.postern.store.audit.SignIns;
import java.net.InetAddress;
import java.util.Optional;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** How the record looks, to programs and to people. */
final class AuditViews {
  private static final JsonMapper MAPPER = JsonMapper.builder().build();

  private AuditViews() {}

  static ObjectNode json(SignIns.Entry entry) {
    ObjectNode json = Output.object();
    json.put("firstAt", entry.firstAt().toString());
    json.put("lastAt", entry.lastAt().toString());
    json.put("attempts", entry.attempts());
    json.put("outcome", entry.outcome());
    json.put("reason", entry.reason());
    put(json, "user", entry.user());
    put(json, "userId", entry.userId());
    put(json, "nameDigest", entry.nameDigest());
    put(json, "domain", entry.domain());
    put(json, "appPassword", entry.credentialId());
    json.put("protocol", entry.protocol());
    json.put("mechanism", entry.mechanism());
    put(json, "from", entry.peer().map(InetAddress::getHostAddress));
    json.put("clientName", entry.clientName());
    put(json, "upstream", entry.upstream());
    return json;
  }

  /** Whose an attempt was, in a table. */
  static String who(SignIns.Entry entry) {
    return entry
        .user()
        .or(() -> entry.userId().map(AuditViews::gone))
        .or(() ->
            entry
                .nameDigest()
                .map(digest ->
                    "?"
                        + digest.substring(0, 8)
                        + entry.domain().map(domain -> "@" + domain).orElse("")))
        .orElse("-");
  }

  private static String gone(String userId) {
    return NameDigest.isPseudonym(userId) ? userId.substring(0, 15) : "removed " + userId;
  }

  static ObjectNode json(Changes.Entry entry) {
    ObjectNode json = Output.object();
    json.put("at", entry.at().toString());
    json.put("actor", entry.actor().who());
    json.put("role", entry.actor().role());
    json.put("channel", entry.actor().channel());
    put(json, "from", entry.actor().from().map(InetAddress::getHostAddress));
    json.put("action", entry.action());
    json.put("subjectKind", entry.subject().kind());
    json.put("subjectId", entry.subject().id());
    put(json, "subjectName", entry.subject().name());
    put(json, "userId", entry.subject().userId());
    json.set("before", tree(entry.before()));
    json.set("after", tree(entry.after()));
    put(json, "reason", entry.reason());
    return json;
  }

  private static JsonNode tree(Optional<String> text) {
    return text.map(MAPPER::readTree).orElseGet(() -> Output.object().nullNode());
  }

  private static void put(ObjectNode json, String key, Optional<String> value) {
    value.ifPresentOrElse(text -> json.put(key, text), () -> json.putNull(key));
  }
}
