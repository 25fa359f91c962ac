package dev.postern.store.oauth;

import dev.postern.store.auth.User;
import java.util.Optional;

/** Whose consent a user may hand in. */
public final class ConsentOwner {
  private ConsentOwner() {}

  /** The mailbox that a user's consent has to be of. */
  public static String expected(User user) {
    return user.upstreamUser().orElse(user.name());
  }

  /**
   * Whether it is that of the user: who consents for another mailbox would have his mail read by
   * the user, and where the provider names none, nobody knows.
   */
  public static boolean isSame(User user, Optional<String> subject) {
    return subject.filter(expected(user)::equalsIgnoreCase).isPresent();
  }
}
