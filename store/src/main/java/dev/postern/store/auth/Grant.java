package dev.postern.store.auth;

import dev.postern.store.seal.Sealed;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;

/**
 * The right to open one upstream session as somebody.
 *
 * @param userId immutable id of the user
 * @param user the user's name in the store, normalised; routes match on it
 * @param credentialId the app password that was used, or what stands for an own password; live
 *     sessions are found by it
 * @param pinnedUpstream the upstream set on the user, which comes before any route
 * @param upstreamUser the mailbox to open; from the store, never from the client's string
 * @param isUpstreamUserSet whether somebody gave the user that one; otherwise it is {@code user},
 *     and routes may rewrite it
 * @param upstreamPasswords sealed passwords of this user by upstream name, for {@code
 *     stored-password}
 * @param endsAt when the app password expires; a session ends then too
 */
public record Grant(
    String userId,
    String user,
    String credentialId,
    Optional<String> pinnedUpstream,
    String upstreamUser,
    boolean isUpstreamUserSet,
    Map<String, Sealed> upstreamPasswords,
    Optional<Instant> endsAt) {
  /** No id of an app password has a hyphen. */
  private static final String OWN_PASSWORD = "own-";

  /** With a mailbox whose name was set, if it is not that of the user. */
  public Grant(
      String userId,
      String user,
      String credentialId,
      Optional<String> pinnedUpstream,
      String upstreamUser,
      Map<String, Sealed> upstreamPasswords,
      Optional<Instant> endsAt) {
    this(
        userId,
        user,
        credentialId,
        pinnedUpstream,
        upstreamUser,
        !upstreamUser.equals(user),
        upstreamPasswords,
        endsAt);
  }

  /** In the place of an app password's id, where somebody logs in with his own password. */
  static String ownPassword(String userId) {
    return OWN_PASSWORD + userId;
  }

  /** Whether it is for somebody's own password, which the upstream judges. */
  public boolean isOwnPassword() {
    return credentialId.startsWith(OWN_PASSWORD);
  }

  /** Whether it opens a session in the same place, however upstreams and routes are set up. */
  public boolean isSameMailbox(Grant other) {
    return pinnedUpstream.equals(other.pinnedUpstream)
        && upstreamUser.equals(other.upstreamUser)
        && isUpstreamUserSet == other.isUpstreamUserSet;
  }

  public Grant {
    upstreamPasswords = Map.copyOf(upstreamPasswords);
  }
}
