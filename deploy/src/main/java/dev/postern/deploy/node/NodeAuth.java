package dev.postern.deploy.node;

import dev.postern.admin.auth.AuthDesk;
import dev.postern.admin.auth.Handover;
import dev.postern.deploy.config.Configuration;
import dev.postern.gateway.net.UpstreamRouting;
import dev.postern.gateway.net.UpstreamRouting.PlainLogin;
import dev.postern.store.Store;
import dev.postern.store.auth.Grant;
import dev.postern.store.auth.Scope;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.Optional;

/** What verification for other programs asks of this node. Safe for use by several threads. */
final class NodeAuth implements AuthDesk {
  private volatile Optional<Configuration> configuration = Optional.empty();
  private volatile Optional<Store> store = Optional.empty();

  void started(Store opened) {
    store = Optional.of(opened);
  }

  /** This is in force from now on. */
  void follow(Configuration next) {
    configuration = Optional.of(next);
  }

  @Override
  public Optional<Store> store() {
    return store;
  }

  @Override
  public Duration failureDelay() {
    return configuration.orElseThrow().gateway().limits().failureDelay();
  }

  @Override
  public int failuresPerMinute() {
    return configuration.orElseThrow().authFailuresPerMinute();
  }

  @Override
  public Optional<Place> place(Grant grant, Scope protocol) {
    return routing()
        .place(grant, protocol)
        .map(place -> new Place(place.upstream(), place.mailbox()));
  }

  @Override
  public Handover handover(Grant grant, Scope protocol) {
    return switch (routing().plainLogin(grant, protocol)) {
      case PlainLogin.With with -> reached(with);
      case PlainLogin.Not(String upstream, String why) -> new Handover.Not(upstream, why);
    };
  }

  private UpstreamRouting routing() {
    return new UpstreamRouting(
        configuration.orElseThrow().gateway(), store.orElseThrow().secretBox());
  }

  /** The proxy looks up no names. */
  private static Handover reached(PlainLogin.With with) {
    String host = with.endpoint().host();
    try {
      return new Handover.With(
          with.upstream(),
          InetAddress.getByName(host).getHostAddress(),
          with.endpoint().port(),
          with.user(),
          with.password());
    } catch (UnknownHostException _) {
      with.password().close();
      return new Handover.Not(with.upstream(), "the name " + host + " is not known");
    }
  }
}
