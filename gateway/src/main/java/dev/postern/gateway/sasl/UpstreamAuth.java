package dev.postern.gateway.sasl;

import dev.postern.gateway.dialogue.TraceWords;
import dev.postern.gateway.dialogue.UpstreamFailure;
import dev.postern.gateway.dialogue.UpstreamFailure.Cause;
import dev.postern.gateway.dialogue.UpstreamStep;
import dev.postern.store.auth.Secret;
import java.util.Optional;

/**
 * AUTH at a server whose commands are lines, RFC 4954 §4 and RFC 5034 §4. The initial response goes
 * with the command; if the line would be too long for that, it answers the first challenge. Used
 * once, by one thread.
 */
public final class UpstreamAuth implements AutoCloseable {
  private static final String CRLF = "\r\n";
  private static final String RESPONSE = TraceWords.RESPONSE;

  private final SaslClient client;
  private Optional<Secret> held = Optional.empty();

  public UpstreamAuth(SaslClient client) {
    this.client = client;
  }

  /**
   * Names the mechanism.
   *
   * @param lineLimit octets that the line may have, its end included
   */
  public UpstreamStep begin(int lineLimit) {
    String command = "AUTH " + client.mechanism();
    Optional<Secret> initial = client.initialResponse();
    if (initial.isPresent()
        && command.length() + 1 + initial.get().length() + CRLF.length() <= lineLimit) {
      return new UpstreamStep.SendSecret(
          SecretLine.of(command + " ", initial.get(), CRLF), command + " " + RESPONSE);
    }
    held = initial;
    return new UpstreamStep.Send(command + CRLF);
  }

  /**
   * The answer to a challenge; empty if there is nothing more to say.
   *
   * @param challenge as it stands on the line, in base64
   */
  public Optional<UpstreamStep> respond(String challenge) {
    Optional<Secret> next = held.isPresent() ? held : client.respond(challenge);
    held = Optional.empty();
    return next.map(line -> new UpstreamStep.SendSecret(SecretLine.of("", line, CRLF), RESPONSE));
  }

  /**
   * The end of an exchange in which the server asks for more than there is to say. Where it has
   * refused a token, the exchange is cancelled, RFC 4422 §3.5.
   */
  public UpstreamStep asksForMore() {
    String detail = "AUTH: asks for more than there is to say" + client.tellingStatus();
    return client.isRefused()
        ? new UpstreamStep.GiveUp(
            SaslClient.CANCEL + CRLF, new UpstreamFailure(Cause.LOGIN_REFUSED, detail))
        : new UpstreamStep.Failed(new UpstreamFailure(Cause.PROTOCOL, detail));
  }

  /** Whether all that the mechanism has to say was sent: no consent before or after that counts. */
  public boolean isComplete() {
    return held.isEmpty() && client.isComplete();
  }

  /** As {@link SaslClient#isRefused}. */
  public boolean isRefused() {
    return client.isRefused();
  }

  /** As {@link SaslClient#tellingStatus}. */
  public String tellingStatus() {
    return client.tellingStatus();
  }

  /** Wipes what was not sent. */
  @Override
  public void close() {
    held.ifPresent(Secret::close);
    held = Optional.empty();
  }
}
