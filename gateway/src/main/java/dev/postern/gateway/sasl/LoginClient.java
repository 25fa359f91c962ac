package dev.postern.gateway.sasl;

import dev.postern.gateway.dialogue.UpstreamPlan.UpstreamCredentials.Password;
import dev.postern.store.auth.Secret;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Optional;

/**
 * LOGIN towards an upstream, draft-murchison-sasl-login-00: the name, then the password, whatever
 * the challenges say. It never has an initial response: the mechanism is server-first.
 */
final class LoginClient implements SaslClient {
  static final String MECHANISM = "LOGIN";

  private final Password credentials;
  private Next next = Next.NAME;

  private enum Next {
    NAME,
    PASSWORD,
    NOTHING
  }

  LoginClient(Password credentials) {
    this.credentials = credentials;
  }

  @Override
  public String mechanism() {
    return MECHANISM;
  }

  @Override
  public Optional<Secret> initialResponse() {
    return Optional.empty();
  }

  @Override
  public Optional<Secret> respond(String challenge) {
    return switch (next) {
      case NAME -> {
        next = Next.PASSWORD;
        yield Optional.of(encode(credentials.loginName().getBytes(StandardCharsets.UTF_8)));
      }
      case PASSWORD -> {
        next = Next.NOTHING;
        yield Optional.of(credentials.password().expose(LoginClient::encode));
      }
      case NOTHING -> Optional.empty();
    };
  }

  @Override
  public boolean isComplete() {
    return next == Next.NOTHING;
  }

  private static Secret encode(byte[] bytes) {
    return Secret.owning(Base64.getEncoder().encode(bytes));
  }
}
