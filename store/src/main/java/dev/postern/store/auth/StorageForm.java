package dev.postern.store.auth;

import java.util.Locale;
import java.util.Optional;
import java.util.stream.Stream;

/** How the secrets of new app passwords are stored; see {@link StoredSecret}. */
public enum StorageForm {
  /** A keyed digest: the default. */
  KEYED,
  /** Argon2id under a pepper, where a memory-hard hash is demanded. */
  ARGON2ID;

  /** As in configuration, policies and command line: {@code keyed}, {@code argon2id}. */
  public String word() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** The form of that word, if there is one. */
  public static Optional<StorageForm> ofWord(String word) {
    return Stream.of(values()).filter(form -> form.word().equals(word)).findFirst();
  }
}
