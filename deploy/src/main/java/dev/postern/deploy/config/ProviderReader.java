package dev.postern.deploy.config;

import dev.postern.store.SecretUrl;
import dev.postern.store.oauth.OAuthFlow;
import dev.postern.store.oauth.Provider;
import java.net.URI;
import java.util.List;
import java.util.Optional;

/**
 * Reads where tokens are had: the places that are written, all of them, or those of the preset, all
 * of them. So nothing that is written is passed over.
 */
final class ProviderReader {
  private static final URI STAND_IN = URI.create("https://localhost/token");
  private static final String ISSUER = "issuer";
  private static final String TENANT = "tenant";
  private static final String TOKEN = "token-endpoint";
  private static final String AUTHORIZATION = "authorization-endpoint";
  private static final String DEVICE = "device-endpoint";
  private static final List<String> ENDPOINTS = List.of(TOKEN, AUTHORIZATION, DEVICE);

  private ProviderReader() {}

  static Provider read(
      Section login, Optional<Preset> preset, OAuthFlow flow, Optional<ServiceAccountFile> signer) {
    Optional<URI> issuer = login.optional(ISSUER, ProviderReader::place);
    Optional<URI> token = login.optional(TOKEN, ProviderReader::place);
    Optional<URI> authorization = login.optional(AUTHORIZATION, ProviderReader::place);
    Optional<URI> device = login.optional(DEVICE, ProviderReader::place);
    Optional<String> tenant = login.optional(TENANT, ProviderReader::tenant);
    if (tenant.isPresent() && preset.filter(Preset::hasTenants).isEmpty()) {
      login.problem(TENANT, "is for preset: office365 alone", "leave it out");
    } else if (tenant.isPresent() && (issuer.isPresent() || token.isPresent())) {
      login.problem(
          TENANT,
          "stands for the preset's places, and others are written",
          "leave out one of them");
    }
    checkEndpoints(login, flow);
    if (issuer.isPresent()) {
      return new Provider.Discovered(issuer.get());
    }
    if (token.isPresent()) {
      return new Provider.Known(token.get(), authorization, device);
    }
    if (preset.isPresent()) {
      if (preset.get().hasTenants()) {
        login.require(TENANT, "write the organisation's tenant id or domain");
        tenant.ifPresent(known -> MicrosoftRules.checkTenant(login, known, flow));
      }
      return preset.get().provider(tenant.orElse("organizations"));
    }
    if (signer.isPresent()) {
      return new Provider.Known(signer.get().tokenEndpoint(), Optional.empty(), Optional.empty());
    }
    if (!(flow instanceof OAuthFlow.ServiceAccount)) {
      login.require(
          ISSUER, "write the provider's issuer, or token-endpoint and the others, or a preset");
    }
    return new Provider.Known(STAND_IN, Optional.empty(), Optional.empty());
  }

  /** Whether places are written, and a preset's are not used. */
  static boolean isWritten(Section login) {
    return login.has(ISSUER) || login.has(TOKEN);
  }

  private static void checkEndpoints(Section login, OAuthFlow flow) {
    if (login.has(ISSUER)) {
      if (ENDPOINTS.stream().anyMatch(login::has)) {
        login.problem(
            ISSUER, "its document names the endpoints already", "leave out one of the two");
      }
    } else if (login.has(TOKEN)) {
      requireOther(login, flow);
    } else {
      for (String alone : List.of(AUTHORIZATION, DEVICE)) {
        if (login.has(alone)) {
          login.problem(
              alone,
              "is given without token-endpoint",
              "write that as well, or leave this out: a preset's endpoints go together");
        }
      }
    }
  }

  /** Beside that for tokens, which is written. */
  private static void requireOther(Section login, OAuthFlow flow) {
    switch (flow) {
      case OAuthFlow.ClientCredentials(), OAuthFlow.ServiceAccount _ -> {}
      case OAuthFlow.Consent(OAuthFlow.Way way) -> {
        switch (way) {
          case AUTHORIZATION_CODE ->
              login.require(
                  AUTHORIZATION,
                  "write where the provider asks people; with token-endpoint no preset's is used");
          case DEVICE_CODE ->
              login.require(
                  DEVICE,
                  "write where the provider gives codes; with token-endpoint no preset's is used");
        }
      }
    }
  }

  private static URI place(String text) throws BadValue {
    try {
      URI place = URI.create(Values.text(text));
      if (SecretUrl.isFit(place)) {
        return place;
      }
    } catch (IllegalArgumentException _) {
      // The same as one that will not do.
    }
    throw new BadValue(
        "\"" + text + "\" is no place for secrets",
        "write https://…, or http:// on loopback, without user and fragment; a port is 1 to 65535");
  }

  private static String tenant(String text) throws BadValue {
    if (!text.matches("[A-Za-z0-9][A-Za-z0-9.-]{0,252}")) {
      throw new BadValue(
          "\"" + text + "\" is no tenant",
          "write its id, or one of its domains such as example.onmicrosoft.com");
    }
    return text;
  }
}
