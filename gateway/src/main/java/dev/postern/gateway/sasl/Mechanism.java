package dev.postern.gateway.sasl;

import java.util.Locale;
import java.util.Optional;
import java.util.stream.Stream;

/** The mechanisms we accept; the same set drives what is announced and what is taken. */
public enum Mechanism {
  /** RFC 4616. */
  PLAIN,
  /** The old LOGIN mechanism, draft-murchison-sasl-login-00. */
  LOGIN;

  /** Lower case, as in logs and metrics. */
  public String word() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** The mechanism of that name, in any case. */
  public static Optional<Mechanism> named(String name) {
    return Stream.of(values()).filter(m -> m.name().equalsIgnoreCase(name)).findFirst();
  }

  /** A new exchange. */
  public SaslExchange newExchange() {
    return switch (this) {
      case PLAIN -> new PlainExchange();
      case LOGIN -> new LoginExchange();
    };
  }
}
