package dev.postern.deploy.cli;

import dev.postern.deploy.config.DurationText;
import dev.postern.store.auth.AppPasswordPolicy;
import dev.postern.store.auth.AppPasswordPolicy.Rule;
import dev.postern.store.auth.Cidr;
import dev.postern.store.auth.PolicyRules.Lifetime;
import dev.postern.store.auth.PolicySubject;
import java.util.List;
import java.util.stream.Collectors;

/** How a policy looks to people. */
final class PolicyViews {
  private static final String CONFIGURATION = "configuration";

  private PolicyViews() {}

  static String table(AppPasswordPolicy policy) {
    TextTable table = new TextTable("RULE", "IN FORCE", "FROM");
    row(table, "may create", policy.mayCreate().value() ? "yes" : "no", policy.mayCreate());
    row(table, "limit", String.valueOf(policy.limit().value()), policy.limit());
    row(table, "length", String.valueOf(policy.length().value()), policy.length());
    row(table, "form", policy.form().value().word(), policy.form());
    row(table, "for", Purpose.describe(policy.scopes().value()), policy.scopes());
    row(table, "networks", networks(policy.networks().value()), policy.networks());
    row(table, "expires after", text(policy.expiresAfter().value()), policy.expiresAfter());
    row(
        table,
        "idle expires after",
        text(policy.idleExpiresAfter().value()),
        policy.idleExpiresAfter());
    row(
        table,
        "unused expires after",
        text(policy.unusedExpiresAfter().value()),
        policy.unusedExpiresAfter());
    return table.toString();
  }

  /** In one line. */
  static String line(AppPasswordPolicy policy) {
    return policy.mayCreate().value()
        ? "at most %d, %s, from %s, %s; expire %s, idle %s, unused %s"
            .formatted(
                policy.limit().value(),
                Purpose.describe(policy.scopes().value()),
                networks(policy.networks().value()),
                policy.form().value().word(),
                text(policy.expiresAfter().value()),
                text(policy.idleExpiresAfter().value()),
                text(policy.unusedExpiresAfter().value()))
        : "no new ones";
  }

  static String networks(List<Cidr> networks) {
    return networks.isEmpty()
        ? "any"
        : networks.stream().map(Cidr::toString).collect(Collectors.joining(" "));
  }

  private static void row(TextTable table, String name, String value, Rule<?> rule) {
    table.row(name, value, origin(rule));
  }

  private static String origin(Rule<?> rule) {
    return rule.from().map(PolicySubject::words).orElse(CONFIGURATION);
  }

  private static String text(Lifetime lifetime) {
    return lifetime.after().map(DurationText::format).orElse("never");
  }
}
