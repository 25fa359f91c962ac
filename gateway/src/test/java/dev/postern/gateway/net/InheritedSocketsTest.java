package dev.postern.gateway.net;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.postern.gateway.GatewayConfig.Listener;
import dev.postern.gateway.GatewayException;
import dev.postern.store.auth.Scope;
import io.netty.bootstrap.Bootstrap;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.socket.SocketProtocolFamily;
import io.netty.channel.unix.IntegerUnixChannelOption;
import io.netty.channel.unix.UnixChannel;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class InheritedSocketsTest {
  private final EventLoopGroup loops = Transport.EPOLL.newEventLoops();
  private final Channel listening =
      opened(
          new ServerBootstrap()
              .group(loops)
              .channel(EpollServerSocketChannel.class)
              .childHandler(new ChannelInboundHandlerAdapter())
              .bind("127.0.0.1", 0));

  @AfterEach
  void close() {
    loops.shutdownGracefully(0, 1, TimeUnit.SECONDS).awaitUninterruptibly();
  }

  @Test
  void whatListensIsTakenOver() {
    assertThat(InheritedSockets.of(List.of(number(listening))).left())
        .containsExactly("127.0.0.1:" + port());
  }

  /** Such as a client's connection, whose number was a port's a moment ago. */
  @Test
  void aConnectionIsNot() {
    Channel connection =
        opened(
            new Bootstrap()
                .group(loops)
                .channel(EpollSocketChannel.class)
                .handler(new ChannelInboundHandlerAdapter())
                .connect("127.0.0.1", port()));

    assertThatThrownBy(() -> InheritedSockets.of(List.of(number(connection))))
        .isInstanceOf(GatewayException.class)
        .hasMessageContaining("is no listening internet socket");
  }

  /** As systemd opens them with BindIPv6Only=ipv6-only. */
  @Test
  void ofTwoSocketsForAllAddressesEachListenerGetsThatOfItsFamily() {
    ChannelOption<Integer> isIpv6Only = new IntegerUnixChannelOption("IPV6_V6ONLY", 41, 26);
    ServerBootstrap server =
        new ServerBootstrap().group(loops).childHandler(new ChannelInboundHandlerAdapter());
    Channel ofV4 =
        opened(
            server
                .clone()
                .channelFactory(() -> new EpollServerSocketChannel(SocketProtocolFamily.INET))
                .bind("0.0.0.0", 0));
    int port = ((EpollServerSocketChannel) ofV4).localAddress().getPort();
    Channel ofV6 =
        opened(
            server
                .clone()
                .channelFactory(() -> new EpollServerSocketChannel(SocketProtocolFamily.INET6))
                .option(isIpv6Only, 1)
                .bind("::", port));
    for (String host : List.of("::", "0.0.0.0")) {
      InheritedSockets both = InheritedSockets.of(List.of(number(ofV4), number(ofV6)));
      Listener listener = new Listener(Scope.IMAP, host, port, Listener.Tls.NONE, Optional.empty());
      assertThat(both.take(listener)).isPresent();
      assertThat(both.left())
          .containsExactly(host.equals("::") ? "0.0.0.0:" + port : "[::]:" + port);
    }
  }

  private int port() {
    return ((EpollServerSocketChannel) listening).localAddress().getPort();
  }

  private static int number(Channel channel) {
    return ((UnixChannel) channel).fd().intValue();
  }

  private static Channel opened(ChannelFuture opening) {
    return opening.syncUninterruptibly().channel();
  }
}
