package dev.postern.store.access;

import java.util.Locale;
import java.util.Optional;
import java.util.stream.Stream;

/** What the holder of an API token may do; the API's own table says it operation by operation. */
public enum Role {
  /** Everything. */
  ADMIN,
  /** The daily work: users, app passwords, sessions, bans. */
  OPERATOR,
  /** Sees everything that is no secret, and changes nothing. */
  AUDITOR,
  /** Finds a user, sees reasons, suspends, revokes, kicks; never sees a secret, widens nothing. */
  HELPDESK,
  /** Makes app passwords for users of its domains. */
  ISSUER,
  /** Asks whether a name and a secret fit, for other programs. */
  VERIFIER;

  private final String word = name().toLowerCase(Locale.ROOT);

  /** The name in the database, the API and on the command line: {@code admin} and so on. */
  public String word() {
    return word;
  }

  /** The role of that word, if there is one. */
  public static Optional<Role> ofWord(String word) {
    return Stream.of(values()).filter(role -> role.word().equals(word)).findFirst();
  }
}
