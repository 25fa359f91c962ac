package dev.postern.gateway.imap;

import dev.postern.gateway.dialogue.ClientIdentity;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * The ID command that tells a server of the client behind us, in Dovecot's words: it believes them
 * of {@code login_trusted_networks}, in the first ID of a connection, before the login. RFC 2971
 * §3.3 bounds the fields.
 */
final class ImapClientId {
  private ImapClientId() {}

  /** The command without tag and line end. */
  static String command(ClientIdentity identity) {
    Map<String, String> fields = new LinkedHashMap<>();
    fields.put("x-session-id", identity.session());
    fields.put("x-originating-ip", identity.client().address());
    fields.put("x-originating-port", Integer.toString(identity.client().port()));
    fields.put("x-connected-ip", identity.server().address());
    fields.put("x-connected-port", Integer.toString(identity.server().port()));
    fields.put("x-proxy-ttl", Integer.toString(ClientIdentity.HOPS_LEFT));
    if (identity.isEncrypted()) {
      fields.put("x-client-transport", "TLS");
    }
    String name = plain(identity.clientName());
    if (!name.isEmpty()) {
      fields.put("name", name);
    }
    return fields.entrySet().stream()
        .map(field -> quoted(field.getKey()) + " " + quoted(field.getValue()))
        .collect(Collectors.joining(" ", "ID (", ")"));
  }

  /** What every server takes in quotes. */
  private static String plain(String name) {
    return name.replaceAll("[^ -~]|[\"\\\\]", "");
  }

  private static String quoted(String text) {
    return '"' + text + '"';
  }
}
