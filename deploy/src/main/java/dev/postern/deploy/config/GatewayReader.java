package dev.postern.deploy.config;

import dev.postern.deploy.config.ConfigLoader.InlineSecret;
import dev.postern.gateway.GatewayConfig;
import dev.postern.gateway.GatewayConfig.CertificateFiles;
import dev.postern.gateway.GatewayConfig.Listener;
import dev.postern.gateway.GatewayConfig.TlsVersion;
import dev.postern.gateway.GatewayConfig.Upstream;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Reads {@code server} and {@code tls}, and puts the gateway's part together. */
final class GatewayReader {
  private static final String MORE_CERTIFICATES = "more-certificates";

  private final CertificateReader certificates;
  private final UpstreamReader upstreamReader;

  GatewayReader(References references, CertificateReader certificates) {
    this.certificates = certificates;
    this.upstreamReader = new UpstreamReader(references, certificates);
  }

  /** Secrets that stand in the configuration file itself, once it has been read. */
  List<InlineSecret> inlineSecrets() {
    return upstreamReader.inlineSecrets();
  }

  /**
   * Reads the sections.
   *
   * @param server read for the rules of names as well, before; ended here
   * @param guard read by the store's reader as well, before; ended here
   */
  GatewayConfig read(Section root, Section server, Section guard) {
    String serverName = serverName(server);
    Map<String, Upstream> upstreams = upstreams(root, serverName);
    List<Listener> listeners = new ListenerReader(serverName, upstreams, certificates).read(root);
    Section tls = root.section("tls");
    Optional<CertificateFiles> certificate = certificate(tls, listeners);
    List<CertificateFiles> moreCertificates = moreCertificates(tls);
    TlsVersion minimum = minimum(tls, TlsVersion.TLS_1_2);
    tls.end(Set.of());
    GuardReader guardReader = new GuardReader(guard);
    return new GatewayConfig(
        serverName,
        listeners,
        certificate,
        moreCertificates,
        minimum,
        upstreams,
        RouteReader.read(root, upstreams),
        guardReader.limits(),
        HelpReader.read(root.section("help")),
        guardReader.caps(),
        guardReader.drain(),
        guardReader.budget());
  }

  private static String serverName(Section server) {
    String name =
        server.required(
            "name",
            Values::hostName,
            "write the name that mail clients connect to, such as mail.example.com",
            "localhost");
    server.end(Set.of());
    return name;
  }

  private Map<String, Upstream> upstreams(Section root, String serverName) {
    Section section = root.section("upstreams");
    SharedSecrets shared = new SharedSecrets(section.names());
    Map<String, Upstream> upstreams = new LinkedHashMap<>();
    for (String name : section.names()) {
      upstreams.put(name, upstreamReader.read(name, section.section(name), serverName, shared));
    }
    shared.check();
    return upstreams;
  }

  private Optional<CertificateFiles> certificate(Section tls, List<Listener> listeners) {
    boolean isNeeded =
        listeners.stream()
            .filter(listener -> listener.certificate().isEmpty())
            .anyMatch(listener ->
                switch (listener.tls()) {
                  case IMPLICIT, STARTTLS -> true;
                  case NONE -> false;
                });
    if (!isNeeded
        && !tls.has("certificate")
        && !tls.has("private-key")
        && !tls.has(MORE_CERTIFICATES)) {
      return Optional.empty();
    }
    return certificates.read(tls, "the listeners speak TLS: ");
  }

  private List<CertificateFiles> moreCertificates(Section tls) {
    List<CertificateFiles> all = new ArrayList<>();
    for (Section section : tls.sections(MORE_CERTIFICATES)) {
      certificates.read(section, "").ifPresent(all::add);
      section.end(Set.of());
    }
    return all;
  }

  /** The lowest version of TLS that a section asks for. */
  static TlsVersion minimum(Section tls, TlsVersion fallback) {
    Map<String, TlsVersion> words = new LinkedHashMap<>();
    for (TlsVersion version : TlsVersion.values()) {
      words.put(version.word(), version);
    }
    return tls.withDefault("minimum", Values.word(words, List.of()), fallback);
  }
}
