package dev.postern.gateway.sasl;

import dev.postern.gateway.dialogue.TraceWords;
import dev.postern.store.auth.Secret;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/**
 * The mechanisms that clients and servers are known to name, taken or not, for whoever must repeat
 * nothing else: anything may stand in the place of a name.
 */
public final class MechanismNames {
  private static final Set<String> KNOWN =
      Set.of(
          "ANONYMOUS",
          "CRAM-MD5",
          "DIGEST-MD5",
          "EXTERNAL",
          "GS2-KRB5",
          "GSS-SPNEGO",
          "GSSAPI",
          "LOGIN",
          "NTLM",
          "OAUTHBEARER",
          "PLAIN",
          "SCRAM-SHA-1",
          "SCRAM-SHA-1-PLUS",
          "SCRAM-SHA-256",
          "SCRAM-SHA-256-PLUS",
          "SCRAM-SHA-512",
          "SCRAM-SHA-512-PLUS",
          "XOAUTH2");

  private MechanismNames() {}

  /** The name, in upper case, if it is one of them. */
  public static String shown(String word) {
    String name = word.toUpperCase(Locale.ROOT);
    return KNOWN.contains(name) ? name : TraceWords.OTHER;
  }

  /** A client's wish for an exchange, as a trace shows it. */
  public static String shown(String verb, String mechanism, Optional<Secret> initial) {
    return verb
        + " "
        + shown(mechanism)
        + initial.map(response -> " " + TraceWords.response(response)).orElse("");
  }
}
