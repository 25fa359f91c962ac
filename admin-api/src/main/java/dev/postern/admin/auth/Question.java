package dev.postern.admin.auth;

import dev.postern.store.auth.Attempt;
import dev.postern.store.auth.Lane;
import dev.postern.store.auth.Protection;
import dev.postern.store.auth.Scope;
import dev.postern.store.auth.Secret;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Whether a name and a secret fit, as another program asks it.
 *
 * @param secret whoever answers closes it
 * @param protection of the client's connection to that program, as it says
 * @param client whose address it is, as the program says
 * @param clientName what the client says of itself, perhaps empty
 */
record Question(
    String loginName,
    Secret secret,
    Scope protocol,
    Protection protection,
    InetAddress client,
    String clientName,
    Way way) {
  private static final int LONGEST_CLIENT_NAME = 64;

  /** Controls, what turns text around, half characters, and what some take for a line's end. */
  private static final Pattern UNSEEN = Pattern.compile("[\\p{C}\\u2028\\u2029]");

  private static final Pattern NAMED_ZONE =
      Pattern.compile("([0-9a-fA-F:]+)%(?![0-9]+$)[!-$&-~]{1,15}");

  Question {
    clientName = cleaned(clientName);
  }

  private static String cleaned(String text) {
    String visible = UNSEEN.matcher(text).replaceAll("");
    return visible.codePointCount(0, visible.length()) <= LONGEST_CLIENT_NAME
        ? visible
        : visible.substring(0, visible.offsetByCodePoints(0, LONGEST_CLIENT_NAME));
  }

  /**
   * The address that somebody wrote, without a zone, which means nothing on this machine.
   *
   * @throws IllegalArgumentException if it is none
   */
  static InetAddress address(String text) {
    InetAddress address = InetAddress.ofLiteral(withoutName(text));
    try {
      return InetAddress.getByAddress(address.getAddress());
    } catch (UnknownHostException e) {
      throw new IllegalStateException("four or sixteen bytes are an address", e);
    }
  }

  /** Java would look for a network interface of this machine that is called so, RFC 4007 §11. */
  private static String withoutName(String text) {
    Matcher zoned = NAMED_ZONE.matcher(text);
    if (!zoned.matches()) {
      return text;
    }
    if (!InetAddress.ofLiteral(zoned.group(1)).isLinkLocalAddress()) {
      throw new IllegalArgumentException("only an address of a link has a zone with a name");
    }
    return zoned.group(1);
  }

  /** Whether the secret crossed a network in clear before it came here. */
  boolean isExposed() {
    return protection == Protection.CLEAR && !client.isLoopbackAddress();
  }

  /**
   * What the verifier is asked. Nobody judges own passwords here: the session that would show
   * whether an upstream takes one is the other program's.
   */
  Attempt attempt() {
    return new Attempt(
        loginName,
        secret,
        protocol,
        protection,
        way.word(),
        client,
        clientName,
        protection.isLegacyTls() ? Lane.LEGACY : Lane.ORDINARY,
        _ -> false);
  }

  /** Leaves the name out too: people type passwords into the name field. */
  @Override
  public String toString() {
    return "Question[" + protocol.word() + " " + way.word() + "]";
  }
}
