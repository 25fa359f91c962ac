package dev.postern.gateway.dialogue;

import dev.postern.gateway.dialogue.UpstreamFailure.Cause;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What a provider says in plain words and means as a code, as Exchange Online and Gmail do. Nothing
 * is kept of the text but which mood it is and a number: it may repeat what we sent.
 */
public sealed interface Mood {

  /** None that we know. */
  record Even() implements Mood {}

  /**
   * It has had enough of this mailbox's requests.
   *
   * @param backoff how long it wants no more of them, if it says; at most {@link #LONGEST}
   */
  record Throttled(Optional<Duration> backoff) implements Mood {}

  /** This mailbox is open too often. */
  record Crowded() implements Mood {}

  /** The longest back-off that is heeded. */
  Duration LONGEST = Duration.ofMinutes(15);

  /** In a text of any length, in any case. */
  Pattern THROTTLED =
      Pattern.compile(
          "request is throttled|suggested backoff time|too many login attempts",
          Pattern.CASE_INSENSITIVE);

  Pattern BACKOFF =
      Pattern.compile("suggested backoff time: ?([0-9]++) ?milliseconds", Pattern.CASE_INSENSITIVE);

  Pattern CROWDED = Pattern.compile("too many simultaneous connections", Pattern.CASE_INSENSITIVE);

  /** Reads the text of a refusal. Total. */
  static Mood of(String text) {
    if (THROTTLED.matcher(text).find()) {
      return new Throttled(backoff(text));
    }
    return CROWDED.matcher(text).find() ? new Crowded() : new Even();
  }

  private static Optional<Duration> backoff(String text) {
    Matcher backoff = BACKOFF.matcher(text);
    if (!backoff.find()) {
      return Optional.empty();
    }
    String digits = backoff.group(1).replaceFirst("^0+", "");
    if (digits.isEmpty()) {
      return Optional.empty();
    }
    int most = Long.toString(LONGEST.toMillis()).length();
    Duration asked = digits.length() > most ? LONGEST : Duration.ofMillis(Long.parseLong(digits));
    return Optional.of(asked.compareTo(LONGEST) > 0 ? LONGEST : asked);
  }

  /**
   * The failure of a login that ends in this mood.
   *
   * @param cause what it would be without a mood
   * @param detail as in {@link UpstreamFailure}
   */
  default UpstreamFailure failure(Cause cause, String detail) {
    return switch (this) {
      case Even _ -> new UpstreamFailure(cause, detail);
      case Crowded _ -> new UpstreamFailure(Cause.IN_USE, detail);
      case Throttled(Optional<Duration> backoff) ->
          new UpstreamFailure(
              Cause.THROTTLED,
              detail + backoff.map(time -> ", back off " + time.toMillis() + " ms").orElse(""),
              List.of(),
              backoff);
    };
  }
}
