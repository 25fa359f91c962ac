package dev.postern.gateway.sasl;

import dev.postern.gateway.dialogue.UpstreamPlan.UpstreamCredentials.Password;
import dev.postern.store.auth.Secret;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Base64;
import java.util.Optional;

/**
 * PLAIN towards an upstream, RFC 4616 §2: one message, as initial response or as the answer to the
 * one empty challenge.
 */
final class PlainClient implements SaslClient {
  static final String MECHANISM = "PLAIN";

  private final Password credentials;
  private boolean isSent;

  PlainClient(Password credentials) {
    this.credentials = credentials;
  }

  @Override
  public String mechanism() {
    return MECHANISM;
  }

  @Override
  public Optional<Secret> initialResponse() {
    return message();
  }

  @Override
  public Optional<Secret> respond(String challenge) {
    return message();
  }

  @Override
  public boolean isComplete() {
    return isSent;
  }

  private Optional<Secret> message() {
    if (isSent) {
      return Optional.empty();
    }
    isSent = true;
    return Optional.of(credentials.password().expose(this::message));
  }

  private Secret message(byte[] password) {
    byte[] authorizeAs = credentials.authorizeAs().orElse("").getBytes(StandardCharsets.UTF_8);
    byte[] loginName = credentials.loginName().getBytes(StandardCharsets.UTF_8);
    byte[] message = new byte[authorizeAs.length + loginName.length + password.length + 2];
    ByteBuffer.wrap(message)
        .put(authorizeAs)
        .put((byte) 0)
        .put(loginName)
        .put((byte) 0)
        .put(password);
    Secret base64 = Secret.owning(Base64.getEncoder().encode(message));
    Arrays.fill(message, (byte) 0);
    return base64;
  }
}
