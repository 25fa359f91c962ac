package dev.postern.store.policy;

import dev.postern.store.auth.Attempt;
import dev.postern.store.auth.Grant;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.JsonNodeFactory;

/**
 * What the policy service is asked about a login. Two that are equal say the same of the same user,
 * and may share an answer.
 *
 * @param userId not sent: names change
 * @param client what the client says of itself
 */
record PolicyQuestion(
    String userId,
    String user,
    String credential,
    String protocol,
    String mechanism,
    String address,
    String tls,
    String client) {
  private static final JsonMapper MAPPER = JsonMapper.builder().build();

  static PolicyQuestion of(Attempt attempt, Grant grant) {
    return new PolicyQuestion(
        grant.userId(),
        grant.user(),
        grant.credentialId(),
        attempt.scope().word(),
        attempt.mechanism(),
        attempt.peer().getHostAddress(),
        attempt.protection().word(),
        attempt.clientName());
  }

  /** As it is sent. */
  byte[] body() {
    return MAPPER.writeValueAsBytes(
        JsonNodeFactory.instance
            .objectNode()
            .put("user", user)
            .put("credential", credential)
            .put("protocol", protocol)
            .put("mechanism", mechanism)
            .put("address", address)
            .put("tls", tls)
            .put("client", client));
  }
}
