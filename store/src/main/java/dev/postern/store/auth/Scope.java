package dev.postern.store.auth;

import java.util.Locale;
import java.util.Optional;
import java.util.stream.Stream;

/** What an app password may be used for: one mail protocol each. */
public enum Scope {
  IMAP,
  SUBMISSION,
  POP3;

  private final String word = name().toLowerCase(Locale.ROOT);

  /**
   * The name in configuration, database, metrics and command line: {@code imap}, {@code
   * submission}, {@code pop3}.
   */
  public String word() {
    return word;
  }

  /** The scope of that word, if there is one. */
  public static Optional<Scope> ofWord(String word) {
    return Stream.of(values()).filter(scope -> scope.word().equals(word)).findFirst();
  }
}
