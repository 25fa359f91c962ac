package dev.postern.deploy.config;

import dev.postern.admin.HttpSecurity;
import dev.postern.gateway.GatewayConfig;
import dev.postern.gateway.GatewayConfig.CertificateFiles;
import dev.postern.gateway.GatewayConfig.TlsVersion;
import java.nio.file.Path;
import java.util.Optional;
import java.util.Set;

/**
 * Reads {@code tls} and {@code allow-cleartext} of a section with an HTTP listener. {@code tls:
 * true} is TLS with the certificate of the mail listeners, a mapping says what is different.
 */
final class AdminTlsReader {
  private static final String TLS = "tls";
  private static final String CLEARTEXT = "allow-cleartext";

  private final CertificateReader certificates;
  private final GatewayConfig gateway;

  /**
   * @param gateway whose {@code tls} stands in for what is not said
   */
  AdminTlsReader(CertificateReader certificates, GatewayConfig gateway) {
    this.certificates = certificates;
    this.gateway = gateway;
  }

  /**
   * What a listener is to speak.
   *
   * @param bind its address; empty: there is none
   */
  HttpSecurity read(Section section, Optional<BindAddress> bind) {
    boolean isClearAllowed = section.withDefault(CLEARTEXT, Values::truth, false);
    Optional<HttpSecurity> tls = tls(section);
    if (tls.isPresent() && isClearAllowed) {
      section.problem(CLEARTEXT, "this listener speaks TLS", "leave one of the two out");
    }
    bind.filter(address -> !address.isLoopback())
        .filter(_ -> !isClearAllowed && !section.has(TLS))
        .ifPresent(address ->
            section.problem(
                "bind",
                "without TLS, tokens would cross the network in clear text, and "
                    + address.host()
                    + " is not loopback",
                "write 127.0.0.1:"
                    + address.port()
                    + " or [::1]:"
                    + address.port()
                    + ", or tls: true, or behind a proxy with TLS allow-cleartext: true"));
    return tls.orElseGet(() -> new HttpSecurity.Clear(isClearAllowed));
  }

  private Optional<HttpSecurity> tls(Section section) {
    if (!section.has(TLS)) {
      return Optional.empty();
    }
    if (section.isMapping(TLS)) {
      Section tls = section.section(TLS);
      Optional<HttpSecurity> read = tls(tls, tls.has("certificate") || tls.has("private-key"));
      tls.end(Set.of());
      return read;
    }
    return section.optional(TLS, AdminTlsReader::shortForm).orElse(false)
        ? usual(section).map(files -> tls(files, Optional.empty(), gateway.minimumTls()))
        : Optional.empty();
  }

  private static Boolean shortForm(String text) throws BadValue {
    try {
      return Values.truth(text);
    } catch (BadValue _) {
      throw new BadValue(
          "\"" + text + "\" does not say what TLS is spoken with",
          "write true for the certificate of tls, or a mapping with certificate and private-key");
    }
  }

  private Optional<HttpSecurity> tls(Section tls, boolean hasOwn) {
    Optional<Path> clientCa = certificates.readAuthority(tls, "client-ca");
    TlsVersion minimum = GatewayReader.minimum(tls, gateway.minimumTls());
    Optional<CertificateFiles> files = hasOwn ? certificates.read(tls, "") : usual(tls);
    // One that cannot be read must not turn the listener into one that lets everybody in.
    return files
        .filter(_ -> !tls.has("client-ca") || clientCa.isPresent())
        .map(pair -> tls(pair, clientCa, minimum));
  }

  private Optional<CertificateFiles> usual(Section section) {
    if (gateway.certificate().isEmpty()) {
      section.problem(
          "there is no certificate to speak TLS with",
          "write tls.certificate and tls.private-key for all listeners, or "
              + "tls: { certificate: FILE, private-key: FILE } for this one");
    }
    return gateway.certificate();
  }

  private static HttpSecurity tls(
      CertificateFiles files, Optional<Path> clientCa, TlsVersion minimum) {
    return new HttpSecurity.Tls(
        files.certificate(),
        files.privateKey(),
        clientCa,
        switch (minimum) {
          case TLS_1_2 -> true;
          case TLS_1_3 -> false;
        });
  }
}
