package dev.postern.gateway.net;

import dev.postern.gateway.Drain;
import dev.postern.gateway.Gateway.Bound;
import dev.postern.gateway.Gateway.Newcomers;
import dev.postern.gateway.Gateway.Waiting;
import dev.postern.gateway.GatewayConfig.Listener;
import dev.postern.gateway.GatewayException;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.ServerChannel;
import io.netty.channel.unix.FileDescriptor;
import io.netty.util.concurrent.Ticker;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The bound ports and every connection that came in through them. A port in use is an error:
 * nothing is shared with whoever has it, unless its socket was handed to us.
 */
public final class Listeners {
  private static final int BACKLOG = 4096;

  private final Transport transport;
  private final EventLoopGroup loops;
  private final InheritedSockets inherited;
  private final Fronts fronts;
  private volatile List<OpenPort> ports = List.of();
  private boolean isClosed;

  /**
   * @param inherited used before others are bound
   */
  public Listeners(Transport transport, EventLoopGroup loops, InheritedSockets inherited) {
    this.transport = transport;
    this.loops = loops;
    this.inherited = inherited;
    this.fronts = new Fronts(loops);
  }

  /**
   * Has these doors open and no others. Ports that stay are not touched; new ones are bound before
   * old ones are closed; connections that are there already go on as they are.
   *
   * @throws GatewayException if a port cannot be had, or all were closed for good; then everything
   *     is as before
   */
  public synchronized void arrange(Arrangement wanted) {
    if (isClosed) {
      throw new GatewayException(
          "this process is stopping", "it counts for the next one, which reads it at its start");
    }
    List<OpenPort> left = new ArrayList<>(ports);
    List<OpenPort> next = new ArrayList<>();
    List<OpenPort> fresh = new ArrayList<>();
    try {
      for (FrontDoor<?> door : wanted.doors()) {
        OpenPort port =
            left.stream().filter(open -> open.isFor(door.listener())).findFirst().orElse(null);
        if (port == null) {
          port = open(door, wanted);
          fresh.add(port);
        } else {
          left.remove(port);
        }
        next.add(port);
      }
    } catch (RuntimeException e) {
      fresh.forEach(OpenPort::close);
      throw e;
    }
    for (int i = 0; i < next.size(); i++) {
      next.get(i).show(wanted.doors().get(i), wanted);
    }
    ports = List.copyOf(next);
    fresh.forEach(port -> port.accept(wanted.services().connections()));
    left.forEach(OpenPort::close);
    fronts.settle(); // who came in through one of these is served
  }

  /** In the configuration's order. */
  public List<Bound> bound() {
    return ports.stream().map(OpenPort::bound).toList();
  }

  /** Their sockets, to be given to another process; none where the transport has no descriptors. */
  List<FileDescriptor> descriptors() {
    return ports.stream().map(OpenPort::descriptor).flatMap(Optional::stream).toList();
  }

  /**
   * Closes the ports and waits for those who are inside, {@link Draining}.
   *
   * @param hurry ends the wait
   * @param progress is told what is waited for
   */
  public void drain(
      Drain limits, Newcomers newcomers, CompletionStage<?> hurry, Consumer<Waiting> progress) {
    closePorts();
    new Draining(fronts, limits, hurry, progress, Ticker.systemTicker()).run(newcomers);
  }

  /**
   * Closes the ports and ends every connection.
   *
   * @param patience until they are cut
   */
  public void close(Duration patience) {
    closePorts();
    fronts.close(patience.toMillis());
  }

  private synchronized void closePorts() {
    isClosed = true;
    List<OpenPort> open = ports;
    ports = List.of();
    open.forEach(OpenPort::close);
  }

  private OpenPort open(FrontDoor<?> door, Arrangement arrangement) {
    Listener listener = door.listener();
    Optional<ServerChannel> socket = inherited.take(listener);
    AtomicReference<@Nullable OpenPort> opened = new AtomicReference<>();
    ServerBootstrap bootstrap =
        new ServerBootstrap()
            .group(loops)
            .option(ChannelOption.SO_BACKLOG, BACKLOG)
            .option(ChannelOption.SO_REUSEADDR, true)
            .option(ChannelOption.AUTO_READ, false)
            .childOption(ChannelOption.SO_KEEPALIVE, true)
            .childOption(ChannelOption.ALLOW_HALF_CLOSURE, true)
            .childOption(ChannelOption.WRITE_BUFFER_WATER_MARK, FrontPipeline.WATER_MARK)
            .handler(new AcceptTrouble())
            .childHandler(
                new ChannelInitializer<>() {
                  @Override
                  protected void initChannel(Channel channel) {
                    transport.opened(channel);
                    fronts.add(channel);
                    OpenPort port = opened.get();
                    if (port == null) {
                      channel.close();
                    } else {
                      port.admit(channel);
                    }
                  }
                });
    ChannelFuture binding =
        socket
            .map(server -> bootstrap.channelFactory(() -> server).register())
            .orElseGet(() ->
                bootstrap.channel(transport.serverChannel()).bind(listener.host(), listener.port()))
            .awaitUninterruptibly();
    if (!binding.isSuccess()) {
      throw refused(listener, binding.cause());
    }
    Channel server = binding.channel();
    ServerPipeline.end(server);
    OpenPort port = new OpenPort(server, door, arrangement);
    opened.set(port);
    return port;
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
