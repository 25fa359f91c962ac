package dev.postern.gateway.sasl;

import dev.postern.store.auth.Secret;
import java.util.Arrays;

/**
 * PLAIN: {@code [authzid] NUL authcid NUL passwd}, RFC 4616 §2.
 *
 * <pre>
 *   begin ──► Challenge "" ──► respond ──► Complete · Delegation · Malformed · Cancelled
 *   respond (initial) ───────────────────► the same
 * </pre>
 *
 * <p>An authorisation identity equal to the authentication identity is normal (Jakarta Mail and
 * NeoMutt always send it). Exactly two NULs: a third one would stand in the password, where what is
 * behind it could be cut off by a hash written in C.
 */
final class PlainExchange implements SaslExchange {
  private State state = State.AWAIT_MESSAGE;

  private enum State {
    AWAIT_MESSAGE,
    OVER
  }

  @Override
  public SaslStep begin() {
    return state == State.OVER ? new SaslStep.Malformed() : new SaslStep.Challenge("");
  }

  @Override
  public SaslStep respond(Secret response) {
    if (state == State.OVER) {
      response.close();
      return new SaslStep.Malformed();
    }
    state = State.OVER;
    return switch (SaslWire.read(response)) {
      case SaslWire.Response.Cancel _ -> new SaslStep.Cancelled();
      case SaslWire.Response.Garbage _ -> new SaslStep.Malformed();
      case SaslWire.Response.Message(Secret bytes) -> {
        try (bytes) {
          yield bytes.expose(PlainExchange::parse);
        }
      }
    };
  }

  private static SaslStep parse(byte[] message) {
    int first = indexOfNul(message, 0);
    int second = first < 0 ? -1 : indexOfNul(message, first + 1);
    if (second < 0 || indexOfNul(message, second + 1) >= 0) {
      return new SaslStep.Malformed();
    }
    if (first > ClientText.MAX_NAME
        || second - first - 1 > ClientText.MAX_NAME
        || message.length - second - 1 > ClientText.MAX_SECRET) {
      return new SaslStep.Malformed();
    }
    String authorizeAs = ClientText.decode(message, 0, first);
    String loginName = ClientText.decode(message, first + 1, second);
    if (!authorizeAs.isEmpty() && !ClientText.isSameName(authorizeAs, loginName)) {
      return new SaslStep.Delegation();
    }
    Secret secret = Secret.owning(Arrays.copyOfRange(message, second + 1, message.length));
    return new SaslStep.Complete(loginName, secret);
  }

  private static int indexOfNul(byte[] message, int from) {
    for (int i = from; i < message.length; i++) {
      if (message[i] == 0) {
        return i;
      }
    }
    return -1;
  }
}
