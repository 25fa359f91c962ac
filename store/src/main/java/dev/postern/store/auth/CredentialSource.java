package dev.postern.store.auth;

import java.util.Optional;

/** Where the credential cache reads from: the database. Its methods block and may throw. */
public interface CredentialSource {

  /** Whose login name this is. */
  Resolution resolve(LoginName name);

  /** The rows of a user; empty if there is no such user (any more). */
  Optional<UserCredentials> load(String userId);

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
