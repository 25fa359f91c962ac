package dev.postern.deploy.cli;

import dev.postern.deploy.config.Configuration;
import dev.postern.gateway.GatewayConfig;
import dev.postern.gateway.GatewayConfig.Upstream;
import dev.postern.gateway.LoginMethod;
import dev.postern.store.auth.Scope;
import dev.postern.store.oauth.ClientCredential;
import dev.postern.store.oauth.OAuthClient;
import dev.postern.store.oauth.OAuthFlow;
import dev.postern.store.oauth.Provider;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.cert.X509Certificate;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * What a configuration knows of a registration that opens mailboxes of Exchange Online by itself.
 *
 * @param files certificate and key, as the configuration names them; empty with a secret
 */
record ExchangeRegistration(
    String upstream,
    Optional<String> tenant,
    Optional<String> clientId,
    Optional<X509Certificate> certificate,
    List<Path> files) {
  private static final String SERVERS = "office365.com";

  /** Such as {@code init} writes, for others to be put in their place. */
  private static final Pattern STAND_IN =
      Pattern.compile("example\\.onmicrosoft\\.com|0{8}-0{4}-0{4}-0{4}-0{12}");

  /** What both shells and YAML take as it is. */
  private static final Pattern PLAIN = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,100}");

  /** All that there are, by upstream. */
  static Map<String, ExchangeRegistration> of(Configuration configuration) {
    Map<String, ExchangeRegistration> found = new HashMap<>();
    configuration
        .gateway()
        .upstreams()
        .forEach((name, upstream) -> of(upstream).ifPresent(it -> found.put(name, it)));
    return found;
  }

  private static Optional<ExchangeRegistration> of(Upstream upstream) {
    return isExchange(upstream)
            && upstream.login() instanceof LoginMethod.OAuth2(OAuthClient client, var _, var files)
            && client.flow() instanceof OAuthFlow.ClientCredentials
        ? Optional.of(
            new ExchangeRegistration(
                upstream.name(),
                tenant(client).filter(ExchangeRegistration::isSet),
                Optional.of(client.clientId()).filter(ExchangeRegistration::isSet),
                client.credential() instanceof ClientCredential.Certificate(var _, var certificate)
                    ? Optional.of(certificate)
                    : Optional.empty(),
                files))
        : Optional.empty();
  }

  private static boolean isExchange(Upstream upstream) {
    return upstream.endpoints().values().stream()
        .anyMatch(endpoint -> endpoint.host().endsWith("." + SERVERS));
  }

  private static boolean isSet(String value) {
    return PLAIN.matcher(value).matches() && !STAND_IN.matcher(value).matches();
  }

  /** The first part of Microsoft's endpoints. */
  private static Optional<String> tenant(OAuthClient client) {
    return client.provider() instanceof Provider.Known known
        ? Optional.ofNullable(known.token().getPath())
            .map(path -> path.split("/", -1))
            .filter(parts -> parts.length > 2)
            .map(parts -> parts[1])
        : Optional.empty();
  }

  /** Which upstream the listeners of submission name, if there is one alone. */
  static Optional<String> sendingUpstream(GatewayConfig gateway) {
    List<String> named =
        gateway.listeners().stream()
            .filter(listener -> listener.protocol() == Scope.SUBMISSION)
            .flatMap(listener -> listener.upstream().stream())
            .distinct()
            .toList();
    return named.size() == 1 ? Optional.of(named.getFirst()) : Optional.empty();
  }

  /** The certificate in words: which file, and how Entra shows it. */
  Optional<String> certificateWords(Path base) {
    return certificate.map(it ->
        "%s, thumbprint %s (SHA-256: %s), good until %s"
            .formatted(
                file(base, 0).orElse("a file"),
                thumbprint(it, "SHA-1"),
                thumbprint(it, "SHA-256"),
                it.getNotAfter().toInstant().toString().substring(0, 10)));
  }

  /** The certificate's file, or with 1 that of its key. */
  Optional<String> file(Path base, int which) {
    return certificate.isPresent() && files.size() > which
        ? Optional.of(files.get(which)).map(path -> relative(base, path).toString())
        : Optional.empty();
  }

  private static Path relative(Path base, Path path) {
    Path from = base.toAbsolutePath().normalize();
    Path to = path.toAbsolutePath().normalize();
    return to.startsWith(from) ? from.relativize(to) : to;
  }

  private static String thumbprint(X509Certificate certificate, String digest) {
    try {
      return HexFormat.of()
          .formatHex(MessageDigest.getInstance(digest).digest(certificate.getEncoded()))
          .toUpperCase(Locale.ROOT);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("this Java has no " + digest, e);
    }
  }
}
