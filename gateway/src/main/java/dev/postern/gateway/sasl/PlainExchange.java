package dev.postern.gateway.sasl;

/** PLAIN: {@code [authzid] NUL authcid NUL passwd}, RFC 4616 §2. */
final class PlainExchange implements SaslExchange {
  @Override
  public SaslStep begin() {
    return new SaslStep.Challenge("");
  }

  @Override
  public SaslStep respond(String response) {
    return new SaslStep.Malformed();
  }
}
