package dev.postern.store.audit;

import dev.postern.store.auth.Scope;
import java.net.InetAddress;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Optional;

/**
 * What login attempts have in common that become one entry: everything but the exact time.
 *
 * @param hour in which they were made
 * @param peer empty: from various sources
 */
public record Fold(
    Instant hour,
    Who who,
    Compared compared,
    Scope protocol,
    String mechanism,
    Optional<InetAddress> peer,
    String clientName,
    String outcome,
    String reason,
    Optional<String> upstream) {

  /** Longest client name that is kept. */
  private static final int LONGEST_CLIENT_NAME = 64;

  public static Fold of(SignIn attempt) {
    // Of users' names too: this is done before the answer, and one to a name that nobody has must
    // not take longer.
    Who typed = Who.ofTyped(attempt.loginName());
    return new Fold(
        attempt.at().truncatedTo(ChronoUnit.HOURS),
        attempt.userId().<Who>map(Who.Known::new).orElse(typed),
        attempt.compared(),
        attempt.protocol(),
        attempt.mechanism(),
        Optional.of(attempt.peer()),
        printable(attempt.clientName()),
        attempt.outcome(),
        attempt.reason(),
        attempt.upstream());
  }

  /** The app password that the secrets matched. */
  public Optional<String> credentialId() {
    return compared.matched();
  }

  /** The same from wherever, by whatever program. */
  Fold fromAnywhere() {
    return new Fold(
        hour,
        who,
        Compared.NOTHING,
        protocol,
        mechanism,
        Optional.empty(),
        "",
        outcome,
        reason,
        Optional.empty());
  }

  /** The same by whomever: as many different ones as there are words for outcomes and reasons. */
  Fold byAnybody() {
    return new Fold(
        hour,
        new Who.Unnamed(),
        Compared.NOTHING,
        protocol,
        mechanism,
        Optional.empty(),
        "",
        outcome,
        reason,
        Optional.empty());
  }

  /** No database takes half a surrogate pair or a zero, and no terminal should get the rest. */
  private static String printable(String text) {
    if (text.isEmpty()) {
      return text;
    }
    StringBuilder clean = new StringBuilder();
    text.codePoints()
        .limit(LONGEST_CLIENT_NAME)
        .map(point -> isSeen(point) ? point : '?')
        .forEach(clean::appendCodePoint);
    return clean.toString();
  }

  private static boolean isSeen(int point) {
    return switch (Character.getType(point)) {
      case Character.CONTROL,
          Character.FORMAT,
          Character.SURROGATE,
          Character.LINE_SEPARATOR,
          Character.PARAGRAPH_SEPARATOR ->
          false;
      default -> true;
    };
  }
}
