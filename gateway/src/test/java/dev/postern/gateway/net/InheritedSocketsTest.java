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
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

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

  /** A listener gets what serves its addresses, or nothing: then the start fails, and says so. */
  @ParameterizedTest
  @CsvSource({
    "0.0.0.0, INET, 0, 0.0.0.0, true",
    "0.0.0.0, INET, 0, ::, false",
    "::, INET6, 0, ::, true",
    "::, INET6, 0, 0.0.0.0, true",
    "::, INET6, 1, ::, true",
    "::, INET6, 1, 0.0.0.0, false",
    "127.0.0.1, INET, 0, 0.0.0.0, false",
    "127.0.0.1, INET, 0, 127.0.0.1, true"
  })
  void aListenerGetsTheSocketOfItsAddresses(
      String bound, SocketProtocolFamily family, int ipv6Only, String wanted, boolean isItsOwn) {
    ServerBootstrap server =
        new ServerBootstrap()
            .group(loops)
            .channelFactory(() -> new EpollServerSocketChannel(family))
            .childHandler(new ChannelInboundHandlerAdapter());
    if (family == SocketProtocolFamily.INET6) {
      ServerBootstrap _ =
          server.option(new IntegerUnixChannelOption("IPV6_V6ONLY", 41, 26), ipv6Only);
    }
    Channel socket = opened(server.bind(bound, 0));
    int port = ((EpollServerSocketChannel) socket).localAddress().getPort();
    Listener listener = new Listener(Scope.IMAP, wanted, port, Listener.Tls.NONE, Optional.empty());
    assertThat(InheritedSockets.of(List.of(number(socket))).take(listener).isPresent())
        .isEqualTo(isItsOwn);
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
