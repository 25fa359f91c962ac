package dev.postern.deploy.config;

import dev.postern.deploy.config.ConfigLoader.InlineSecret;
import dev.postern.gateway.GatewayConfig.CertificateFiles;
import dev.postern.gateway.GatewayConfig.Endpoint;
import dev.postern.gateway.GatewayException;
import dev.postern.gateway.LoginMethod;
import dev.postern.gateway.LoginMethod.Quirks;
import dev.postern.gateway.net.PemFiles;
import dev.postern.store.auth.Scope;
import dev.postern.store.auth.Secret;
import dev.postern.store.oauth.ClientCredential;
import dev.postern.store.oauth.OAuthClient;
import dev.postern.store.oauth.OAuthFlow;
import dev.postern.store.oauth.Provider;
import dev.postern.store.oauth.SigningRules;
import java.nio.file.Path;
import java.security.InvalidKeyException;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.time.format.DateTimeParseException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import javax.net.ssl.SSLContext;

/** Reads an upstream's {@code login} of the method {@code oauth2}. */
final class OAuthReader {
  private static final Map<String, Kind> FLOWS = flows();
  private static final String CLIENT_CERTIFICATE = "client-certificate";
  static final String CLIENT_KEY = "client-key";

  /** What to do about a key that will not do. */
  static final String ANOTHER_PAIR =
      "make another pair and upload its certificate: openssl req -x509 -newkey rsa:3072 -sha256"
          + " -days 730 -noenc -subj /CN=postern -keyout KEY -out CERTIFICATE";

  private static final List<String> FILES =
      List.of(CLIENT_CERTIFICATE, CLIENT_KEY, "service-account", "trust");
  private static final Map<String, Boolean> MECHANISMS =
      Map.of("xoauth2", true, "oauthbearer", false);

  private final References references;
  private final CertificateReader certificates;
  private final List<InlineSecret> inlineSecrets;

  /** How a flow is written. */
  enum Kind {
    CLIENT_CREDENTIALS,
    SERVICE_ACCOUNT,
    AUTHORIZATION_CODE,
    DEVICE_CODE
  }

  /**
   * @param certificates learns how long ours is good for
   * @param inlineSecrets gets those that stand in the configuration file itself
   */
  OAuthReader(
      References references, CertificateReader certificates, List<InlineSecret> inlineSecrets) {
    this.references = references;
    this.certificates = certificates;
    this.inlineSecrets = inlineSecrets;
  }

  private static Map<String, Kind> flows() {
    Map<String, Kind> words = new LinkedHashMap<>();
    words.put("client-credentials", Kind.CLIENT_CREDENTIALS);
    words.put("authorization-code", Kind.AUTHORIZATION_CODE);
    words.put("device-code", Kind.DEVICE_CODE);
    words.put("service-account", Kind.SERVICE_ACCOUNT);
    return words;
  }

  LoginMethod read(
      String upstream, Section login, Optional<Preset> preset, Map<Scope, Endpoint> endpoints) {
    Kind kind =
        login.required(
            "flow",
            Values.word(FLOWS, List.of()),
            "write one of: " + String.join(", ", FLOWS.keySet()),
            Kind.CLIENT_CREDENTIALS);
    Optional<ServiceAccountFile> signer =
        kind == Kind.SERVICE_ACCOUNT ? serviceAccount(login) : Optional.empty();
    OAuthFlow flow = flow(kind, signer);
    Provider provider = ProviderReader.read(login, preset, flow, signer);
    List<String> scopes = scopes(login, preset, flow, endpoints.keySet());
    ClientCredential credential =
        kind == Kind.SERVICE_ACCOUNT ? new ClientCredential.None() : credential(login, kind);
    preset.ifPresent(known -> MicrosoftRules.check(login, known, kind, credential));
    String clientId =
        kind == Kind.SERVICE_ACCOUNT
            ? signer.map(ServiceAccountFile::account).orElse("")
            : login.required(
                "client-id",
                Values::text,
                "write the id that the registration has at the provider",
                "");
    Quirks known = preset.map(Preset::quirks).orElse(Quirks.NONE);
    Quirks quirks =
        new Quirks(
            login.withDefault(
                "mechanism", Values.word(MECHANISMS, List.of()), known.isXoauth2First()),
            login.withDefault("probe-mailbox", Values::truth, known.isMailboxProbed()),
            login.withDefault(
                "sessions-end-with-token", Values::truth, known.doSessionsEndWithToken()));
    TokenHosts.check(login, preset, endpoints);
    return new LoginMethod.OAuth2(
        new OAuthClient(
            upstream,
            clientId,
            credential,
            flow,
            provider,
            scopes,
            preset.map(Preset::consentParameters).orElse(Map.of()),
            trust(login)),
        quirks,
        FILES.stream()
            .flatMap(key -> login.optional(key, text -> references.path(text)).stream())
            .toList());
  }

  private static OAuthFlow flow(Kind kind, Optional<ServiceAccountFile> signer) {
    return switch (kind) {
      case CLIENT_CREDENTIALS -> new OAuthFlow.ClientCredentials();
      case AUTHORIZATION_CODE -> new OAuthFlow.Consent(OAuthFlow.Way.AUTHORIZATION_CODE);
      case DEVICE_CODE -> new OAuthFlow.Consent(OAuthFlow.Way.DEVICE_CODE);
      case SERVICE_ACCOUNT ->
          signer
              .<OAuthFlow>map(ServiceAccountFile::flow)
              .orElseGet(OAuthFlow.ClientCredentials::new);
    };
  }

  private Optional<ServiceAccountFile> serviceAccount(Section login) {
    login.require("service-account", "name the JSON file with the service account's key");
    return login.optional(
        "service-account",
        text -> ServiceAccountFile.read(Values.privateFile(references).read(text)));
  }

  private static List<String> scopes(
      Section login, Optional<Preset> preset, OAuthFlow flow, Set<Scope> protocols) {
    List<String> written = login.list("scopes", OAuthReader::scope);
    if (!written.isEmpty()) {
      return written;
    }
    if (preset.isEmpty()) {
      login.require("scopes", "write what the provider calls access to mail, as a list");
    }
    return preset.map(known -> known.scopes(flow, protocols)).orElse(List.of());
  }

  /** RFC 6749 §3.3. */
  private static String scope(String text) throws BadValue {
    if (!text.matches("[!#-\\[\\]-~]{1,512}")) {
      throw new BadValue("\"" + text + "\" is no scope", "write one word of visible characters");
    }
    return text;
  }

  // ---- who we are

  static boolean hasCertificate(Section login) {
    return login.has(CLIENT_CERTIFICATE) || login.has(CLIENT_KEY);
  }

  private ClientCredential credential(Section login, Kind kind) {
    boolean hasCertificate = hasCertificate(login);
    if (login.has("client-secret") && hasCertificate) {
      login.problem("client-secret", "a certificate is given as well", "leave out one of the two");
    }
    if (hasCertificate) {
      return certificate(login);
    }
    if (login.has("client-secret")) {
      if (login.isWrittenHere("client-secret")) {
        inlineSecrets.add(
            new InlineSecret(login.at("client-secret"), login.pathOf("client-secret")));
      }
      Secret secret = login.requiredSecret("client-secret", "");
      return new ClientCredential.SharedSecret(
          secret, login.optional("client-secret-expires", OAuthReader::date));
    }
    if (kind == Kind.CLIENT_CREDENTIALS) {
      login.require(
          "client-secret",
          "write \"${file:secrets/client-secret}\", or client-certificate and client-key");
    }
    return new ClientCredential.None();
  }

  private static Instant date(String text) throws BadValue {
    try {
      return LocalDate.parse(text).atStartOfDay(ZoneOffset.UTC).toInstant();
    } catch (DateTimeParseException _) {
      throw new BadValue("\"" + text + "\" is no date", "write one such as 2027-03-31");
    }
  }

  private ClientCredential certificate(Section login) {
    login.require(CLIENT_CERTIFICATE, "name the PEM file that was uploaded to the provider");
    login.require(CLIENT_KEY, "name the PEM file with the certificate's private key");
    Optional<Path> certificate =
        login.optional(CLIENT_CERTIFICATE, Values.readableFile(references));
    Optional<Path> key = login.optional(CLIENT_KEY, Values.privateFile(references));
    if (certificate.isEmpty() || key.isEmpty()) {
      return new ClientCredential.None();
    }
    try {
      PemFiles.Identity identity =
          PemFiles.identity(new CertificateFiles(certificate.get(), key.get()));
      X509Certificate own = identity.chain().getFirst();
      certificates.noteShownToProvider(login, CLIENT_CERTIFICATE, certificate.get(), own);
      SigningRules.require(identity.key());
      return new ClientCredential.Certificate(identity.key(), own);
    } catch (InvalidKeyException unfit) {
      login.problem(CLIENT_KEY, key.get() + " " + unfit.getMessage(), ANOTHER_PAIR);
      return new ClientCredential.None();
    } catch (GatewayException bad) {
      login.problem(CLIENT_CERTIFICATE, String.valueOf(bad.getMessage()), bad.remedy());
      return new ClientCredential.None();
    }
  }

  private Optional<SSLContext> trust(Section login) {
    return login.optional(
        "trust",
        text -> {
          Path file = Values.existingFile(references).read(text);
          try {
            return TrustedCertificates.context(PemFiles.certificates("trust", file));
          } catch (GatewayException bad) {
            throw new BadValue(String.valueOf(bad.getMessage()), bad.remedy());
          }
        });
  }
}
