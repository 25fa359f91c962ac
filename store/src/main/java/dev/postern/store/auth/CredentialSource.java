package dev.postern.store.auth;

import java.util.Optional;

/** Where the credential cache reads from: the database. Its methods block and may throw. */
public interface CredentialSource {

  /** Whose login name this is. */
  Resolution resolve(LoginName name);

  /** The user whose login name it is; empty if it is nobody's. */
  default Optional<Found> find(LoginName name) {
    return switch (resolve(name)) {
      case Resolution.Unknown _ -> Optional.empty();
      case Resolution.Known(String userId, Optional<String> sole) ->
          load(userId).map(rows -> new Found(rows, sole));
    };
  }

  /** The rows of a user; empty if there is no such user (any more). */
  Optional<UserCredentials> load(String userId);

  /**
   * A user who was found by a login name.
   *
   * @param sole the app password whose own login name it is; empty for the user's own name
   */
  record Found(UserCredentials rows, Optional<String> sole) {}

  /** Whose login name a name is. */
  sealed interface Resolution {
    /** Nobody's. */
    record Unknown() implements Resolution {}

    /**
     * A user's.
     *
     * @param userId immutable id of the user
     * @param sole the app password whose own login name it is; empty for the user's own name
     */
    record Known(String userId, Optional<String> sole) implements Resolution {}
  }
}
