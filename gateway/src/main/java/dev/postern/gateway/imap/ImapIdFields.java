package dev.postern.gateway.imap;

import dev.postern.gateway.imap.ImapArguments.Word;
import dev.postern.gateway.sasl.ClientText;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * The fields of ID that are of use, RFC 2971 §3.3; of at most thirty, as many as {@link
 * ImapArguments} takes. What looks like a proxy's field is a client's word like any other, unless
 * it may speak for others. Each is perhaps empty.
 */
record ImapIdFields(String name, String originatingIp, String originatingPort) {
  private static final ImapIdFields NONE = new ImapIdFields("", "", "");

  static final int MAX_VALUE = 1024;

  private static final int MAX_KEY = 30;

  /** Reads them; empty if the words are no fields or too long ones. */
  static Optional<ImapIdFields> read(List<Word> words) {
    if (words.size() == 1 && isNil(words.getFirst())) {
      return Optional.of(NONE);
    }
    if (words.size() < 2
        || words.size() % 2 != 0
        || !(words.getFirst() instanceof Word.Open)
        || !(words.getLast() instanceof Word.Close)) {
      return Optional.empty();
    }
    ImapIdFields fields = NONE;
    for (int i = 1; i < words.size() - 1; i += 2) {
      if (!(words.get(i) instanceof Word.Text(byte[] key)) || key.length > MAX_KEY) {
        return Optional.empty();
      }
      Word value = words.get(i + 1);
      if (value instanceof Word.Text(byte[] text) && text.length <= MAX_VALUE) {
        fields = fields.with(ClientText.decode(key), ClientText.decode(text));
      } else if (!isNil(value)) {
        return Optional.empty();
      }
    }
    return Optional.of(fields);
  }

  private ImapIdFields with(String key, String value) {
    return switch (key.toLowerCase(Locale.ROOT)) {
      case "name" -> new ImapIdFields(value, originatingIp, originatingPort);
      case "x-originating-ip" -> new ImapIdFields(name, value, originatingPort);
      case "x-originating-port" -> new ImapIdFields(name, originatingIp, value);
      case String _ -> this;
    };
  }

  private static boolean isNil(Word word) {
    return word instanceof Word.Atom(byte[] bytes)
        && ClientText.decode(bytes).equalsIgnoreCase("NIL");
  }
}
