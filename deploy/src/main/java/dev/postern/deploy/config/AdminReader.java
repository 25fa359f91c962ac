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

/** Reads {@code admin}, {@code metrics} and {@code auth-service}. */
final class AdminReader {
  private static final BindAddress DEFAULT = new BindAddress("127.0.0.1", 8080);

  private static final int FAILURES_PER_MINUTE = 600;
  private static final int MOST_FAILURES_PER_MINUTE = 1_000_000;

  private AdminReader() {}

  /** How many refusals a token of another program may have within a minute. */
  static int failuresPerMinute(Section authService) {
    return authService.withDefault(
        "failures-per-minute", Values.integer(1, MOST_FAILURES_PER_MINUTE), FAILURES_PER_MINUTE);
  }

  /**
   * Reads all but what is not of a listener.
   *
   * @param gateway whose addresses are taken, and whose certificate may be shown here too
   */
  static AdminConfig read(
      Section admin,
      Section metrics,
      Section authService,
      CertificateReader certificates,
      GatewayConfig gateway) {
    List<Listener> listeners = gateway.listeners();
    BindAddress adminBind = admin.withDefault("bind", BindAddress::parse, DEFAULT);
    Optional<BindAddress> metricsBind = metrics.optional("bind", BindAddress::parse);
    refuseTaken(admin, Optional.of(adminBind), listeners);
    refuseTaken(metrics, metricsBind, listeners);
    Optional<BindAddress> authBind = authService.optional("bind", BindAddress::parse);
    refuseTaken(authService, authBind, listeners);
    authBind
        .filter(address ->
            adminBind.collidesWith(address)
                || metricsBind.filter(address::collidesWith).isPresent())
        .ifPresent(_ ->
            authService.problem(
                "bind", "is the address of the admin or metrics listener", "take another port"));
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
    HttpSecurity ofAuth = tls.read(authService, authBind);
    if (authBind.isEmpty() && (authService.has("tls") || authService.has("failures-per-minute"))) {
      authService.problem(
          "there is no listener for other programs",
          "write auth-service.bind too, or leave the section out");
    }
    if (metricsBind.isEmpty() && metrics.has("tls")) {
      metrics.problem(
          "tls", "there is no metrics listener", "write metrics.bind too, or leave tls out");
    }
    admin.end(Set.of());
    metrics.end(Set.of());
    authService.end(Set.of());
    return new AdminConfig(
        bind(adminBind, ofAdmin),
        metricsBind.map(address -> bind(address, ofMetrics)),
        authBind.map(address -> bind(address, ofAuth)),
        url);
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
