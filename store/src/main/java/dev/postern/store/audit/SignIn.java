package dev.postern.store.audit;

import dev.postern.store.auth.Scope;
import java.net.InetAddress;
import java.time.Instant;
import java.util.Optional;

/**
 * One login attempt and what became of it.
 *
 * @param userId whose; empty if nobody has the name, or nobody was asked
 * @param loginName as the client gave it, neither normalised nor checked. People type passwords
 *     here: of an unknown name only a keyed digest and the domain may be kept, and nothing at all
 *     of the name if it has the shape of a secret
 * @param compared with which app password
 * @param mechanism as in {@link dev.postern.store.auth.Attempt}
 * @param peer the client's address
 * @param clientName what the client says of itself, cleaned, perhaps empty
 * @param outcome {@code accepted}, {@code rejected}, {@code throttled} or {@code unavailable}
 * @param reason why not: the word of a {@link dev.postern.store.auth.RejectReason}, of an {@link
 *     dev.postern.store.auth.AuthOutcome.Trouble}, or of what was wrong with the upstream; empty if
 *     accepted, {@value #OWN_PASSWORD} if that was somebody's own password
 * @param upstream where the session was to go, if it came to that
 */
public record SignIn(
    Instant at,
    Optional<String> userId,
    String loginName,
    Compared compared,
    Scope protocol,
    String mechanism,
    InetAddress peer,
    String clientName,
    String outcome,
    String reason,
    Optional<String> upstream) {
  /** The reason of a login that the upstream accepted, not we. */
  public static final String OWN_PASSWORD = "own-password";

  /** The reason where the client left before the upstream had said anything. */
  public static final String OWN_PASSWORD_UNJUDGED = "own-password-unjudged";

  /** An attempt that went no further than the verifier. */
  public SignIn(
      Instant at,
      Optional<String> userId,
      String loginName,
      Compared compared,
      Scope protocol,
      String mechanism,
      InetAddress peer,
      String clientName,
      String outcome,
      String reason) {
    this(
        at,
        userId,
        loginName,
        compared,
        protocol,
        mechanism,
        peer,
        clientName,
        outcome,
        reason,
        Optional.empty());
  }

  /** The app password that the secret matched. */
  public Optional<String> credentialId() {
    return compared.matched();
  }

  /** Leaves the name out: people type passwords into the name field. */
  @Override
  public String toString() {
    return "SignIn[" + protocol.word() + " " + outcome + " " + reason + "]";
  }
}
