package dev.postern.store.auth;

import java.util.Locale;

/**
 * Why a login was refused: for logs, metrics and the audit, never for the wire as such. What the
 * client may learn of it is decided in one place per protocol, its {@code …Replies}.
 */
public enum RejectReason {
  /** The name holds control characters, is empty, or is too long. */
  BAD_NAME,
  /** The secret cannot be one of ours; it was neither hashed nor compared with anything. */
  WRONG_SHAPE,
  UNKNOWN_USER,
  WRONG_SECRET,
  /** It went to the upstream as the person's own password, and the upstream refused it. */
  OWN_PASSWORD_REFUSED,
  /** Too many different ones came for this user: it was not compared with those of people's own. */
  TOO_MANY_GUESSES,
  USER_DISABLED,
  REVOKED,
  SUSPENDED,
  /** Right secret, past its date. */
  EXPIRED,
  /** Right secret, unused for longer than it allows. */
  IDLE_EXPIRED,
  /** Right secret, other protocol. */
  OUT_OF_SCOPE,
  /** Right secret, from outside its networks. */
  OUT_OF_NETWORK,
  /** Right secret, on a lane for old devices that it was not made for. */
  OUT_OF_LANE,
  /** It came in clear where none is taken; whether it is right was looked at afterwards. */
  IN_CLEAR,
  /** The client asked to act as somebody else than it logs in as. */
  DELEGATION,
  /** Somebody banned the client's network; nothing was compared. */
  BANNED,
  /** Right secret, but the site's policy service refused the login. */
  POLICY;

  /** Whether it is what a guesser gets, for whom all of these must be alike. */
  boolean isForGuessers() {
    return switch (this) {
      case BAD_NAME,
          WRONG_SHAPE,
          UNKNOWN_USER,
          WRONG_SECRET,
          OWN_PASSWORD_REFUSED,
          TOO_MANY_GUESSES,
          USER_DISABLED,
          REVOKED,
          SUSPENDED ->
          true;
      case EXPIRED,
          IDLE_EXPIRED,
          OUT_OF_SCOPE,
          OUT_OF_NETWORK,
          OUT_OF_LANE,
          IN_CLEAR,
          DELEGATION,
          BANNED,
          POLICY ->
          false;
    };
  }

  private final String word = name().toLowerCase(Locale.ROOT).replace('_', '-');

  /** Lower case with hyphens, as in logs and metrics. */
  public String word() {
    return word;
  }
}
