package dev.postern.deploy.node;

import dev.postern.admin.HealthSource;
import dev.postern.gateway.Gateway;
import dev.postern.gateway.Gateway.UpstreamHealth;
import dev.postern.store.Store;
import java.util.ArrayList;
import java.util.List;

/**
 * Whether this node is worth sending clients to: it needs its database and its listeners. Upstreams
 * are only reported: one that is down is down for every node, and taking all nodes out for it would
 * take the others' mail away too.
 */
final class NodeHealth implements HealthSource {
  private final Store store;
  private final Gateway gateway;

  NodeHealth(Store store, Gateway gateway) {
    this.store = store;
    this.gateway = gateway;
  }

  @Override
  public List<Part> parts() {
    List<Part> parts = new ArrayList<>();
    boolean isDatabaseUp = store.isDatabaseUp();
    parts.add(new Part("database", isDatabaseUp, true, isDatabaseUp ? "" : "it does not answer"));
    boolean listens = !gateway.listeners().isEmpty();
    parts.add(new Part("listeners", listens, true, listens ? "" : "nothing is bound"));
    for (UpstreamHealth upstream : gateway.upstreams()) {
      parts.add(
          new Part(
              "upstream:" + upstream.upstream() + ":" + upstream.protocol().word(),
              upstream.isUp(),
              false,
              upstream.detail()));
    }
    return parts;
  }
}
