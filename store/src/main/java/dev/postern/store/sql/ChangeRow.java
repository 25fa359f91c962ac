package dev.postern.store.sql;

import dev.postern.store.session.SessionFilter;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A change as {@code changes} holds it.
 *
 * @param userId empty where the change is of no user, which older programs take for one that nobody
 *     has
 * @param detail what the kind needs beside, at most {@value SessionFilter#LONGEST_TEXT} characters
 */
record ChangeRow(String kind, String userId, Optional<String> loginName, Optional<String> detail) {
  private static final String USER = "user";
  private static final String KICK = "kick";
  private static final String BANS = "bans";
  private static final String API_TOKENS = "api-tokens";
  private static final String TRACES = "traces";
  private static final String CONSENT = "consent";

  static ChangeRow of(Change change) {
    return switch (change) {
      case Change.OfUser(String userId, Optional<String> name) ->
          new ChangeRow(USER, userId, name, Optional.empty());
      case Change.Kick(SessionFilter which) ->
          new ChangeRow(KICK, "", Optional.empty(), Optional.of(which.text()));
      case Change.Bans() -> new ChangeRow(BANS, "", Optional.empty(), Optional.empty());
      case Change.ApiTokens() -> new ChangeRow(API_TOKENS, "", Optional.empty(), Optional.empty());
      case Change.Traces() -> new ChangeRow(TRACES, "", Optional.empty(), Optional.empty());
      case Change.Consent(String userId) ->
          new ChangeRow(CONSENT, userId, Optional.empty(), Optional.empty());
      case Change.Unknown() ->
          throw new IllegalArgumentException("nobody writes what nobody understands");
    };
  }

  static Change read(
      String kind, String userId, @Nullable String loginName, @Nullable String detail) {
    return switch (kind) {
      case USER -> new Change.OfUser(userId, Optional.ofNullable(loginName));
      case KICK ->
          SessionFilter.parse(detail == null ? "" : detail)
              .<Change>map(Change.Kick::new)
              .orElseGet(Change.Unknown::new);
      case BANS -> new Change.Bans();
      case API_TOKENS -> new Change.ApiTokens();
      case TRACES -> new Change.Traces();
      case CONSENT -> new Change.Consent(userId);
      default -> new Change.Unknown();
    };
  }
}
