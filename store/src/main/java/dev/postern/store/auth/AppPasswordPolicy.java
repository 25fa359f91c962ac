package dev.postern.store.auth;

import dev.postern.store.RefusedException;
import dev.postern.store.RefusedException.Code;
import dev.postern.store.StoreConfig.AppPasswordRules;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Optional;

/** What the site allows an app password to be; fills in what was left open. */
public final class AppPasswordPolicy {
  private static final int LONGEST_LABEL = 64;
  private static final int LONGEST_REASON = 200;
  private static final int MOST_NETWORKS = 64;
  private static final Duration LONGEST = Duration.ofDays(100 * 365);

  private final AppPasswordRules rules;

  public AppPasswordPolicy(AppPasswordRules rules) {
    this.rules = rules;
  }

  /** Characters of a new secret. */
  public int length() {
    return rules.length();
  }

  /** Most active ones of a user. */
  public int limit() {
    return rules.limit();
  }

  /**
   * What will be created.
   *
   * @throws RefusedException {@code INVALID} with what would be right
   */
  public Terms terms(NewAppPassword spec, Instant now) {
    if (spec.scopes().isEmpty()) {
      throw invalid("an app password for nothing is of no use", "Name at least one protocol.");
    }
    if (spec.networks().size() > MOST_NETWORKS) {
      throw invalid("there are more than " + MOST_NETWORKS + " networks", "Join some of them.");
    }
    return new Terms(
        label(spec.label()),
        spec.loginName().map(AppPasswordPolicy::ownLoginName),
        expiry(spec.expiresAt(), now),
        idleExpiry(spec.idleExpiry()),
        unusedExpiry(now));
  }

  /** When an app password made now ends if it is never used. */
  public Optional<Instant> unusedExpiry(Instant now) {
    return rules.unusedExpiresAfter().map(now::plus).map(AppPasswordPolicy::toMillis);
  }

  /** Checks the reason of a suspension or revocation. */
  public static String reason(String reason) {
    return text(reason, LONGEST_REASON, "the reason");
  }

  private static String label(String label) {
    return text(label, LONGEST_LABEL, "the label");
  }

  private static LoginName ownLoginName(String typed) {
    return LoginName.parse(typed)
        .filter(LoginName::fitsAppPassword)
        .orElseThrow(() ->
            invalid(
                "that cannot be the login name of an app password",
                "Use 1 to 20 characters without @, spaces and control characters."));
  }

  private Optional<Instant> expiry(Optional<Instant> wanted, Instant now) {
    Optional<Instant> latest = rules.expiresAfter().map(now::plus);
    if (wanted.isEmpty()) {
      return latest.map(AppPasswordPolicy::toMillis);
    }
    Instant at = wanted.get();
    if (!at.isAfter(now)) {
      throw invalid("the expiry " + at + " is in the past", "Name a moment in the future.");
    }
    if (at.isAfter(latest.orElse(now.plus(LONGEST)))) {
      throw invalid(
          "the expiry " + at + " is later than this site allows",
          "Name a moment before " + toMillis(latest.orElse(now.plus(LONGEST))) + ".");
    }
    return Optional.of(toMillis(at));
  }

  private Optional<Duration> idleExpiry(Optional<Duration> wanted) {
    if (wanted.isEmpty()) {
      return rules.idleExpiresAfter();
    }
    Duration longest = rules.idleExpiresAfter().orElse(LONGEST);
    if (wanted.get().compareTo(longest) > 0 || wanted.get().compareTo(Duration.ofMillis(1)) < 0) {
      throw invalid(
          "the idle expiry must be longer than nothing and at most " + longest.toDays() + " days",
          "Name a time in between.");
    }
    return wanted;
  }

  private static String text(String typed, int longest, String what) {
    String text = typed.strip();
    int length = text.codePointCount(0, text.length());
    if (length < 1 || length > longest || text.codePoints().anyMatch(AppPasswordPolicy::isUnfit)) {
      throw invalid(
          what + " must be 1 to " + longest + " characters without control characters",
          "Choose a short plain text.");
    }
    return text;
  }

  /** Control characters, line ends, halves of surrogate pairs, and what turns text around. */
  private static boolean isUnfit(int codePoint) {
    return Character.isISOControl(codePoint)
        || (codePoint >= 0x202a && codePoint <= 0x202e)
        || (codePoint >= 0x2066 && codePoint <= 0x2069)
        || switch (Character.getType(codePoint)) {
          case Character.LINE_SEPARATOR, Character.PARAGRAPH_SEPARATOR, Character.SURROGATE -> true;
          default -> false;
        };
  }

  private static Instant toMillis(Instant instant) {
    return instant.truncatedTo(ChronoUnit.MILLIS);
  }

  private static RefusedException invalid(String detail, String remedy) {
    return new RefusedException(Code.INVALID, detail, remedy);
  }

  /**
   * What was asked for, checked and completed.
   *
   * @param unusedExpiresAt it ends then unless it was used before
   */
  public record Terms(
      String label,
      Optional<LoginName> loginName,
      Optional<Instant> expiresAt,
      Optional<Duration> idleExpiry,
      Optional<Instant> unusedExpiresAt) {}
}
