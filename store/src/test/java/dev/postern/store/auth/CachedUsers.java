package dev.postern.store.auth;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Users as the cache holds them, for tests of what is done with them. */
final class CachedUsers {
  static final String NAME = "alice@example.com";

  private CachedUsers() {}

  /** A user with these secrets, for app passwords {@code ap_0}, {@code ap_1} and so on. */
  static CachedUser of(String userId, StoredSecret... stored) {
    List<Credential> credentials = new ArrayList<>();
    for (int i = 0; i < stored.length; i++) {
      credentials.add(credential("ap_" + i, userId, stored[i]));
    }
    return CachedUser.of(
        new UserCredentials(user(userId), credentials, Map.of()), NAME, Optional.empty(), 0);
  }

  static User user(String userId) {
    return new User(
        userId,
        NAME,
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        false,
        Optional.empty(),
        Instant.EPOCH,
        "tester",
        1);
  }

  static Credential credential(String id, String userId, StoredSecret stored) {
    return new Credential(
        new AppPassword(
            id,
            userId,
            NAME,
            "phone",
            Set.of(Scope.IMAP),
            Optional.empty(),
            List.of(),
            Optional.empty(),
            Optional.empty(),
            Instant.EPOCH,
            "tester",
            Optional.empty(),
            Optional.empty(),
            new AppPassword.State.Active()),
        Optional.of(stored),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        true);
  }
}
