package dev.postern.gateway.net;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import io.netty.bootstrap.Bootstrap;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.util.ReferenceCountUtil;
import java.net.Socket;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class TransportTest {
  /** Connections that Netty accepts before it looks up. */
  private static final int MOST_IN_ONE_GO = 16;

  /** Nobody sets it: a greeting would wait 40 ms for the client's acknowledgement. */
  @ParameterizedTest
  @MethodSource("available")
  void whatIsSentLeavesAtOnce(Transport transport) throws Exception {
    EventLoopGroup loops = transport.newEventLoops();
    try {
      CompletableFuture<Channel> accepted = new CompletableFuture<>();
      Channel server =
          listening(
              transport,
              loops,
              channel -> {
                accepted.complete(channel);
              });
      server.config().setAutoRead(true);
      Channel client =
          new Bootstrap()
              .group(loops)
              .channelFactory(transport::newChannel)
              .handler(new ChannelInboundHandlerAdapter())
              .connect(server.localAddress())
              .sync()
              .channel();

      assertThat(client.config().getOption(ChannelOption.TCP_NODELAY)).isTrue();
      assertThat(accepted.get(10, TimeUnit.SECONDS).config().getOption(ChannelOption.TCP_NODELAY))
          .isTrue();
    } finally {
      loops.shutdownGracefully(0, 1, TimeUnit.SECONDS).awaitUninterruptibly();
    }
  }

  /**
   * With a handler that reads by itself, as that of TLS does. A socket that is closed for us alone
   * is one that nobody counts.
   */
  @ParameterizedTest
  @MethodSource("available")
  void whatIsClosedWhileSomethingIsSentIsClosedForThePeer(Transport transport) throws Exception {
    EventLoopGroup loops = transport.newEventLoops();
    try {
      Channel server =
          listening(
              transport,
              loops,
              channel -> {
                transport.opened(channel);
                channel.pipeline().addLast(new LastWord());
              });
      server.config().setAutoRead(true);
      for (int i = 0; i < 20; i++) {
        try (Socket client = new Socket()) {
          client.setSoTimeout(10_000);
          client.connect(server.localAddress());
          client.getOutputStream().write("hello".getBytes(US_ASCII));

          assertThat(client.getInputStream().readAllBytes()).isEqualTo("bye".getBytes(US_ASCII));
        }
      }
    } finally {
      loops.shutdownGracefully(0, 1, TimeUnit.SECONDS).awaitUninterruptibly();
    }
  }

  /** All who wait would be accepted otherwise, and be refused or have no descriptor. */
  @ParameterizedTest
  @MethodSource("available")
  void nobodyIsAcceptedAfterTheEnd(Transport transport) throws Exception {
    EventLoopGroup loops = transport.newEventLoops();
    List<Socket> clients = new ArrayList<>();
    try {
      AtomicInteger accepted = new AtomicInteger();
      CompletableFuture<Void> full = new CompletableFuture<>();
      Channel server =
          listening(
              transport,
              loops,
              channel -> {
                channel.parent().config().setAutoRead(false);
                accepted.incrementAndGet();
                full.complete(null);
              });
      for (int i = 0; i < 100; i++) {
        Socket client = new Socket();
        clients.add(client);
        client.connect(server.localAddress());
      }

      server.config().setAutoRead(true);

      full.get(10, TimeUnit.SECONDS);
      server.eventLoop().schedule(() -> {}, 100, TimeUnit.MILLISECONDS).sync();
      assertThat(accepted).hasValueLessThanOrEqualTo(MOST_IN_ONE_GO);
    } finally {
      for (Socket client : clients) {
        client.close();
      }
      loops.shutdownGracefully(0, 1, TimeUnit.SECONDS).awaitUninterruptibly();
    }
  }

  private static final class LastWord extends ChannelInboundHandlerAdapter {
    @Override
    public void channelRead(ChannelHandlerContext ctx, Object msg) {
      ReferenceCountUtil.release(msg);
      ctx.writeAndFlush(ctx.alloc().directBuffer().writeBytes("bye".getBytes(US_ASCII)));
      ctx.close();
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext ctx) {
      ctx.read();
    }
  }

  /** Accepts nobody until it is told to read, and leaves half-closed connections open. */
  private static Channel listening(
      Transport transport, EventLoopGroup loops, Consumer<Channel> accepted) throws Exception {
    return new ServerBootstrap()
        .group(loops)
        .channel(transport.serverChannel())
        .option(ChannelOption.AUTO_READ, false)
        .childOption(ChannelOption.ALLOW_HALF_CLOSURE, true)
        .childHandler(
            new ChannelInitializer<>() {
              @Override
              protected void initChannel(Channel channel) {
                accepted.accept(channel);
              }
            })
        .bind("127.0.0.1", 0)
        .sync()
        .channel();
  }

  static List<Transport> available() {
    return Transport.available();
  }
}
