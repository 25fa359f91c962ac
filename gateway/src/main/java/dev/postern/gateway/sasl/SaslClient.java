package dev.postern.gateway.sasl;

import dev.postern.gateway.dialogue.UpstreamPlan.UpstreamCredentials;
import dev.postern.gateway.dialogue.UpstreamPlan.UpstreamCredentials.Password;
import dev.postern.store.auth.Secret;
import java.util.Collection;
import java.util.Optional;

/**
 * Our side of one SASL exchange with an upstream. Pure; used once. What it returns is base64 text
 * without line end, fresh for each call: whoever gets it closes it. It never closes the credentials
 * it was made with.
 */
public sealed interface SaslClient permits PlainClient, LoginClient {

  /** The mechanism's name on the wire. */
  String mechanism();

  /** What may go on the line that names the mechanism; empty if the server speaks first. */
  Optional<Secret> initialResponse();

  /**
   * The answer to the server's next challenge, whose content neither mechanism needs; empty if the
   * server asks for more than the mechanism has: give up with {@code *}.
   */
  Optional<Secret> respond();

  /**
   * Whether all was said. A server that is content before that did not look at the credentials: its
   * answer is none.
   */
  boolean isComplete();

  /**
   * The best mechanism that the server announced and that can carry the credentials; empty if there
   * is none. Only PLAIN can carry an authorisation identity, and nothing can carry a NUL.
   *
   * @param announced mechanism names, in any case
   */
  static Optional<SaslClient> choose(
      Collection<String> announced, UpstreamCredentials credentials) {
    return switch (credentials) {
      case Password password -> choose(announced, password);
    };
  }

  private static Optional<SaslClient> choose(Collection<String> announced, Password password) {
    if (holdsNul(password)) {
      return Optional.empty();
    }
    if (announces(announced, PlainClient.MECHANISM)) {
      return Optional.of(new PlainClient(password));
    }
    if (announces(announced, LoginClient.MECHANISM) && password.authorizeAs().isEmpty()) {
      return Optional.of(new LoginClient(password));
    }
    return Optional.empty();
  }

  /** The credentials, if a name and a password, with no NUL in them, are all there is to say. */
  static Optional<Password> plainLogin(UpstreamCredentials credentials) {
    return switch (credentials) {
      case Password password when password.authorizeAs().isEmpty() && !holdsNul(password) ->
          Optional.of(password);
      case Password _ -> Optional.empty();
    };
  }

  private static boolean announces(Collection<String> announced, String mechanism) {
    for (String name : announced) {
      if (name.equalsIgnoreCase(mechanism)) {
        return true;
      }
    }
    return false;
  }

  private static boolean holdsNul(Password credentials) {
    return credentials.loginName().indexOf('\0') >= 0
        || credentials.authorizeAs().orElse("").indexOf('\0') >= 0
        || credentials.password().expose(SaslClient::holdsNul);
  }

  private static boolean holdsNul(byte[] bytes) {
    for (byte b : bytes) {
      if (b == 0) {
        return true;
      }
    }
    return false;
  }
}
