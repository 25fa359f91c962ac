package dev.postern.store.auth;

import java.util.List;
import java.util.Optional;

/** Where the credential cache reads from: the database. Its questions block and may throw. */
public interface CredentialSource {

  /**
   * The user who has the first of the names that anybody has, by one question.
   *
   * @param names 1 to {@value NameRules#MOST_SPELLINGS}
   */
  Answer find(List<LoginName> names);

  /** The rows of a user; empty if there is no such user (any more). */
  Optional<UserCredentials> load(String userId);

  /**
   * Whether secrets may be right that have not the shape of ours: hashes of other systems were
   * imported. Never blocks.
   */
  boolean hasImports();

  /**
   * What came of it.
   *
   * @param place number of the first of the names that has a row, from 0; how many names there are
   *     if none has. Those before it are nobody's; what is behind it is not known
   * @param found empty if there is no row, or one that is not to be believed
   */
  record Answer(int place, Optional<Found> found) {}

  /**
   * A user who was found by a login name.
   *
   * @param sole the app password whose own login name it is; empty for the user's own name
   */
  record Found(UserCredentials rows, Optional<String> sole) {}
}
