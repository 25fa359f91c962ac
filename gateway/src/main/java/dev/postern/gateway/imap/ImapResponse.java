package dev.postern.gateway.imap;

import dev.postern.gateway.dialogue.UpstreamFailure;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * One line from an upstream, RFC 9051 §7, as far as a login needs it. Total: what is no response is
 * {@link Garbage}.
 */
sealed interface ImapResponse {

  /** {@code +}, with or without the space that RFC 9051 §7.6 wants. */
  record Continuation() implements ImapResponse {}

  /**
   * A status for everybody ({@code *}) or for a command.
   *
   * @param tag {@code *} or a tag
   * @param code name of the response code, upper case, if there is one
   * @param capabilities of the code CAPABILITY
   */
  record Status(String tag, Word word, Optional<String> code, Optional<List<String>> capabilities)
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

    /** Whose fault a refusal of a login is. */
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

  Pattern STATUS =
      Pattern.compile(
          "(\\*|[!-~&&[^*+]]{1,64}) (OK|NO|BAD|BYE|PREAUTH)(?: (.*))?", Pattern.CASE_INSENSITIVE);

  /** A code stands right behind the word; brackets further on are text (Exchange Online). */
  Pattern CODE = Pattern.compile("\\[([!-~&&[^\\]]]{1,64})(?: ([^\\]]*))?\\].*");

  String CAPABILITY = "CAPABILITY";

  /** Reads a line. */
  static ImapResponse of(String line) {
    if (line.startsWith("+")) {
      return new Continuation();
    }
    Matcher status = STATUS.matcher(line);
    if (status.matches()) {
      return status(status);
    }
    if (!line.startsWith("* ")) {
      return new Garbage();
    }
    String[] words = line.substring(2).split(" ", 2);
    if (words[0].equalsIgnoreCase(CAPABILITY)) {
      return new Capabilities(words(words.length > 1 ? words[1] : ""));
    }
    return new Other();
  }

  private static ImapResponse status(Matcher status) {
    Word word = Word.valueOf(status.group(2).toUpperCase(Locale.ROOT));
    String text = status.group(3);
    Matcher code = CODE.matcher(text == null ? "" : text);
    if (!code.matches()) {
      return new Status(status.group(1), word, Optional.empty(), Optional.empty());
    }
    String name = code.group(1).toUpperCase(Locale.ROOT);
    boolean hasList = name.equals(CAPABILITY) && code.group(2) != null;
    return new Status(
        status.group(1),
        word,
        Optional.of(name),
        hasList ? Optional.of(words(code.group(2))) : Optional.empty());
  }

  private static List<String> words(String list) {
    return List.of(list.strip().split(" +"));
  }
}
