package dev.postern.admin.api;

import dev.postern.store.Actor;
import dev.postern.store.Store;
import dev.postern.store.auth.Cidr;
import java.net.InetAddress;
import java.net.URI;
import java.util.Optional;
import java.util.Set;

/**
 * A node with an upstream for passwords and one for consent.
 *
 * @param store empty: it is still starting
 */
public record TestSite(Optional<Store> store) implements Site {

  @Override
  public Set<String> upstreams() {
    return Set.of("mailstore", "office365");
  }

  @Override
  public Optional<String> objection(Cidr network, InetAddress caller) {
    return network.contains(caller)
        ? Optional.of("a ban of " + network + " would cover you")
        : Optional.empty();
  }

  @Override
  public Optional<URI> consentPage(String user, String upstream, Actor actor) {
    return upstream.equals("office365")
        ? Optional.of(URI.create("https://login.example.com/authorize?state=x"))
        : Optional.empty();
  }
}
