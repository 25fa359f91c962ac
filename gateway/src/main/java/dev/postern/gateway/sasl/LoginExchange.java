package dev.postern.gateway.sasl;

import dev.postern.store.auth.Secret;

/**
 * LOGIN: two challenges, name and password; draft-murchison-sasl-login-00.
 *
 * <pre>
 *   AwaitName ──name──► AwaitPassword ──password──► Over (Complete)
 *       └──── *, not base64, too long ────┴───────► Over (Cancelled, Malformed)
 * </pre>
 *
 * <p>The challenges are not free: Thunderbird gives up unless they are exactly base64 {@code
 * Username:} and {@code Password:}. The mechanism is server-first, yet an initial response is taken
 * as the name, because .NET's SmtpClient knows no other way.
 */
final class LoginExchange implements SaslExchange {
  private static final SaslStep USERNAME = new SaslStep.Challenge("VXNlcm5hbWU6");
  private static final SaslStep PASSWORD = new SaslStep.Challenge("UGFzc3dvcmQ6");

  private State state = new State.AwaitName();

  private sealed interface State {
    record AwaitName() implements State {}

    record AwaitPassword(String name) implements State {}

    record Over() implements State {}
  }

  @Override
  public SaslStep begin() {
    return state instanceof State.AwaitName ? USERNAME : new SaslStep.Malformed();
  }

  @Override
  public SaslStep respond(Secret response) {
    if (state instanceof State.Over) {
      response.close();
      return new SaslStep.Malformed();
    }
    State before = state;
    state = new State.Over();
    return switch (SaslWire.read(response)) {
      case SaslWire.Response.Cancel _ -> new SaslStep.Cancelled();
      case SaslWire.Response.Garbage _ -> new SaslStep.Malformed();
      case SaslWire.Response.Message(Secret bytes) -> message(before, bytes);
    };
  }

  private SaslStep message(State before, Secret bytes) {
    return switch (before) {
      case State.AwaitName _ -> name(bytes);
      case State.AwaitPassword(String name) -> password(name, bytes);
      case State.Over _ -> {
        bytes.close();
        yield new SaslStep.Malformed();
      }
    };
  }

  private SaslStep name(Secret bytes) {
    try (bytes) {
      if (bytes.length() > ClientText.MAX_NAME) {
        return new SaslStep.Malformed();
      }
      state = new State.AwaitPassword(bytes.expose(ClientText::decode));
      return PASSWORD;
    }
  }

  private static SaslStep password(String name, Secret bytes) {
    if (bytes.length() > ClientText.MAX_SECRET) {
      bytes.close();
      return new SaslStep.Malformed();
    }
    return new SaslStep.Complete(name, bytes);
  }
}
