package dev.postern.bench;

import dev.postern.admin.api.Site;
import dev.postern.admin.view.UpstreamSettings;
import dev.postern.store.Actor;
import dev.postern.store.Store;
import dev.postern.store.auth.Cidr;
import java.net.InetAddress;
import java.net.URI;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** A node that has a store and no upstreams. */
public record BenchSite(Store opened) implements Site {

  @Override
  public Optional<Store> store() {
    return Optional.of(opened);
  }

  @Override
  public Set<String> upstreams() {
    return Set.of();
  }

  @Override
  public List<UpstreamSettings> upstreamSettings() {
    return List.of();
  }

  @Override
  public Optional<String> objection(Cidr network, InetAddress caller) {
    return Optional.empty();
  }

  @Override
  public Optional<URI> consentPage(String user, String upstream, Actor actor) {
    return Optional.empty();
  }
}
