package dev.postern.gateway.imap;

import dev.postern.gateway.imap.ImapArguments.Word;
import dev.postern.gateway.sasl.ClientText;
import dev.postern.store.auth.Secret;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * The arguments of LOGIN, RFC 9051 §6.2.3.
 *
 * @param loginName decoded, not empty
 * @param secret a copy of the bytes as sent
 */
record ImapLoginArguments(String loginName, Secret secret) {
  private static final int GROUP = 4;
  private static final int FEWEST_GROUPS = 4;
  private static final int MOST_GROUPS = 8;

  /** Reads a name and a secret; empty if they are not that, or too long. */
  static Optional<ImapLoginArguments> read(List<Word> words) {
    if (words.size() < 2) {
      return Optional.empty();
    }
    Optional<byte[]> name = string(words.getFirst());
    Optional<byte[]> secret = words.size() == 2 ? string(words.get(1)) : groups(words);
    if (name.isEmpty()
        || name.get().length == 0
        || name.get().length > ClientText.MAX_NAME
        || secret.isEmpty()
        || secret.get().length > ClientText.MAX_SECRET) {
      return Optional.empty();
    }
    return Optional.of(
        new ImapLoginArguments(ClientText.decode(name.get()), Secret.copyOf(secret.get())));
  }

  private static Optional<byte[]> string(Word word) {
    return switch (word) {
      case Word.Atom(byte[] bytes) -> Optional.of(bytes);
      case Word.Text(byte[] bytes) -> Optional.of(bytes);
      case Word.Open _, Word.Close _ -> Optional.empty();
    };
  }

  /**
   * An app password as it is shown, typed without quotes: groups of four letters or digits. Nothing
   * else with spaces in it can have been meant as one word.
   */
  private static Optional<byte[]> groups(List<Word> words) {
    List<Word> groups = words.subList(1, words.size());
    if (groups.size() < FEWEST_GROUPS || groups.size() > MOST_GROUPS) {
      return Optional.empty();
    }
    byte[] joined = new byte[groups.size() * GROUP];
    int length = 0;
    for (Word word : groups) {
      if (!(word instanceof Word.Atom(byte[] group)) || !isGroup(group)) {
        Arrays.fill(joined, (byte) 0);
        return Optional.empty();
      }
      System.arraycopy(group, 0, joined, length, GROUP);
      length += GROUP;
    }
    return Optional.of(joined);
  }

  private static boolean isGroup(byte[] group) {
    if (group.length != GROUP) {
      return false;
    }
    for (byte b : group) {
      if (!ImapGrammar.isWordChar(b) || b == '-' || b == '_') {
        return false;
      }
    }
    return true;
  }

  @Override
  public String toString() {
    return "ImapLoginArguments[***]";
  }
}
