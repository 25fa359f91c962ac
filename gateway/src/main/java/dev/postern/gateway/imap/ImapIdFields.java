package dev.postern.gateway.imap;

import dev.postern.gateway.imap.ImapArguments.Word;
import dev.postern.gateway.sasl.ClientText;
import java.util.List;
import java.util.Optional;

/**
 * The fields of ID, RFC 2971 §3.3: at most thirty, as many as {@link ImapArguments} takes. Only the
 * client's name is of use; what looks like a proxy's field is a client's word like any other.
 */
final class ImapIdFields {
  static final int MAX_VALUE = 1024;

  private static final int MAX_KEY = 30;

  private ImapIdFields() {}

  /**
   * The value of the field {@code name}, perhaps empty; empty if the words are no fields or too
   * long ones.
   */
  static Optional<String> clientName(List<Word> words) {
    if (words.size() == 1 && isNil(words.getFirst())) {
      return Optional.of("");
    }
    if (words.size() < 2
        || words.size() % 2 != 0
        || !(words.getFirst() instanceof Word.Open)
        || !(words.getLast() instanceof Word.Close)) {
      return Optional.empty();
    }
    String clientName = "";
    for (int i = 1; i < words.size() - 1; i += 2) {
      if (!(words.get(i) instanceof Word.Text(byte[] key)) || key.length > MAX_KEY) {
        return Optional.empty();
      }
      Word value = words.get(i + 1);
      if (value instanceof Word.Text(byte[] text) && text.length <= MAX_VALUE) {
        if (ClientText.decode(key).equalsIgnoreCase("name")) {
          clientName = ClientText.decode(text);
        }
      } else if (!isNil(value)) {
        return Optional.empty();
      }
    }
    return Optional.of(clientName);
  }

  private static boolean isNil(Word word) {
    return word instanceof Word.Atom(byte[] bytes)
        && ClientText.decode(bytes).equalsIgnoreCase("NIL");
  }
}
