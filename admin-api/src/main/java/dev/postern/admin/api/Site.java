package dev.postern.admin.api;

import dev.postern.admin.view.UpstreamSettings;
import dev.postern.store.Actor;
import dev.postern.store.Store;
import dev.postern.store.auth.Cidr;
import dev.postern.store.oauth.TokenTrouble.TokenTroubleException;
import java.net.InetAddress;
import java.net.URI;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * What the API asks of the running node beside its store. Methods may block; called by several
 * threads.
 */
public interface Site {

  /** Empty while the node is starting. */
  Optional<Store> store();

  /** Names of the upstreams in the configuration. */
  Set<String> upstreams();

  /** The same with what is to be told of them, by name. */
  List<UpstreamSettings> upstreamSettings();

  /**
   * Whom a ban would keep out beside strangers, as a sentence without its end: this machine, a
   * proxy in front of it, or whoever asks.
   */
  Optional<String> objection(Cidr network, InetAddress caller);

  /**
   * A page by which a user consents at an upstream in a browser.
   *
   * @return empty if that upstream takes no such consent
   */
  Optional<URI> consentPage(String user, String upstream, Actor actor) throws TokenTroubleException;
}
