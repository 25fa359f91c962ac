package dev.postern.deploy.config;

import dev.postern.deploy.config.OAuthReader.Kind;
import dev.postern.store.oauth.ClientCredential;
import dev.postern.store.oauth.OAuthFlow;
import java.security.interfaces.RSAKey;
import java.util.Locale;
import java.util.Set;

/** Refuses what can be written of Microsoft's presets and gets no token at Microsoft. */
final class MicrosoftRules {
  /** In the place of a tenant: whose people may sign in. */
  private static final Set<String> NO_ORGANISATION = Set.of("common", "organizations", "consumers");

  private MicrosoftRules() {}

  /** Where other places are written than the preset's, it is not Microsoft who decides. */
  static void check(Section login, Preset preset, Kind kind, ClientCredential credential) {
    if (ProviderReader.isWritten(login)) {
      return;
    }
    switch (preset) {
      case OFFICE365 -> {
        refuseServiceAccount(login, kind, "client-credentials, device-code or authorization-code");
        requireRsa(login, credential);
      }
      case OUTLOOK -> {
        refuseServiceAccount(login, kind, "device-code or authorization-code");
        if (kind == Kind.CLIENT_CREDENTIALS) {
          login.problem(
              "flow",
              "personal accounts are opened by consent alone",
              "write device-code or authorization-code");
        }
        requireRsa(login, credential);
      }
      case GOOGLE -> {}
    }
  }

  private static void refuseServiceAccount(Section login, Kind kind, String others) {
    if (kind == Kind.SERVICE_ACCOUNT) {
      login.problem("flow", "Microsoft has no service accounts", "write " + others);
    }
  }

  /** Refuses a tenant that is none where nobody signs in who is of one. */
  static void checkTenant(Section login, String tenant, OAuthFlow flow) {
    if (flow instanceof OAuthFlow.ClientCredentials
        && NO_ORGANISATION.contains(tenant.toLowerCase(Locale.ROOT))) {
      login.problem(
          "tenant",
          "\"" + tenant + "\" is no organisation, and Microsoft gives such tokens for one alone",
          "write the organisation's tenant id or domain");
    }
  }

  private static void requireRsa(Section login, ClientCredential credential) {
    if (credential instanceof ClientCredential.Certificate(var key, var _)
        && !(key instanceof RSAKey)) {
      login.problem(
          OAuthReader.CLIENT_KEY,
          "is of the kind " + key.getAlgorithm() + ", and Microsoft takes RSA alone",
          OAuthReader.ANOTHER_PAIR);
    }
  }
}
