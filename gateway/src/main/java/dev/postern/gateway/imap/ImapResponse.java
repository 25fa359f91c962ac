package dev.postern.gateway.imap;

import dev.postern.gateway.dialogue.Mood;
import dev.postern.gateway.dialogue.UpstreamFailure;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/**
 * One line from an upstream, RFC 9051 §7, as far as a login needs it. Total: what is no response is
 * {@link Garbage}.
 */
sealed interface ImapResponse {

  /**
   * {@code +}, with or without the space that RFC 9051 §7.6 wants.
   *
   * @param text what stands behind it: in AUTHENTICATE a challenge
   */
  record Continuation(String text) implements ImapResponse {
    @Override
    public String toString() {
      return "Continuation[***]";
    }
  }

  /**
   * A status for everybody ({@code *}) or for a command.
   *
   * @param tag {@code *} or a tag
   * @param code name of the response code, upper case, if there is one
   * @param capabilities of the code CAPABILITY
   * @param mood what the text behind the code says; the text itself is not kept
   */
  record Status(
      String tag, Word word, Optional<String> code, Optional<List<String>> capabilities, Mood mood)
      implements ImapResponse {
    /** Codes by which a server says that the credential is not to blame, RFC 5530 §3. */
    private static final Set<String> NOT_THE_CREDENTIAL = Set.of("UNAVAILABLE", "SERVERBUG");

    /** Codes by which it says that the mailbox is taken, or open too often. */
    private static final Set<String> IN_USE = Set.of("LIMIT", "INUSE");

    /** Codes that go into our log; in place of any other there could be what we sent. */
    private static final Set<String> TELLING =
        Set.of(
            "ALERT",
            "AUTHENTICATIONFAILED",
            "AUTHORIZATIONFAILED",
            "CANNOT",
            "CLIENTBUG",
            "CONTACTADMIN",
            "EXPIRED",
            "INUSE",
            "LIMIT",
            "NOPERM",
            "PRIVACYREQUIRED",
            "SERVERBUG",
            "UNAVAILABLE");

    /** One whose text says nothing that we know. */
    Status(String tag, Word word, Optional<String> code, Optional<List<String>> capabilities) {
      this(tag, word, code, capabilities, new Mood.Even());
    }

    /** The same, its text not believed. */
    Status withoutMood() {
      return new Status(tag, word, code, capabilities);
    }

    /** Why a login fails that ends with this: as the text says, else that cause. */
    UpstreamFailure failure(UpstreamFailure.Cause cause, String when) {
      return failure(cause, when, "");
    }

    /**
     * As above.
     *
     * @param more for our log, behind word and code
     */
    UpstreamFailure failure(UpstreamFailure.Cause cause, String when, String more) {
      return mood.failure(cause, when + ": " + word + tellingCode() + more);
    }

    /** Whose fault a refusal of a login is, by its code. */
    UpstreamFailure.Cause cause() {
      if (code.filter(NOT_THE_CREDENTIAL::contains).isPresent()) {
        return UpstreamFailure.Cause.NOT_SERVING;
      }
      return code.filter(IN_USE::contains).isPresent()
          ? UpstreamFailure.Cause.IN_USE
          : UpstreamFailure.Cause.LOGIN_REFUSED;
    }

    /** The code for our log, with a space before it, or nothing. */
    String tellingCode() {
      return code.filter(TELLING::contains).map(name -> " [" + name + "]").orElse("");
    }

    boolean isUntagged() {
      return tag.equals("*");
    }
  }

  /** {@code * CAPABILITY …}. */
  record Capabilities(List<String> words) implements ImapResponse {}

  /** Any other untagged response. */
  record Other() implements ImapResponse {}

  /** None of these. */
  record Garbage() implements ImapResponse {}

  /** The words of RFC 9051 §7.1. */
  enum Word {
    OK,
    NO,
    BAD,
    BYE,
    PREAUTH
  }

  int LONGEST_WORD = 64;
  String CAPABILITY = "CAPABILITY";

  /** Reads a line. */
  static ImapResponse of(String line) {
    if (line.startsWith("+")) {
      return new Continuation(line.substring(1).strip());
    }
    int afterTag = line.indexOf(' ');
    if (afterTag < 0) {
      return new Garbage();
    }
    String tag = line.substring(0, afterTag);
    boolean isUntagged = tag.equals("*");
    int afterWord = end(line, afterTag + 1);
    Optional<Word> word = isUntagged || isTag(tag) ? word(line, afterTag + 1, afterWord) : none();
    String text = line.substring(Math.min(line.length(), afterWord + 1));
    if (word.isPresent()) {
      return status(tag, word.get(), text);
    }
    if (!isUntagged) {
      return new Garbage();
    }
    return line.substring(afterTag + 1, afterWord).equalsIgnoreCase(CAPABILITY)
        ? new Capabilities(words(text))
        : new Other();
  }

  private static Optional<Word> none() {
    return Optional.empty();
  }

  /** Where the word ends that begins there. */
  private static int end(String line, int start) {
    int space = line.indexOf(' ', start);
    return space < 0 ? line.length() : space;
  }

  private static Optional<Word> word(String line, int start, int end) {
    for (Word word : Word.values()) {
      int length = word.name().length();
      if (end - start == length && line.regionMatches(true, start, word.name(), 0, length)) {
        return Optional.of(word);
      }
    }
    return Optional.empty();
  }

  private static boolean isTag(String text) {
    return isWord(text) && text.indexOf('*') < 0 && text.indexOf('+') < 0;
  }

  private static boolean isWord(String text) {
    for (int i = 0; i < text.length(); i++) {
      if (text.charAt(i) <= ' ' || text.charAt(i) > '~') {
        return false;
      }
    }
    return !text.isEmpty() && text.length() <= LONGEST_WORD;
  }

  /** A code stands right behind the word; brackets further on are text (Exchange Online). */
  private static Status status(String tag, Word word, String text) {
    int end = text.startsWith("[") ? text.indexOf(']') : -1;
    Mood mood = Mood.of(text);
    if (end < 0) {
      return new Status(tag, word, Optional.empty(), Optional.empty(), mood);
    }
    int afterName = Math.min(end, end(text, 1));
    if (!isWord(text.substring(1, afterName))) {
      return new Status(tag, word, Optional.empty(), Optional.empty(), mood);
    }
    String name = text.substring(1, afterName).toUpperCase(Locale.ROOT);
    boolean hasList = name.equals(CAPABILITY) && afterName < end;
    return new Status(
        tag,
        word,
        Optional.of(name),
        hasList ? Optional.of(words(text.substring(afterName + 1, end))) : Optional.empty(),
        mood);
  }

  private static List<String> words(String text) {
    String list = text.strip();
    List<String> words = new ArrayList<>();
    int start = 0;
    while (start < list.length()) {
      int end = end(list, start);
      if (end > start) {
        words.add(list.substring(start, end));
      }
      start = end + 1;
    }
    return List.copyOf(words);
  }
}
