package dev.postern.gateway;

import dev.postern.gateway.GatewayConfig.Listener;
import java.util.List;

/** A configuration that differs from another one in what it is told, and in nothing else. */
final class AlteredConfig {
  private final GatewayConfig base;
  private String serverName;
  private List<Listener> listeners;
  private Caps caps;
  private Drain drain;
  private CredentialBudget budget;

  private AlteredConfig(GatewayConfig base) {
    this.base = base;
    this.serverName = base.serverName();
    this.listeners = base.listeners();
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
        base.certificate(),
        base.minimumTls(),
        base.upstreams(),
        base.routes(),
        base.limits(),
        base.help(),
        caps,
        drain,
        budget);
  }
}
