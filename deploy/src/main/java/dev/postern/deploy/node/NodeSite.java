package dev.postern.deploy.node;

import dev.postern.admin.api.Site;
import dev.postern.admin.view.UpstreamSettings;
import dev.postern.deploy.config.Configuration;
import dev.postern.deploy.config.OwnNetworks;
import dev.postern.gateway.net.UpstreamRouting;
import dev.postern.store.Actor;
import dev.postern.store.Store;
import dev.postern.store.auth.Cidr;
import dev.postern.store.auth.Grant;
import dev.postern.store.oauth.ConsentOwner;
import dev.postern.store.oauth.OAuthClient;
import dev.postern.store.oauth.OAuthFlow;
import dev.postern.store.oauth.TokenTrouble.TokenTroubleException;
import java.net.InetAddress;
import java.net.URI;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** What the API asks of this node. Safe for use by several threads. */
final class NodeSite implements Site {
  private volatile Optional<Configuration> configuration = Optional.empty();
  private volatile Optional<Store> store = Optional.empty();

  void started(Store opened) {
    store = Optional.of(opened);
  }

  /** This is in force from now on. */
  void follow(Configuration next) {
    configuration = Optional.of(next);
  }

  /** The version in the jar's manifest. */
  static String version() {
    return Optional.ofNullable(NodeSite.class.getPackage().getImplementationVersion())
        .orElse("development");
  }

  @Override
  public Optional<Store> store() {
    return store;
  }

  @Override
  public Set<String> upstreams() {
    return configuration.map(now -> now.gateway().upstreams().keySet()).orElse(Set.of());
  }

  @Override
  public List<UpstreamSettings> upstreamSettings() {
    return configuration.map(now -> SiteUpstreams.of(now.gateway())).orElse(List.of());
  }

  @Override
  public Optional<String> objection(Cidr network, InetAddress caller) {
    return OwnNetworks.of(configuration.orElseThrow().gateway())
        .and(List.of(OwnNetworks.Own.of(caller, "the address that this request comes from")))
        .objection(network);
  }

  @Override
  public Optional<URI> consentPage(String user, String upstream, Actor actor)
      throws TokenTroubleException {
    Configuration now = configuration.orElseThrow();
    Store open = store.orElseThrow();
    Optional<OAuthClient> client =
        now.gateway().oauthClients().stream()
            .filter(one -> one.upstream().equals(upstream))
            .filter(
                one -> one.flow().equals(new OAuthFlow.Consent(OAuthFlow.Way.AUTHORIZATION_CODE)))
            .findFirst();
    Optional<Grant> grant = open.trialGrant(user);
    if (client.isEmpty() || grant.isEmpty()) {
      return Optional.empty();
    }
    String mailbox =
        new UpstreamRouting(now.gateway(), open.secretBox()).mailbox(grant.get(), upstream);
    return Optional.of(
        open.consentLinks()
            .make(
                client.get(),
                user,
                now.admin().consentRedirect(),
                new ConsentOwner(mailbox, false),
                actor));
  }
}
