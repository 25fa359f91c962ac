package dev.postern.gateway.sasl;

import dev.postern.gateway.dialogue.Credentials;
import dev.postern.store.auth.Secret;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Stream;

/** The mechanisms we accept; the same set drives what is announced and what is taken. */
public enum Mechanism {
  /** RFC 4616. */
  PLAIN,
  /** The old LOGIN mechanism, draft-murchison-sasl-login-00. */
  LOGIN;

  private final String word = name().toLowerCase(Locale.ROOT);

  /** Lower case, as in logs and metrics. */
  public String word() {
    return word;
  }

  /** The mechanism of that name, in any case. */
  public static Optional<Mechanism> named(String name) {
    return Stream.of(values()).filter(m -> m.name().equalsIgnoreCase(name)).findFirst();
  }

  /**
   * What an initial response that came where none is taken gives away; empty if it holds no secret.
   *
   * @param named the mechanism that the client named, if we know it
   * @param initial is wiped, or taken over
   */
  public static Optional<Credentials> exposed(
      Optional<Mechanism> named, Optional<Secret> initial, String clientName) {
    if (named.isEmpty() || initial.isEmpty()) {
      initial.ifPresent(Secret::close);
      return Optional.empty();
    }
    return switch (named.get().newExchange().respond(initial.get())) {
      case SaslStep.Complete(String loginName, Secret secret) ->
          Optional.of(new Credentials(loginName, secret, named.get().word(), clientName));
      case SaslStep.Challenge _,
          SaslStep.Delegation _,
          SaslStep.Malformed _,
          SaslStep.Cancelled _ ->
          Optional.empty();
    };
  }

  /** A new exchange. */
  public SaslExchange newExchange() {
    return switch (this) {
      case PLAIN -> new PlainExchange();
      case LOGIN -> new LoginExchange();
    };
  }
}
