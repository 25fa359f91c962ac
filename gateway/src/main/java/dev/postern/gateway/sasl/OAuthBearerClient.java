package dev.postern.gateway.sasl;

import dev.postern.gateway.dialogue.UpstreamPlan.UpstreamCredentials.Bearer;

/** OAUTHBEARER towards an upstream, RFC 7628 §3.1; its header is that of RFC 5801 §4. */
final class OAuthBearerClient extends TokenClient {
  static final String MECHANISM = "OAUTHBEARER";

  OAuthBearerClient(Bearer credentials) {
    super(credentials);
  }

  @Override
  public String mechanism() {
    return MECHANISM;
  }

  @Override
  String opening(Bearer credentials) {
    return "n,a="
        + credentials.mailbox().replace("=", "=3D").replace(",", "=2C")
        + ","
        + SEPARATOR
        + "host="
        + credentials.host()
        + SEPARATOR
        + "port="
        + credentials.port()
        + SEPARATOR
        + "auth=Bearer ";
  }

  /** RFC 7628 §3.2.3. */
  @Override
  String answerToRefusal() {
    return String.valueOf(SEPARATOR);
  }
}
