package dev.postern.store.sql;

import java.util.Optional;

/**
 * One entry of the change feed.
 *
 * @param userId whose rows changed
 * @param loginName a login name that is somebody else's or nobody's now, or was until now; also
 *     that of a user whose row was written anew, since it may have been taken for nobody's while
 *     the row was not genuine
 */
record Change(String userId, Optional<String> loginName) {
  static Change ofUser(String userId) {
    return new Change(userId, Optional.empty());
  }

  static Change ofName(String userId, String loginName) {
    return new Change(userId, Optional.of(loginName));
  }
}
