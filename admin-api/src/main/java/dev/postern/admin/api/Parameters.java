package dev.postern.admin.api;

import dev.postern.admin.json.Schema;
import dev.postern.store.auth.AppPasswordPolicy;
import dev.postern.store.auth.Scope;
import java.util.stream.Stream;

/** Parameters that several operations take. */
final class Parameters {
  private static final int LONGEST_NETWORK = 50;

  private Parameters() {}

  static Parameter user() {
    return Parameter.path(
        "user",
        name(),
        "The user's login name, or @ and the user's id: for names that no path can hold.",
        "alice@example.com");
  }

  static Parameter ofUser(String description) {
    return Parameter.query("user", name(), description, "alice@example.com");
  }

  static Parameter appPassword() {
    return Parameter.path(
        "id", Schema.pattern("ap_[0-9a-z]{16}"), "The app password's id.", "ap_0123456789abcdef");
  }

  static Parameter protocol() {
    return Parameter.query("protocol", scope(), "Over that protocol.", "imap");
  }

  static Parameter network(String description) {
    return Parameter.query("network", networkText(), description, "192.0.2.0/24");
  }

  static Parameter since() {
    return Parameter.query("since", Schema.moment(), "At or after that.", "2026-12-01T00:00:00Z");
  }

  static Parameter until() {
    return Parameter.query("until", Schema.moment(), "Before that.", "2026-12-02T00:00:00Z");
  }

  static Parameter why() {
    return Parameter.query("reason", reason(), "Why, for the audit.", "lost phone");
  }

  static Schema name() {
    return Schema.text(1, 320);
  }

  static Schema upstream() {
    return Schema.pattern("[A-Za-z0-9][A-Za-z0-9._-]{0,63}");
  }

  static Schema group() {
    return Schema.pattern("[A-Za-z0-9._-]{1,64}");
  }

  static Schema networkText() {
    return Schema.text(1, LONGEST_NETWORK);
  }

  static Schema reason() {
    return Schema.text(1, AppPasswordPolicy.LONGEST_REASON);
  }

  static Schema scope() {
    return Schema.words(Stream.of(Scope.values()).map(Scope::word).toList());
  }
}
