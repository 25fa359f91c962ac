package dev.postern.gateway.net;

import dev.postern.gateway.GatewayConfig.Limits;
import dev.postern.gateway.dialogue.ClientIdentity;
import dev.postern.gateway.dialogue.MailProtocol;
import dev.postern.gateway.dialogue.UpstreamFailure;
import dev.postern.gateway.dialogue.UpstreamPlan;
import dev.postern.store.auth.Scope;
import dev.postern.store.upstream.UpstreamState.Load;
import io.netty.bootstrap.Bootstrap;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.util.concurrent.Ticker;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.random.RandomGenerator;

/**
 * Opens logged-in connections to upstreams, each on the event loop of the session it is for. The
 * number of logins under way is bounded for each upstream, so that one that hangs ties up no more
 * than its share; where an endpoint is not reached, its {@link Circuit} spares it and those who
 * would wait. Tells the {@link UpstreamWatch} of every result. Safe for use by several threads.
 */
public final class UpstreamConnector implements UpstreamLogins, AutoCloseable {
  private final Map<Scope, MailProtocol<?>> protocols;
  private final Limits limits;
  private final UpstreamWatch watch;
  private final Circuits circuits;
  private final LoginMeans means;
  private final Map<String, LoginPlaces> places = new ConcurrentHashMap<>();

  /**
   * @param circuits outlive this
   * @param names are closed with this
   * @param random for the length of pauses; safe for use by several threads
   */
  UpstreamConnector(
      Transport transport,
      Map<Scope, MailProtocol<?>> protocols,
      TlsContexts contexts,
      Limits limits,
      UpstreamWatch watch,
      Circuits circuits,
      NameResolver names,
      RandomGenerator random) {
    this.protocols = protocols;
    this.limits = limits;
    this.watch = watch;
    this.circuits = circuits;
    Bootstrap bootstrap =
        new Bootstrap()
            .channelFactory(transport::newChannel)
            .option(ChannelOption.SO_KEEPALIVE, true)
            .option(ChannelOption.ALLOW_HALF_CLOSURE, true)
            .option(ChannelOption.RECVBUF_ALLOCATOR, ReadSize.RELAYED)
            .option(ChannelOption.WRITE_BUFFER_WATER_MARK, FrontPipeline.WATER_MARK)
            .option(
                ChannelOption.CONNECT_TIMEOUT_MILLIS,
                (int) limits.timeouts().upstreamConnect().toMillis());
    this.means =
        new LoginMeans(
            contexts,
            limits.timeouts(),
            bootstrap,
            names,
            new AddressOrder(Ticker.systemTicker()),
            random);
  }

  /** For a login that begins now. */
  Deadline deadline(EventLoop loop) {
    return Deadline.after(limits.timeouts().upstreamLogin(), loop);
  }

  @Override
  public Ticket login(
      EventLoop loop,
      Deadline deadline,
      UpstreamTarget target,
      UpstreamPlan plan,
      Optional<ClientIdentity> client,
      UpstreamTalk talk,
      Answer answer) {
    MailProtocol<?> protocol = protocols.get(target.protocol());
    if (protocol == null) {
      throw new IllegalArgumentException("no dialogue for " + target.protocol().word());
    }
    LoginPlaces placesThere = placesAt(target.upstream());
    boolean isProbe = plan.credentials().isEmpty();
    UpstreamLogin login =
        new UpstreamLogin(
            loop,
            deadline,
            target,
            plan,
            client,
            protocol,
            means,
            new CircuitUse(circuits.at(target.endpoint()), target, placesThere, loop, isProbe),
            talk,
            new Answer() {
              @Override
              public void ready(UpstreamLink link) {
                watch.reached(target);
                if (!isProbe) {
                  watch.marks().loggedIn(target);
                }
                answer.ready(link);
              }

              @Override
              public void failed(UpstreamFailure failure) {
                watch.failed(target, failure);
                answer.failed(failure);
              }
            });
    login.start(placesThere);
    return login::cancel;
  }

  private LoginPlaces placesAt(String upstream) {
    return places.computeIfAbsent(
        upstream,
        _ -> new LoginPlaces(limits.upstreamLoginsAtOnce(), limits.timeouts().upstreamConnect()));
  }

  /** Logins that are under way at an upstream, whatever their protocol, and those that wait. */
  Load load(String upstream) {
    return placesAt(upstream).load();
  }

  @Override
  public void close() {
    means.names().close();
  }
}
