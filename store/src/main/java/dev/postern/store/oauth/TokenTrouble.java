package dev.postern.store.oauth;

import java.time.Duration;
import java.util.Locale;
import java.util.Optional;

/**
 * Why there is no token.
 *
 * @param detail for operators: the provider's error code, never a token and nothing it wrote in its
 *     own words; fit for a line of a log
 * @param retryAfter as the provider asked, at most five minutes
 */
public record TokenTrouble(Kind kind, String detail, Optional<Duration> retryAfter) {
  private static final int LONGEST = 200;

  public TokenTrouble {
    String clean = detail.replaceAll("[^ -~]", "?").replace('"', '\'').strip();
    detail = clean.substring(0, Math.min(clean.length(), LONGEST));
  }

  public TokenTrouble(Kind kind, String detail) {
    this(kind, detail, Optional.empty());
  }

  /** The same, for those who are told without anybody being asked. */
  TokenTrouble notAskedFor(Duration time) {
    String words = " (not asked again for " + (time.toSeconds() + 1) + " s)";
    String cut = detail.substring(0, Math.min(detail.length(), LONGEST - words.length()));
    return new TokenTrouble(kind, cut + words, retryAfter);
  }

  /** Whom it concerns. */
  public enum Concern {
    /** Everybody who needs the provider; it passes. */
    PROVIDER,
    /** Everybody who needs our registration there; an operator must do something. */
    CLIENT,
    /** Whoever asked; whether everybody else as well, only their answers show. */
    ASKER,
    /** One account; its owner or an operator must do something. */
    ACCOUNT,
    /** This node; it passes. */
    NODE
  }

  /** What it is; {@link #word()} is its name in logs and metrics. */
  public enum Kind {
    /** Name not found, refused, unreachable. */
    CONNECT(Concern.PROVIDER),
    /** Certificate, name, version. */
    TLS(Concern.PROVIDER),
    /** No whole answer in time. */
    TIMEOUT(Concern.PROVIDER),
    /** It sends us elsewhere, where no secret of ours goes. */
    REDIRECTED(Concern.PROVIDER),
    /** Something else answers: a page of HTML, or a text that is none of RFC 6749 §5. */
    NOT_AN_ANSWER(Concern.ASKER),
    /** It says that it cannot now: 429, 5xx, {@code temporarily_unavailable}. */
    PROVIDER_BUSY(Concern.PROVIDER),
    /** It does not take our registration, secret or certificate. */
    CLIENT_REFUSED(Concern.CLIENT),
    /** It knows our registration, and does not give it this: grant, scopes, request. */
    GRANT_REFUSED(Concern.ASKER),
    /** It gives a token that is longer than what mail servers take. */
    TOKEN_TOO_LONG(Concern.ASKER),
    /** It takes the consent no more, or not for this mailbox. */
    CONSENT_ENDED(Concern.ACCOUNT),
    /** The consent was given to another registration than the configuration has now. */
    OTHER_REGISTRATION(Concern.ACCOUNT),
    /** Nobody has given consent yet. */
    NO_CONSENT(Concern.ACCOUNT),
    /** The consent cannot be read or kept: database, keys. */
    STORE(Concern.NODE),
    /** Too many ask at once, or another node is at it. */
    BUSY(Concern.NODE);

    private final Concern concern;

    Kind(Concern concern) {
      this.concern = concern;
    }

    public Concern concern() {
      return concern;
    }

    public String word() {
      return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
  }

  /** Thrown where an exchange fails. */
  public static final class TokenTroubleException extends Exception {
    private final transient TokenTrouble trouble;

    public TokenTroubleException(TokenTrouble trouble) {
      super(trouble.kind().word() + ": " + trouble.detail());
      this.trouble = trouble;
    }

    public TokenTrouble trouble() {
      return trouble;
    }
  }
}
