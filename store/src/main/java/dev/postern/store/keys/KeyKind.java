package dev.postern.store.keys;

import java.util.Optional;
import java.util.stream.Stream;

/** What a key is for. */
public enum KeyKind {
  /** Under which secrets are digested. */
  PEPPER("pepper", "pepper"),
  /** Under which secrets that must come out again are encrypted. */
  SEALING("sealing", "sealing-key"),
  /** Under which rows are signed. */
  INTEGRITY("integrity", "integrity-key");

  private final String word;
  private final String setting;

  KeyKind(String word, String setting) {
    this.word = word;
    this.setting = setting;
  }

  /** As on the command line. */
  public String word() {
    return word;
  }

  /** Its key in the section {@code store} of the configuration. */
  public String setting() {
    return setting;
  }

  /** The kind that is called so. */
  public static Optional<KeyKind> ofWord(String word) {
    return Stream.of(values()).filter(kind -> kind.word.equals(word)).findFirst();
  }
}
