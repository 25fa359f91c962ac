package dev.postern.store.auth;

import java.util.Optional;

/** Where the credential cache reads from: the database. Its questions block and may throw. */
public interface CredentialSource {

  /** The user whose login name it is; empty if it is nobody's. */
  Optional<Found> find(LoginName name);

  /** The rows of a user; empty if there is no such user (any more). */
  Optional<UserCredentials> load(String userId);

  /**
   * Whether secrets may be right that have not the shape of ours: hashes of other systems were
   * imported. Never blocks.
   */
  boolean hasImports();

  /**
   * A user who was found by a login name.
   *
   * @param sole the app password whose own login name it is; empty for the user's own name
   */
  record Found(UserCredentials rows, Optional<String> sole) {}
}
