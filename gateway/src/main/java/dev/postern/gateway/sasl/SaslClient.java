package dev.postern.gateway.sasl;

import dev.postern.gateway.dialogue.UpstreamPlan.UpstreamCredentials;
import dev.postern.gateway.dialogue.UpstreamPlan.UpstreamCredentials.Bearer;
import dev.postern.gateway.dialogue.UpstreamPlan.UpstreamCredentials.OurWord;
import dev.postern.gateway.dialogue.UpstreamPlan.UpstreamCredentials.Password;
import dev.postern.store.auth.Secret;
import dev.postern.store.oauth.AccessToken;
import java.util.Collection;
import java.util.Optional;

/**
 * Our side of one SASL exchange with an upstream. Pure; used once. What it returns is base64 text
 * without line end, fresh for each call: whoever gets it closes it. It never closes the credentials
 * it was made with.
 */
public sealed interface SaslClient permits PlainClient, LoginClient, TokenClient {

  /** On a line of its own in place of an answer: nothing more will come, RFC 4422 §3.5. */
  String CANCEL = "*";

  /** The mechanism's name on the wire. */
  String mechanism();

  /** What may go on the line that names the mechanism; empty if the server speaks first. */
  Optional<Secret> initialResponse();

  /**
   * The answer to the server's next challenge; empty if the server asks for more than the mechanism
   * has to say.
   *
   * @param challenge as it stands on the line, in base64; only a refused token's is read
   */
  Optional<Secret> respond(String challenge);

  /**
   * Whether all was said, and none of it refused. A server that is content before that did not look
   * at the credentials, and one that is content with what it refused does not know its own mind:
   * its answer is none.
   */
  boolean isComplete();

  /** Whether the server has refused the credentials in a challenge: only its refusal may follow. */
  default boolean isRefused() {
    return false;
  }

  /** The status of such a refusal for our log, with a comma before it, or nothing. */
  default String tellingStatus() {
    return "";
  }

  /**
   * The best mechanism that the server announced and that can carry the credentials; empty if there
   * is none. Only PLAIN can carry an authorisation identity, and nothing can carry a NUL. A token
   * goes by OAUTHBEARER, else XOAUTH2, or the other way round where {@link Bearer#isXoauth2First};
   * never by a mechanism for passwords. Our word goes by none.
   *
   * @param announced mechanism names, in any case
   */
  static Optional<SaslClient> choose(
      Collection<String> announced, UpstreamCredentials credentials) {
    return switch (credentials) {
      case Password password -> choose(announced, password);
      case Bearer bearer -> choose(announced, bearer);
      case OurWord _ -> Optional.empty();
    };
  }

  private static Optional<SaslClient> choose(Collection<String> announced, Bearer bearer) {
    if (!isCarriable(bearer)) {
      return Optional.empty();
    }
    boolean takesXoauth2 = announces(announced, XOauth2Client.MECHANISM);
    if (announces(announced, OAuthBearerClient.MECHANISM)
        && !(takesXoauth2 && bearer.isXoauth2First())) {
      return Optional.of(new OAuthBearerClient(bearer));
    }
    return takesXoauth2 ? Optional.of(new XOauth2Client(bearer)) : Optional.empty();
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
      case Password _, Bearer _, OurWord _ -> Optional.empty();
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

  /** Both mechanisms separate their parts by control characters. */
  private static boolean isCarriable(Bearer bearer) {
    return !bearer.mailbox().isEmpty()
        && bearer.mailbox().chars().noneMatch(Character::isISOControl)
        && bearer.host().chars().noneMatch(Character::isISOControl)
        && bearer.token().length() <= AccessToken.LONGEST
        && bearer.token().expose(SaslClient::isVisible);
  }

  /** Whether it is a token of RFC 6750 §2.1, or near enough: visible ASCII, and some. */
  private static boolean isVisible(byte[] token) {
    for (byte b : token) {
      if (b <= ' ' || b == 0x7f) {
        return false;
      }
    }
    return token.length > 0;
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
