package dev.postern.deploy.config;

import dev.postern.admin.AdminConfig;
import dev.postern.admin.HttpSecurity;
import dev.postern.gateway.GatewayConfig;
import dev.postern.gateway.GatewayConfig.Listener;
import dev.postern.store.SecretUrl;
import java.net.URI;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Reads {@code admin} and {@code metrics}. */
final class AdminReader {
  private static final BindAddress DEFAULT = new BindAddress("127.0.0.1", 8080);

  private AdminReader() {}

  /**
   * Reads both.
   *
   * @param gateway whose addresses are taken, and whose certificate may be shown here too
   */
  static AdminConfig read(
      Section admin, Section metrics, CertificateReader certificates, GatewayConfig gateway) {
    List<Listener> listeners = gateway.listeners();
    BindAddress adminBind = admin.withDefault("bind", BindAddress::parse, DEFAULT);
    Optional<BindAddress> metricsBind = metrics.optional("bind", BindAddress::parse);
    refuseTaken(admin, Optional.of(adminBind), listeners);
    refuseTaken(metrics, metricsBind, listeners);
    metricsBind
        .filter(adminBind::collidesWith)
        .ifPresent(_ ->
            metrics.problem(
                "bind",
                "is the address of the admin listener",
                "take another port, or leave metrics out: they are on the admin port then"));
    Optional<URI> url = admin.optional("url", AdminReader::url);
    AdminTlsReader tls = new AdminTlsReader(certificates, gateway);
    HttpSecurity ofAdmin = tls.read(admin, Optional.of(adminBind));
    HttpSecurity ofMetrics = tls.read(metrics, metricsBind);
    if (metricsBind.isEmpty() && metrics.has("tls")) {
      metrics.problem(
          "tls", "there is no metrics listener", "write metrics.bind too, or leave tls out");
    }
    admin.end(Set.of());
    metrics.end(Set.of());
    return new AdminConfig(
        bind(adminBind, ofAdmin), metricsBind.map(address -> bind(address, ofMetrics)), url);
  }

  private static void refuseTaken(
      Section section, Optional<BindAddress> bind, List<Listener> listeners) {
    bind.filter(address ->
            listeners.stream()
                .map(listener -> new BindAddress(listener.host(), listener.port()))
                .anyMatch(address::collidesWith))
        .ifPresent(
            _ -> section.problem("bind", "is the address of a mail listener", "take another port"));
  }

  /** A code that opens a mailbox comes along there. */
  private static URI url(String text) throws BadValue {
    try {
      URI url = URI.create(Values.text(text));
      if (SecretUrl.isFit(url) && url.getQuery() == null && url.getPath().matches("/?")) {
        return url;
      }
    } catch (IllegalArgumentException _) {
      // The same as one that will not do.
    }
    throw new BadValue(
        "\"" + text + "\" is not where browsers can reach it safely",
        "write https://HOST, the address of the proxy in front of the admin port");
  }

  private static AdminConfig.Bind bind(BindAddress address, HttpSecurity security) {
    return new AdminConfig.Bind(address.host(), address.port(), security);
  }
}
