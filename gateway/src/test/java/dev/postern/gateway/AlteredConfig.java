package dev.postern.gateway;

import dev.postern.gateway.GatewayConfig.CertificateFiles;
import dev.postern.gateway.GatewayConfig.Listener;
import dev.postern.gateway.GatewayConfig.TlsVersion;
import dev.postern.gateway.GatewayConfig.Upstream;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** A configuration that differs from another one in what it is told, and in nothing else. */
final class AlteredConfig {
  private final GatewayConfig base;
  private String serverName;
  private List<Listener> listeners;
  private Optional<CertificateFiles> certificate;
  private List<CertificateFiles> moreCertificates;
  private TlsVersion minimumTls;
  private Map<String, Upstream> upstreams;
  private Caps caps;
  private Drain drain;
  private CredentialBudget budget;

  private AlteredConfig(GatewayConfig base) {
    this.base = base;
    this.serverName = base.serverName();
    this.listeners = base.listeners();
    this.certificate = base.certificate();
    this.moreCertificates = base.moreCertificates();
    this.minimumTls = base.minimumTls();
    this.upstreams = base.upstreams();
    this.caps = base.caps();
    this.drain = base.drain();
    this.budget = base.budget();
  }

  static AlteredConfig of(GatewayConfig base) {
    return new AlteredConfig(base);
  }

  AlteredConfig serverName(String other) {
    serverName = other;
    return this;
  }

  AlteredConfig listeners(Listener... other) {
    listeners = List.of(other);
    return this;
  }

  AlteredConfig certificate(Optional<CertificateFiles> other) {
    certificate = other;
    return this;
  }

  AlteredConfig moreCertificates(List<CertificateFiles> others) {
    moreCertificates = others;
    return this;
  }

  AlteredConfig minimumTls(TlsVersion other) {
    minimumTls = other;
    return this;
  }

  AlteredConfig upstreams(Map<String, Upstream> other) {
    upstreams = other;
    return this;
  }

  AlteredConfig caps(Caps other) {
    caps = other;
    return this;
  }

  AlteredConfig drain(Drain other) {
    drain = other;
    return this;
  }

  AlteredConfig budget(CredentialBudget other) {
    budget = other;
    return this;
  }

  GatewayConfig config() {
    return new GatewayConfig(
        serverName,
        listeners,
        certificate,
        moreCertificates,
        minimumTls,
        upstreams,
        base.routes(),
        base.limits(),
        base.help(),
        caps,
        drain,
        budget);
  }
}
