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
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class TransportTest {

  /** Nobody sets it: a greeting would wait 40 ms for the client's acknowledgement. */
  @ParameterizedTest
  @MethodSource("available")
  void whatIsSentLeavesAtOnce(Transport transport) throws Exception {
    EventLoopGroup loops = transport.newEventLoops();
    try {
      CompletableFuture<Channel> accepted = new CompletableFuture<>();
      Channel server =
          new ServerBootstrap()
              .group(loops)
              .channel(transport.serverChannel())
              .childHandler(
                  new ChannelInitializer<>() {
                    @Override
                    protected void initChannel(Channel channel) {
                      accepted.complete(channel);
                    }
                  })
              .bind("127.0.0.1", 0)
              .sync()
              .channel();
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
          new ServerBootstrap()
              .group(loops)
              .channel(transport.serverChannel())
              .childOption(ChannelOption.ALLOW_HALF_CLOSURE, true)
              .childHandler(
                  new ChannelInitializer<>() {
                    @Override
                    protected void initChannel(Channel channel) {
                      transport.opened(channel);
                      channel.pipeline().addLast(new LastWord());
                    }
                  })
              .bind("127.0.0.1", 0)
              .sync()
              .channel();
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

  static List<Transport> available() {
    return Transport.available();
  }
}
