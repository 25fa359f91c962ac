package dev.postern.store.audit;

import dev.postern.store.auth.AppPassword;
import dev.postern.store.auth.AppPassword.State;
import dev.postern.store.auth.Cidr;
import dev.postern.store.auth.Scope;
import dev.postern.store.auth.User;
import java.util.List;
import java.util.Optional;

/**
 * How a thing was at a moment, as a JSON object for the record of changes. Holds no secret and no
 * stored form of one: it takes what people may see.
 */
public final class Snapshot {
  private final StringBuilder json = new StringBuilder("{");

  private Snapshot() {}

  /** An empty one, for things that have no method of their own here. */
  public static Snapshot start() {
    return new Snapshot();
  }

  /** A user. */
  public static String of(User user) {
    return start()
        .text("user", user.name())
        .text("upstream", user.upstream())
        .text("upstreamUser", user.upstreamUser())
        .text("group", user.group())
        .truth("protected", user.isProtected())
        .text("state", user.disabled().isPresent() ? "disabled" : "active")
        .text("reason", user.disabled().map(User.Disabled::reason))
        .end();
  }

  /** An app password. */
  public static String of(AppPassword password) {
    return start()
        .text("user", password.user())
        .text("label", password.label())
        .list("scopes", password.scopes().stream().map(Scope::word).sorted().toList())
        .text("loginName", password.loginName())
        .text("lane", password.lane().word())
        .list("networks", password.networks().stream().map(Cidr::toString).toList())
        .text("expiresAt", password.expiresAt().map(Object::toString))
        .text("idleExpiry", password.idleExpiry().map(Object::toString))
        .text("state", password.state().word())
        .text("reason", reason(password.state()))
        .end();
  }

  /** One more member. */
  public Snapshot text(String key, String value) {
    quote(key(key), value);
    return this;
  }

  /** One more member, {@code null} if there is no value. */
  public Snapshot text(String key, Optional<String> value) {
    StringBuilder to = key(key);
    value.ifPresentOrElse(text -> quote(to, text), () -> to.append("null"));
    return this;
  }

  public Snapshot truth(String key, boolean value) {
    key(key).append(value);
    return this;
  }

  public Snapshot number(String key, long value) {
    key(key).append(value);
    return this;
  }

  public Snapshot list(String key, List<String> values) {
    StringBuilder to = key(key).append('[');
    for (int i = 0; i < values.size(); i++) {
      quote(i == 0 ? to : to.append(','), values.get(i));
    }
    to.append(']');
    return this;
  }

  /** The object's text. */
  public String end() {
    return json + "}";
  }

  private StringBuilder key(String key) {
    if (json.length() > 1) {
      json.append(',');
    }
    quote(json, key);
    return json.append(':');
  }

  private static void quote(StringBuilder to, String text) {
    to.append('"');
    for (int i = 0; i < text.length(); i++) {
      char character = text.charAt(i);
      if (character == '"' || character == '\\') {
        to.append('\\').append(character);
      } else if (character < ' ') {
        to.append("\\u%04x".formatted((int) character));
      } else {
        to.append(character);
      }
    }
    to.append('"');
  }

  private static Optional<String> reason(State state) {
    return switch (state) {
      case State.Active _ -> Optional.empty();
      case State.Suspended suspended -> Optional.of(suspended.reason());
      case State.Revoked revoked -> Optional.of(revoked.reason());
      case State.Expired expired -> Optional.of(expired.cause().word());
    };
  }
}
