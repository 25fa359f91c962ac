package dev.postern.deploy.config;

import dev.postern.gateway.GatewayConfig.Endpoint;
import dev.postern.gateway.LoginMethod;
import dev.postern.gateway.dialogue.UpstreamPlan.Security;
import dev.postern.store.auth.Scope;
import java.util.List;
import java.util.Map;

/**
 * Reads {@code login} with the method {@code trusted}. The server lets in whomever we name, so it
 * must know that it is us: by an address that no other machine can have, or by our certificate.
 */
final class TrustedReader {
  private static final String METHOD = "method";

  private TrustedReader() {}

  static LoginMethod read(Section login, Section upstream, Map<Scope, Endpoint> endpoints) {
    for (Scope scope : List.of(Scope.IMAP, Scope.POP3)) {
      if (endpoints.containsKey(scope)) {
        login.problem(
            METHOD,
            "by " + scope.word() + " no server takes our word for who logs in",
            "write " + scope.word() + " into another upstream, with master-user or signed-token");
      }
    }
    Endpoint endpoint = endpoints.get(Scope.SUBMISSION);
    if (endpoint == null) {
      upstream.require("submission", "write the server's URL: trusted is for submission alone");
    } else if (!Loopback.isLoopback(endpoint.host())) {
      requireMutualTls(login, upstream, endpoint);
    }
    return new LoginMethod.Trusted();
  }

  private static void requireMutualTls(Section login, Section upstream, Endpoint endpoint) {
    if (endpoint.security() == Security.CLEAR) {
      login.problem(
          METHOD,
          endpoint.host() + " could not tell us from others: the way there is in clear",
          "write submissions:// or submission+starttls://, with client-certificate and client-key");
    } else if (!upstream.has(CertificateReader.CLIENT_CERTIFICATE)) {
      login.problem(
          METHOD,
          endpoint.host() + " could tell us from others by our address alone",
          "add client-certificate and client-key to this upstream, or reach it on loopback");
    }
  }
}
