package dev.postern.gateway.net;

import dev.postern.gateway.GatewayConfig.Listener;
import dev.postern.gateway.dialogue.FrontEvent.Crowd;
import dev.postern.gateway.net.ProxyHeaderReader.Ends;
import dev.postern.gateway.observe.ConnectionRefusal;
import dev.postern.gateway.observe.Session;
import dev.postern.store.auth.Cidr;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelPipeline;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.handler.codec.haproxy.HAProxyMessageDecoder;
import io.netty.handler.ssl.SslHandler;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/** The one place where the order of handlers towards a mail client is written. */
final class FrontPipeline<C> {

  /** Bytes that may wait to be sent before the other side is no longer read, in all sessions. */
  static final WriteBufferWaterMark WATER_MARK = new WriteBufferWaterMark(32 * 1024, 64 * 1024);

  /** Octets of extra fields in a PROXY header of version 2. */
  private static final int LONGEST_TLVS = 4096;

  private final FrontDoor<C> door;
  private final LoginServices services;
  private final AtomicInteger here;
  private final Optional<ServerCertificates> certificates;

  /**
   * @param here how many connections there are at this listener
   */
  FrontPipeline(FrontDoor<C> door, LoginServices services, AtomicInteger here) {
    this.door = door;
    this.services = services;
    this.here = here;
    this.certificates = services.contexts().server(door.listener());
  }

  /** Meets a new connection. */
  void arrived(Channel channel) {
    if (!(channel.remoteAddress() instanceof InetSocketAddress peer)
        || !(channel.localAddress() instanceof InetSocketAddress local)) {
      channel.close(); // it was gone before it was ours
      return;
    }
    ConnectionCaps.Place place =
        services.connections().arrived(here, door.listener().maxConnections());
    place.holdFor(channel);
    ReadSize.limit(channel);
    List<Cidr> proxies = door.listener().trustedProxies();
    if (proxies.isEmpty()) {
      meet(channel, place, place.admit(peer.getAddress()), new Ends(peer, local));
    } else if (proxies.stream().anyMatch(network -> network.contains(peer.getAddress()))) {
      place
          .admitAnybody()
          .ifPresentOrElse(
              why -> refuse(channel, why, peer), () -> awaitHeader(channel, place, peer));
    } else {
      refuse(channel, ConnectionRefusal.UNTRUSTED_PROXY, peer);
    }
  }

  private void refuse(Channel channel, ConnectionRefusal why, InetSocketAddress peer) {
    services.events().refused(why, peer.getAddress());
    channel.close();
  }

  private void awaitHeader(Channel channel, ConnectionCaps.Place place, InetSocketAddress proxy) {
    channel.pipeline().addLast(HandlerNames.PROXY_CODEC, new HAProxyMessageDecoder(LONGEST_TLVS));
    channel
        .pipeline()
        .addLast(
            HandlerNames.PROXY_HEADER,
            new ProxyHeaderReader(
                services.limits().timeouts().proxyHeader(),
                ends -> meet(channel, place, place.admitted(ends.client().getAddress()), ends),
                why -> services.events().refused(why, proxy.getAddress())));
  }

  private void meet(
      Channel channel, ConnectionCaps.Place place, Optional<ConnectionRefusal> refusal, Ends ends) {
    refusal.ifPresentOrElse(
        why -> turnAway(channel, place, why, ends.client()),
        () -> open(channel, ends.client(), ends.server()));
  }

  /** Closes at once, or after a last word where one is due and there is room for it. */
  private void turnAway(
      Channel channel, ConnectionCaps.Place place, ConnectionRefusal why, InetSocketAddress peer) {
    Optional<Crowd> crowd = NoRoom.crowd(why);
    if (crowd.isEmpty() || !place.mayBeTold()) {
      refuse(channel, why, peer);
      return;
    }
    services.events().refused(why, peer.getAddress());
    boolean isImplicit = door.listener().tls() == Listener.Tls.IMPLICIT;
    if (isImplicit) {
      channel.pipeline().addLast(HandlerNames.HELLO, newTls(channel));
    }
    channel
        .pipeline()
        .addLast(HandlerNames.LOGIN, new NoRoom(door.noRoom(services, crowd.get()), isImplicit));
  }

  /** A trusted proxy has said whom it speaks for; the decoder takes itself out. */
  static void headerIsRead(ChannelPipeline pipeline) {
    pipeline.remove(HandlerNames.PROXY_HEADER);
  }

  /** A client that is turned away has its last word. */
  static void noRoomIsSaid(ChannelPipeline pipeline) {
    pipeline.replace(HandlerNames.LOGIN, HandlerNames.FAREWELL, new Farewell());
  }

  /** The client begins a handshake that may be ours. */
  static void helloIsRead(ChannelPipeline pipeline, ChannelHandler tls) {
    pipeline.replace(HandlerNames.HELLO, HandlerNames.TLS, tls);
  }

  private void open(Channel channel, InetSocketAddress peer, InetSocketAddress local) {
    Session session =
        new Session(services.sessionIds().get(), door.protocol().scope(), door.tls(), peer, local);
    SessionTrail trail = new SessionTrail(session, services.events(), channel.eventLoop().ticker());
    services.events().opened(session);
    channel.closeFuture().addListener(_ -> trail.closed());
    install(channel, trail);
  }

  /** The handlers alone, so that tests can put them on a channel of their own. */
  void install(Channel channel, SessionTrail trail) {
    if (door.listener().tls() == Listener.Tls.IMPLICIT) {
      channel.pipeline().addLast(HandlerNames.HELLO, newTls(channel));
    }
    channel
        .pipeline()
        .addLast(
            HandlerNames.LOGIN,
            new LoginHandler<>(door, services, trail, channel, () -> newTls(channel)));
  }

  private HelloReader newTls(Channel channel) {
    ServerCertificates shown =
        certificates.orElseThrow(
            () -> new IllegalStateException("a TLS listener without certificate"));
    return new HelloReader(
        door.protocol().scope(),
        services.limits().timeouts().handshake(),
        (hello, left) -> {
          SslHandler tls = shown.newHandler(channel.alloc(), hello);
          tls.setHandshakeTimeout(Math.max(1, left.toMillis()), TimeUnit.MILLISECONDS);
          tls.setCloseNotifyFlushTimeoutMillis(HalfClose.FAREWELL_MILLIS);
          return tls;
        });
  }
}
