package dev.postern.gateway.sasl;

/** LOGIN: two challenges, name and password; draft-murchison-sasl-login-00. */
final class LoginExchange implements SaslExchange {
  @Override
  public SaslStep begin() {
    return new SaslStep.Challenge("VXNlcm5hbWU6");
  }

  @Override
  public SaslStep respond(String response) {
    return new SaslStep.Malformed();
  }
}
