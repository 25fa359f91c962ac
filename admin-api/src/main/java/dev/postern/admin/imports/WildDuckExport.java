package dev.postern.admin.imports;

import dev.postern.admin.imports.ImportLine.Nothing;
import dev.postern.admin.imports.ImportLine.Unusable;
import dev.postern.store.auth.LoginName;
import dev.postern.store.auth.Scope;
import java.math.BigDecimal;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * What {@code mongoexport} writes of WildDuck's collections {@code users} and {@code asps}, a JSON
 * object a line. Application passwords name their user by id, so {@code users} comes first. They
 * are machine-made; a user's own password is not, and WildDuck itself takes it for mail only from
 * users without a second factor.
 */
final class WildDuckExport implements LineFormat {
  private static final JsonMapper MAPPER = JsonMapper.builder().build();

  /** MongoDB's have 24 digits. */
  private static final Pattern ID = Pattern.compile("[0-9A-Za-z]{1,64}");

  /** Addresses by the id of the user; empty for those that are disabled. */
  private final Map<String, Optional<String>> users = new HashMap<>();

  private final int most;

  /**
   * @param most users that are remembered for their application passwords
   */
  WildDuckExport(int most) {
    this.most = most;
  }

  @Override
  public void begin() {
    // The files belong together.
  }

  @Override
  public ImportLine read(String line) {
    if (line.isBlank()) {
      return new Nothing();
    }
    JsonNode document;
    try {
      document = MAPPER.readTree(line);
    } catch (JacksonException _) {
      return new Unusable("", "is no JSON object");
    }
    String id = id(document.path("_id"));
    if (id.isEmpty()) {
      return new Unusable("", "is no document of users or asps");
    }
    String owner = id(document.path("user"));
    return owner.isEmpty() ? user(document, id) : applicationPassword(document, id, owner);
  }

  private ImportLine user(JsonNode document, String id) {
    String address = document.path("address").asString("");
    String user = address.isEmpty() ? document.path("username").asString("") : address;
    if (user.isEmpty()) {
      return new Unusable("", "has neither address nor username");
    }
    if (user.length() > LoginName.LONGEST) {
      return new Unusable("", "has a name of more than " + LoginName.LONGEST + " characters");
    }
    if (users.size() >= most && !users.containsKey(id)) {
      return new Unusable(user, "is one user more than one import may have; send it in another");
    }
    if (document.path("disabled").asBoolean(false) || document.path("suspended").asBoolean(false)) {
      users.put(id, Optional.empty());
      return new Unusable(user, "is disabled there");
    }
    users.put(id, Optional.of(user));
    if (hasSecondFactor(document)) {
      return new Unusable(
          user, "has a second factor there, so the password itself is not for mail");
    }
    return new Draft("wildduck/user/" + id, user)
        .label("Password from WildDuck", "")
        .found(document.path("password").asString(""));
  }

  private ImportLine applicationPassword(JsonNode document, String id, String owner) {
    Optional<String> user = users.getOrDefault(owner, Optional.empty());
    if (user.isEmpty()) {
      return new Unusable(
          "",
          users.containsKey(owner)
              ? "belongs to a user who is disabled there"
              : "belongs to a user who has not been read: name the export of users first");
    }
    try {
      return new Draft("wildduck/asp/" + id, user.get())
          .label(document.path("description").asString(""), "App password from WildDuck")
          .scopes(scopes(document.path("scopes")))
          .expiresAt(time(document.path("expires")))
          .idleExpiry(idleExpiry(document.path("ttl")))
          .machineMade(true)
          .found(document.path("password").asString(""));
    } catch (DateTimeException | ArithmeticException | NumberFormatException _) {
      return new Unusable(user.get(), "has a time that makes no sense");
    }
  }

  private static boolean hasSecondFactor(JsonNode document) {
    JsonNode factors = document.path("enabled2fa");
    return factors.isArray() && !factors.isEmpty();
  }

  private static Set<Scope> scopes(JsonNode words) {
    if (!words.isArray()) {
      return EnumSet.allOf(Scope.class);
    }
    Set<Scope> scopes = EnumSet.noneOf(Scope.class);
    for (JsonNode word : words) {
      switch (word.asString("")) {
        case "*" -> scopes.addAll(EnumSet.allOf(Scope.class));
        case "imap" -> scopes.add(Scope.IMAP);
        case "smtp" -> scopes.add(Scope.SUBMISSION);
        case "pop3" -> scopes.add(Scope.POP3);
        default -> {
          // Calendars and such, which Postern does not carry.
        }
      }
    }
    return scopes;
  }

  /** Seconds; 0 is never. */
  private static Optional<Duration> idleExpiry(JsonNode seconds) {
    long value = isNothing(seconds) ? 0 : number(seconds);
    return value > 0 ? Optional.of(Duration.ofSeconds(value)) : Optional.empty();
  }

  /** {@code {"$date":"2026-…"}}, or with {@code {"$numberLong":"…"}} in it. */
  private static Optional<Instant> time(JsonNode node) {
    if (isNothing(node)) {
      return Optional.empty();
    }
    JsonNode date = node.has("$date") ? node.path("$date") : node;
    return Optional.of(
        date.isString() ? Instant.parse(date.asString()) : Instant.ofEpochMilli(number(date)));
  }

  private static boolean isNothing(JsonNode node) {
    return node.isMissingNode() || node.isNull();
  }

  /**
   * As {@code mongoexport} writes it in its relaxed form and in its canonical one. What cannot be
   * read must not become an app password that never ends.
   */
  private static long number(JsonNode node) {
    for (String form : List.of("$numberLong", "$numberInt", "$numberDouble")) {
      if (node.has(form)) {
        return number(node.path(form));
      }
    }
    return new BigDecimal(node.asString("")).longValueExact();
  }

  private static String id(JsonNode node) {
    String id = node.path("$oid").asString("");
    return ID.matcher(id).matches() ? id : "";
  }
}
