package dev.postern.gateway.sasl;

import dev.postern.gateway.dialogue.UpstreamPlan.UpstreamCredentials.Bearer;

/**
 * XOAUTH2 towards an upstream, as Google and Microsoft describe it; no RFC does. A refused token is
 * answered with an empty line.
 */
final class XOauth2Client extends TokenClient {
  static final String MECHANISM = "XOAUTH2";

  XOauth2Client(Bearer credentials) {
    super(credentials);
  }

  @Override
  public String mechanism() {
    return MECHANISM;
  }

  @Override
  String opening(Bearer credentials) {
    return "user=" + credentials.mailbox() + SEPARATOR + "auth=Bearer ";
  }

  @Override
  String answerToRefusal() {
    return "";
  }
}
