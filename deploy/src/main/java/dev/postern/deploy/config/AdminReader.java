package dev.postern.deploy.config;

import dev.postern.admin.AdminConfig;
import java.util.Optional;
import java.util.Set;

/** Reads {@code admin} and {@code metrics}. */
final class AdminReader {
  private static final BindAddress DEFAULT = new BindAddress("127.0.0.1", 8080);

  private AdminReader() {}

  static AdminConfig read(Section admin, Section metrics) {
    BindAddress adminBind = admin.withDefault("bind", AdminReader::loopback, DEFAULT);
    Optional<BindAddress> metricsBind = metrics.optional("bind", BindAddress::parse);
    metricsBind
        .filter(adminBind::collidesWith)
        .ifPresent(_ ->
            metrics.problem(
                "bind",
                "is the address of the admin listener",
                "take another port, or leave metrics out: they are on the admin port then"));
    admin.end(Set.of("tls", "allow-cleartext"));
    metrics.end(Set.of());
    return new AdminConfig(bind(adminBind), metricsBind.map(AdminReader::bind));
  }

  private static BindAddress loopback(String text) throws BadValue {
    BindAddress address = BindAddress.parse(text);
    if (!address.isLoopback()) {
      throw new BadValue(
          "the admin listener speaks clear text, and " + address.host() + " is not loopback",
          "write 127.0.0.1:" + address.port() + " or [::1]:" + address.port());
    }
    return address;
  }

  private static AdminConfig.Bind bind(BindAddress address) {
    return new AdminConfig.Bind(address.host(), address.port());
  }
}
