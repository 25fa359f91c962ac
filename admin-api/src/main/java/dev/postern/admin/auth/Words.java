package dev.postern.admin.auth;

import dev.postern.store.auth.RejectReason;

/**
 * What a person may learn: as much as Postern's own listeners say, in one set of words. Nothing in
 * them tells whether a user or an app password exists, unless the secret was right.
 */
final class Words {
  static final String THROTTLED = "Too many wrong passwords: try again in an hour";
  static final String UNAVAILABLE = "Sign-in is not possible at the moment: try again later";
  static final String NO_WAY = "Your mailbox cannot be opened at the moment: try again later";

  private Words() {}

  static String of(RejectReason reason) {
    return switch (reason) {
      case BAD_NAME,
          UNKNOWN_USER,
          WRONG_SECRET,
          OWN_PASSWORD_REFUSED,
          TOO_MANY_GUESSES,
          USER_DISABLED,
          REVOKED,
          SUSPENDED,
          DELEGATION,
          BANNED,
          POLICY ->
          "Sign-in refused: check the user name and the app password";
      case WRONG_SHAPE -> "Use an app password here, not your normal password";
      case EXPIRED, IDLE_EXPIRED -> "This app password has expired: make a new one";
      case OUT_OF_SCOPE -> "This app password is not for this protocol: make one that is";
      case OUT_OF_NETWORK -> "This app password may not be used from this network";
      case OUT_OF_LANE -> "This app password is not for devices without modern TLS";
      case IN_CLEAR -> "Turn on TLS: passwords are not taken in clear";
    };
  }
}
