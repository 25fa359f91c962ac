package dev.postern.gateway.pop3;

import dev.postern.gateway.dialogue.ClientIdentity;

/**
 * The XCLIENT command that tells a Dovecot of the client behind us. It believes it of {@code
 * login_trusted_networks}, to whom its greeting shows {@code [XCLIENT]}.
 */
final class Pop3Xclient {
  static final String CODE = "XCLIENT";

  private Pop3Xclient() {}

  /** The command without line end; well within the 1,024 octets that Dovecot takes. */
  static String command(ClientIdentity identity) {
    return "XCLIENT ADDR="
        + identity.client().address()
        + " PORT="
        + identity.client().port()
        + " DESTADDR="
        + identity.server().address()
        + " DESTPORT="
        + identity.server().port()
        + " SESSION="
        + identity.session()
        + " TTL="
        + ClientIdentity.HOPS_LEFT
        + (identity.isEncrypted() ? " CLIENT-TRANSPORT=TLS" : "");
  }
}
