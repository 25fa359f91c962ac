package dev.postern.store.auth;

import java.net.InetAddress;

/**
 * One login try, whatever the client spoke.
 *
 * @param loginName as the client gave it, decoded but neither normalised nor checked; the verifier
 *     does both
 * @param secret as the client gave it; the verifier closes it once the outcome is known
 * @param scope the protocol of the listener
 * @param protection what protects the connection; {@code CLEAR} also where there is none
 * @param mechanism for logs and metrics, one of a small fixed set: {@code plain}, {@code login},
 *     {@code command}
 * @param peer the client's address, after any trusted proxy header
 * @param clientName what the client says of itself (IMAP ID, EHLO name), cleaned of control
 *     characters, at most 64 characters, perhaps empty
 * @param lane of the listener
 * @param judges who would be asked about an own password
 */
public record Attempt(
    String loginName,
    Secret secret,
    Scope scope,
    Protection protection,
    String mechanism,
    InetAddress peer,
    String clientName,
    Lane lane,
    OwnPasswordJudges judges) {

  /** One on the ordinary lane. */
  public Attempt(
      String loginName,
      Secret secret,
      Scope scope,
      Protection protection,
      String mechanism,
      InetAddress peer,
      String clientName) {
    this(loginName, secret, scope, protection, mechanism, peer, clientName, Lane.ORDINARY);
  }

  /** One on a lane, whose session may go anywhere. */
  public Attempt(
      String loginName,
      Secret secret,
      Scope scope,
      Protection protection,
      String mechanism,
      InetAddress peer,
      String clientName,
      Lane lane) {
    this(
        loginName,
        secret,
        scope,
        protection,
        mechanism,
        peer,
        clientName,
        lane,
        OwnPasswordJudges.EVERYWHERE);
  }

  /** Leaves the name out too: people type passwords into the name field. */
  @Override
  public String toString() {
    return "Attempt[" + scope.word() + " " + mechanism + " from " + peer.getHostAddress() + "]";
  }
}
