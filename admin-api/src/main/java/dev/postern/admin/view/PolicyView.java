package dev.postern.admin.view;

import dev.postern.admin.json.Schema;
import dev.postern.store.DurationWords;
import dev.postern.store.auth.AppPasswordPolicy;
import dev.postern.store.auth.AppPasswordPolicy.Rule;
import dev.postern.store.auth.Cidr;
import dev.postern.store.auth.PolicyRules;
import dev.postern.store.auth.PolicyRules.Lifetime;
import dev.postern.store.auth.PolicySubject;
import dev.postern.store.auth.Scope;
import dev.postern.store.auth.StorageForm;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** What a policy says, and what of all policies together is in force. */
public final class PolicyView {
  public static final String RULES = "PolicyRules";
  public static final String IN_FORCE = "PolicyInForce";
  private static final String CONFIGURATION = "configuration";
  private static final String LIFETIME = "never|" + DurationWords.FORM;

  private PolicyView() {}

  /** What is in force, and which policy says so. */
  public static ObjectNode json(AppPasswordPolicy policy) {
    ObjectNode json = Json.object();
    json.put("mayCreate", policy.mayCreate().value());
    json.put("limit", policy.limit().value());
    json.put("length", policy.length().value());
    json.put("form", policy.form().value().word());
    Json.put(json, "scopes", words(policy.scopes().value()));
    Json.put(json, "networks", texts(policy.networks().value()));
    json.put("expiresAfter", text(policy.expiresAfter().value()));
    json.put("idleExpiresAfter", text(policy.idleExpiresAfter().value()));
    json.put("unusedExpiresAfter", text(policy.unusedExpiresAfter().value()));
    ObjectNode from = json.putObject("from");
    from.put("mayCreate", origin(policy.mayCreate()));
    from.put("limit", origin(policy.limit()));
    from.put("length", origin(policy.length()));
    from.put("form", origin(policy.form()));
    from.put("scopes", origin(policy.scopes()));
    from.put("networks", origin(policy.networks()));
    from.put("expiresAfter", origin(policy.expiresAfter()));
    from.put("idleExpiresAfter", origin(policy.idleExpiresAfter()));
    from.put("unusedExpiresAfter", origin(policy.unusedExpiresAfter()));
    return json;
  }

  /** What one policy says; null where it leaves something open. */
  public static ObjectNode json(PolicyRules rules) {
    ObjectNode json = Json.object();
    rules
        .mayCreate()
        .ifPresentOrElse(may -> json.put("mayCreate", may), () -> json.putNull("mayCreate"));
    number(json, "limit", rules.limit());
    number(json, "length", rules.length());
    Json.put(json, "form", rules.form().map(StorageForm::word));
    rules
        .scopes()
        .ifPresentOrElse(
            scopes -> Json.put(json, "scopes", words(scopes)), () -> json.putNull("scopes"));
    rules
        .networks()
        .ifPresentOrElse(
            networks -> Json.put(json, "networks", texts(networks)),
            () -> json.putNull("networks"));
    Json.put(json, "expiresAfter", rules.expiresAfter().map(PolicyView::text));
    Json.put(json, "idleExpiresAfter", rules.idleExpiresAfter().map(PolicyView::text));
    Json.put(json, "unusedExpiresAfter", rules.unusedExpiresAfter().map(PolicyView::text));
    return json;
  }

  /**
   * Reads {@link #json(PolicyRules)}, which fits {@link #rulesSchema}.
   *
   * @param networks those in it, which a schema cannot check
   */
  public static PolicyRules rules(JsonNode json, Optional<List<Cidr>> networks) {
    return new PolicyRules(
        member(json, "mayCreate").map(JsonNode::booleanValue),
        member(json, "limit").map(JsonNode::intValue),
        member(json, "length").map(JsonNode::intValue),
        member(json, "form").flatMap(form -> StorageForm.ofWord(form.stringValue())),
        member(json, "scopes").map(PolicyView::scopes),
        networks,
        member(json, "expiresAfter").map(PolicyView::lifetime),
        member(json, "idleExpiresAfter").map(PolicyView::lifetime),
        member(json, "unusedExpiresAfter").map(PolicyView::lifetime));
  }

  public static Schema rulesSchema() {
    return Schema.object()
        .may("mayCreate", Schema.bool().orNull().describe("Whether any may be made at all."))
        .may("limit", Schema.integer(1, 1000).orNull().describe("Most active ones of a user."))
        .may("length", Schema.integer(16, 32).orNull().describe("Characters of new ones."))
        .may("form", form().orNull().describe("How new ones are stored."))
        .may("scopes", Schema.set(AppPasswordView.scope(), 1, 3).orNull())
        .may(
            "networks",
            Schema.set(Schema.text(1, 50), 0, AppPasswordPolicy.MOST_NETWORKS)
                .orNull()
                .describe("New ones lie within these; empty: anywhere."))
        .may("expiresAfter", lifetime().describe("Longest life, such as 365d, or never."))
        .may("idleExpiresAfter", lifetime().describe("Longest time unused."))
        .may("unusedExpiresAfter", lifetime().describe("Ends new ones that are never used."));
  }

  public static Schema inForceSchema() {
    Schema from = Schema.object();
    for (String name : names()) {
      from = from.with(name, Schema.text());
    }
    return Schema.object()
        .with("mayCreate", Schema.bool())
        .with("limit", Schema.integer(1, 1000))
        .with("length", Schema.integer(16, 32))
        .with("form", form())
        .with("scopes", Schema.array(AppPasswordView.scope()))
        .with("networks", Schema.array(Schema.text()))
        .with("expiresAfter", Schema.pattern(LIFETIME))
        .with("idleExpiresAfter", Schema.pattern(LIFETIME))
        .with("unusedExpiresAfter", Schema.pattern(LIFETIME))
        .with("from", from.describe("Which policy says so."));
  }

  public static JsonNode rulesExample() {
    return Json.parse(
        """
        {"mayCreate": null, "limit": 10, "length": null, "form": null, "scopes": null,
         "networks": ["192.0.2.0/24"], "expiresAfter": "365d", "idleExpiresAfter": null,
         "unusedExpiresAfter": null}
        """);
  }

  public static JsonNode inForceExample() {
    return Json.parse(
        """
        {"mayCreate": true, "limit": 10, "length": 16, "form": "keyed",
         "scopes": ["imap", "pop3", "submission"], "networks": ["192.0.2.0/24"],
         "expiresAfter": "365d", "idleExpiresAfter": "never", "unusedExpiresAfter": "never",
         "from": {"mayCreate": "configuration", "limit": "domain example.com",
           "length": "configuration", "form": "configuration", "scopes": "configuration",
           "networks": "domain example.com", "expiresAfter": "domain example.com",
           "idleExpiresAfter": "configuration", "unusedExpiresAfter": "configuration"}}
        """);
  }

  private static List<String> names() {
    return List.of(
        "mayCreate",
        "limit",
        "length",
        "form",
        "scopes",
        "networks",
        "expiresAfter",
        "idleExpiresAfter",
        "unusedExpiresAfter");
  }

  private static Schema form() {
    return Schema.words(Stream.of(StorageForm.values()).map(StorageForm::word).toList());
  }

  private static Schema lifetime() {
    return Schema.pattern(LIFETIME).orNull();
  }

  private static Optional<JsonNode> member(JsonNode json, String name) {
    return Optional.ofNullable(json.get(name)).filter(value -> !value.isNull());
  }

  private static Set<Scope> scopes(JsonNode list) {
    return Set.copyOf(
        list.valueStream().flatMap(word -> Scope.ofWord(word.stringValue()).stream()).toList());
  }

  private static Lifetime lifetime(JsonNode text) {
    return new Lifetime(DurationWords.parse(text.stringValue()));
  }

  private static String text(Lifetime lifetime) {
    return lifetime.after().map(DurationWords::format).orElse("never");
  }

  private static List<String> words(Set<Scope> scopes) {
    return scopes.stream().map(Scope::word).sorted().toList();
  }

  private static List<String> texts(Collection<Cidr> networks) {
    return networks.stream().map(Cidr::toString).toList();
  }

  private static void number(ObjectNode json, String key, Optional<Integer> value) {
    value.ifPresentOrElse(number -> json.put(key, number), () -> json.putNull(key));
  }

  private static String origin(Rule<?> rule) {
    return rule.from().map(PolicySubject::words).orElse(CONFIGURATION);
  }
}
