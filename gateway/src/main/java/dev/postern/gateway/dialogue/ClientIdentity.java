package dev.postern.gateway.dialogue;

/**
 * Who is behind a login, for an upstream that trusts us with telling it. All of it is our own
 * knowledge: what a client says of its address never gets here, but from {@code trusted-clients}.
 *
 * @param session the session's id in our log
 * @param client the client's address, after any trusted proxy header
 * @param server the address that the client connected to
 * @param isEncrypted whether the client's connection is
 * @param clientName what the client calls itself (IMAP ID, SMTP EHLO), cleaned, at most 64
 *     characters, perhaps empty
 */
public record ClientIdentity(
    String session, Endpoint client, Endpoint server, boolean isEncrypted, String clientName) {

  /** Hops that a login may still go through; each proxy counts one down, so that none can loop. */
  public static final int HOPS_LEFT = 6;

  /**
   * One end of a connection.
   *
   * @param address IPv4 or IPv6 literal, without brackets or zone
   */
  public record Endpoint(String address, int port) {
    public boolean isIpv6() {
      return address.indexOf(':') >= 0;
    }
  }
}
