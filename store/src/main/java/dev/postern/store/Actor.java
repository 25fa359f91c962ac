package dev.postern.store;

/**
 * Who makes a change, for the audit.
 *
 * @param who a name: a system account for the command line, a token's or administrator's name
 *     elsewhere
 * @param role {@code admin}, {@code operator}, {@code helpdesk}, {@code issuer}, {@code user} or
 *     {@code system}
 * @param channel how: {@code cli}, {@code api}, {@code portal}, {@code gateway}
 */
public record Actor(String who, String role, String channel) {
  /** What Postern does by itself, such as ending what is over. */
  public static final Actor SYSTEM = new Actor("system", "system", "gateway");
}
