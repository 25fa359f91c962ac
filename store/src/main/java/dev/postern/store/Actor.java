package dev.postern.store;

import java.net.InetAddress;
import java.util.Optional;

/**
 * Who makes a change, for the audit.
 *
 * @param who a name: a system account for the command line, a token's or administrator's name
 *     elsewhere
 * @param role {@code admin}, {@code operator}, {@code helpdesk}, {@code issuer}, {@code user} or
 *     {@code system}
 * @param channel how
 * @param from the address that it came from, where it came over a network
 * @param once if whoever asks for it again is not to make it again
 */
public record Actor(
    String who, String role, Channel channel, Optional<InetAddress> from, Optional<Once> once) {
  /** What Postern does by itself, such as ending what is over. */
  public static final Actor SYSTEM = new Actor("system", "system", Channel.GATEWAY);

  /** Of somebody at this machine, who may repeat what he does. */
  public Actor(String who, String role, Channel channel) {
    this(who, role, channel, Optional.empty(), Optional.empty());
  }

  /**
   * A change that is made once within 24 hours, whoever asks for it again with the same key: the
   * second is undone with a {@link dev.postern.store.access.RepeatedException}. What makes one
   * entry of the audit or more in one transaction can be made so; a call that changes nothing
   * leaves nothing behind, and one that is refused before that, as for a name that the first has
   * taken, is refused as ever: whoever is refused asks {@link
   * dev.postern.store.access.Replays#find}.
   *
   * @param token of whose requests the key is one
   * @param key the client's own
   * @param fingerprint of the request, to tell another one under the same key; no secret
   * @param nonce of this request alone: several entries of one transaction are one change
   */
  public record Once(String token, String key, String fingerprint, String nonce) {
    /** Most characters of each part. */
    public static final int LONGEST = 255;

    public Once {
      requireFitting(token);
      requireFitting(key);
      requireFitting(fingerprint);
      requireFitting(nonce);
    }

    private static void requireFitting(String part) {
      if (part.isEmpty() || part.length() > LONGEST || part.indexOf('\0') >= 0) {
        throw new IllegalArgumentException(
            "each part is 1 to " + LONGEST + " characters, none of them NUL");
      }
    }
  }
}
