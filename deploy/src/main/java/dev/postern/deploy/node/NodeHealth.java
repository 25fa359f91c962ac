package dev.postern.deploy.node;

import dev.postern.admin.HealthSource;
import dev.postern.gateway.Gateway;
import dev.postern.gateway.Gateway.UpstreamHealth;
import dev.postern.store.Store;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;

/**
 * Whether this node is worth sending clients to: it needs its database and its listeners. Upstreams
 * are only reported: one that is down is down for every node, and taking all nodes out for it would
 * take the others' mail away too.
 */
final class NodeHealth implements HealthSource {
  private static final List<Part> STARTING =
      List.of(new Part("start", false, true, "this node is still starting"));

  private static final List<Part> DRAINING =
      List.of(new Part("draining", false, true, "this node is stopping"));

  private final AtomicReference<Optional<Running>> running =
      new AtomicReference<>(Optional.empty());

  private final AtomicBoolean isDraining = new AtomicBoolean();

  private record Running(Store store, Gateway gateway) {}

  /** From now on these are asked; before, the answer is that the node is still starting. */
  void started(Store store, Gateway gateway) {
    running.set(Optional.of(new Running(store, gateway)));
  }

  /** From now on nobody should be sent here. */
  void draining() {
    isDraining.set(true);
  }

  @Override
  public List<Part> parts() {
    if (isDraining.get()) {
      return DRAINING;
    }
    return running.get().map(now -> parts(now.store(), now.gateway())).orElse(STARTING);
  }

  private static List<Part> parts(Store store, Gateway gateway) {
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
