package dev.postern.gateway.net;

import dev.postern.gateway.Gateway.Bound;
import dev.postern.gateway.GatewayConfig.Listener;
import dev.postern.gateway.GatewayException;
import dev.postern.gateway.observe.EndReason;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.group.ChannelGroup;
import io.netty.channel.group.DefaultChannelGroup;
import io.netty.util.concurrent.GlobalEventExecutor;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * The bound ports and every connection that came in through them. A port in use is an error:
 * nothing is shared with whoever has it.
 */
public final class Listeners implements AutoCloseable {
  private static final int BACKLOG = 1024;

  private final List<Bound> bound = new ArrayList<>();
  private final List<Channel> servers = new ArrayList<>();
  private final ChannelGroup fronts = new DefaultChannelGroup(GlobalEventExecutor.INSTANCE, true);
  private final Transport transport;
  private final EventLoopGroup loops;
  private final LoginServices services;

  public Listeners(Transport transport, EventLoopGroup loops, LoginServices services) {
    this.transport = transport;
    this.loops = loops;
    this.services = services;
  }

  /**
   * Binds one more.
   *
   * @throws GatewayException if it cannot be had; those bound before stay bound until {@link
   *     #close}
   */
  public void open(FrontDoor<?> door) {
    Listener listener = door.listener();
    FrontPipeline<?> pipeline = new FrontPipeline<>(door, services);
    ChannelFuture binding =
        new ServerBootstrap()
            .group(loops)
            .channel(transport.serverChannel())
            .option(ChannelOption.SO_BACKLOG, BACKLOG)
            .option(ChannelOption.SO_REUSEADDR, true)
            .childOption(ChannelOption.TCP_NODELAY, true)
            .childOption(ChannelOption.SO_KEEPALIVE, true)
            .childOption(ChannelOption.ALLOW_HALF_CLOSURE, true)
            .childOption(ChannelOption.WRITE_BUFFER_WATER_MARK, FrontPipeline.WATER_MARK)
            .handler(new AcceptTrouble())
            .childHandler(
                new ChannelInitializer<>() {
                  @Override
                  protected void initChannel(Channel channel) {
                    fronts.add(channel);
                    pipeline.initChannel(channel);
                  }
                })
            .bind(listener.host(), listener.port())
            .awaitUninterruptibly();
    if (!binding.isSuccess()) {
      throw refused(listener, binding.cause());
    }
    services.connections().guard(binding.channel());
    servers.add(binding.channel());
    bound.add(new Bound(listener, (InetSocketAddress) binding.channel().localAddress()));
  }

  public List<Bound> bound() {
    return List.copyOf(bound);
  }

  @Override
  public void close() {
    servers.forEach(server -> server.close().awaitUninterruptibly());
    fronts.forEach(front ->
        front
            .eventLoop()
            .execute(() -> front.pipeline().fireUserEventTriggered(EndReason.SHUTDOWN)));
    Duration patience = services.limits().timeouts().stop();
    if (!fronts.newCloseFuture().awaitUninterruptibly(patience.toMillis(), TimeUnit.MILLISECONDS)) {
      fronts.close();
    }
  }

  private static GatewayException refused(Listener listener, Throwable cause) {
    String what = listener.protocol().word() + " on " + listener.host() + ":" + listener.port();
    String why = String.valueOf(cause.getMessage());
    return new GatewayException(
        "cannot listen for " + what + ": " + why,
        why.contains("ermission")
            ? "ports below 1024 need root or CAP_NET_BIND_SERVICE"
            : "find who has it with: ss -ltnp 'sport = :" + listener.port() + "'; or change bind");
  }
}
