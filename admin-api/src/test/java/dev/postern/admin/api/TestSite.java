package dev.postern.admin.api;

import dev.postern.admin.view.UpstreamSettings;
import dev.postern.admin.view.UpstreamSettings.Endpoint;
import dev.postern.store.Actor;
import dev.postern.store.Store;
import dev.postern.store.auth.Cidr;
import dev.postern.store.auth.Scope;
import java.net.InetAddress;
import java.net.URI;
import java.util.List;
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
  public List<UpstreamSettings> upstreamSettings() {
    return List.of(
        new UpstreamSettings(
            "mailstore",
            "stored-password",
            false,
            List.of(new Endpoint(Scope.IMAP, "imaps://imap.example.com:993"))),
        new UpstreamSettings(
            "office365",
            "oauth2",
            true,
            List.of(
                new Endpoint(Scope.IMAP, "imaps://outlook.office365.com:993"),
                new Endpoint(Scope.SUBMISSION, "submission+starttls://smtp.office365.com:587"))));
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
