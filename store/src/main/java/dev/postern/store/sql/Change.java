package dev.postern.store.sql;

import dev.postern.store.session.SessionFilter;
import java.util.Optional;

/** What one entry of the change feed is about. */
sealed interface Change {

  /**
   * Rows of a user changed.
   *
   * @param userId whose
   * @param loginName a login name that is somebody else's or nobody's now, or was until now; also
   *     that of a user whose row was written anew, since it may have been taken for nobody's while
   *     the row was not genuine
   */
  record OfUser(String userId, Optional<String> loginName) implements Change {}

  /** Sessions that are live when a node hears of it are to end. */
  record Kick(SessionFilter which) implements Change {}

  /** Who is banned changed. */
  record Bans() implements Change {}

  /** API tokens changed. */
  record ApiTokens() implements Change {}

  /** Whose logins are traced changed. */
  record Traces() implements Change {}

  /** What a user lets us do at an upstream changed. */
  record Consent(String userId) implements Change {}

  /** Something that a newer program knows, or that cannot be read: nothing here. */
  record Unknown() implements Change {}

  static OfUser ofUser(String userId) {
    return new OfUser(userId, Optional.empty());
  }

  static OfUser ofName(String userId, String loginName) {
    return new OfUser(userId, Optional.of(loginName));
  }
}
