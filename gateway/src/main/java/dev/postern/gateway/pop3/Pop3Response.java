package dev.postern.gateway.pop3;

import dev.postern.gateway.dialogue.UpstreamFailure;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/**
 * The first line of a server's answer, RFC 1939 §3, as far as a login needs it. Total: what is no
 * answer is {@link Garbage}.
 */
sealed interface Pop3Response {

  /** What a command comes to. */
  sealed interface Status extends Pop3Response {}

  /**
   * {@code +OK}.
   *
   * @param code name of the response code, upper case, if there is one
   */
  record Ok(Optional<String> code) implements Status {}

  /**
   * {@code -ERR}.
   *
   * @param code as in {@link Ok}
   */
  record Err(Optional<String> code) implements Status {
    /** The credential is not to blame, and waiting may help, RFC 2449 §8, RFC 3206 §4. */
    private static final Set<String> NOT_NOW = Set.of("SYS/TEMP", "LOGIN-DELAY");

    /** Nor is it, and an administrator must act, RFC 3206 §5. */
    private static final String PERMANENT = "SYS/PERM";

    /** The mailbox is open elsewhere. */
    private static final String IN_USE = "IN-USE";

    /** Codes that go into our log; in place of any other there could be what we sent. */
    private static final Set<String> TELLING =
        Set.of("AUTH", "SYS/TEMP", PERMANENT, "LOGIN-DELAY", IN_USE);

    /** Whose fault a refusal of a login is. */
    UpstreamFailure.Cause cause() {
      if (code.filter(NOT_NOW::contains).isPresent()) {
        return UpstreamFailure.Cause.NOT_SERVING;
      }
      if (code.filter(PERMANENT::equals).isPresent()) {
        return UpstreamFailure.Cause.NO_CREDENTIAL;
      }
      return code.filter(IN_USE::equals).isPresent()
          ? UpstreamFailure.Cause.IN_USE
          : UpstreamFailure.Cause.LOGIN_REFUSED;
    }

    /** The answer for our log: its code alone, since its text may repeat what we sent. */
    String telling() {
      return "-ERR" + code.filter(TELLING::contains).map(name -> " [" + name + "]").orElse("");
    }
  }

  /**
   * {@code +}: go on, RFC 5034 §4. With or without the space behind it.
   *
   * @param text what stands behind it: a challenge
   */
  record Continuation(String text) implements Pop3Response {
    @Override
    public String toString() {
      return "Continuation[***]";
    }
  }

  /** None of these. */
  record Garbage() implements Pop3Response {}

  int LONGEST_CODE = 64;

  /** Reads a line. */
  static Pop3Response of(String line) {
    if (isStatus(line, "+OK")) {
      return new Ok(code(line));
    }
    if (isStatus(line, "-ERR")) {
      return new Err(code(line));
    }
    return line.equals("+") || line.startsWith("+ ")
        ? new Continuation(line.substring(1).strip())
        : new Garbage();
  }

  private static boolean isStatus(String line, String word) {
    return line.regionMatches(true, 0, word, 0, word.length())
        && (line.length() == word.length() || line.charAt(word.length()) == ' ');
  }

  /** In brackets right behind the word. */
  private static Optional<String> code(String line) {
    int start = line.indexOf(' ') + 1;
    int end = start > 0 && line.startsWith("[", start) ? line.indexOf(']', start) : -1;
    if (end < 0 || end == start + 1 || end - start - 1 > LONGEST_CODE) {
      return Optional.empty();
    }
    String code = line.substring(start + 1, end);
    for (int i = 0; i < code.length(); i++) {
      if (code.charAt(i) <= ' ' || code.charAt(i) > '~') {
        return Optional.empty();
      }
    }
    return Optional.of(code.toUpperCase(Locale.ROOT));
  }
}
