package dev.postern.gateway.net;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import dev.postern.gateway.dialogue.Tap;
import dev.postern.gateway.dialogue.UpstreamSession;
import dev.postern.gateway.observe.Session;
import dev.postern.gateway.observe.SessionEvents;
import dev.postern.gateway.smtp.SmtpTap;
import dev.postern.store.auth.Scope;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(LeakCheck.class)
class ClientTapTest {
  private static final InetSocketAddress SOMEWHERE =
      new InetSocketAddress(InetAddress.getLoopbackAddress(), 4);

  private final EmbeddedChannel front = new EmbeddedChannel();
  private final EmbeddedChannel upstream = new EmbeddedChannel();

  @BeforeEach
  void watch() {
    RelaySession session =
        new RelaySession(
            front,
            upstream,
            new SessionTrail(
                new Session("id", Scope.SUBMISSION, Session.Tls.NONE, SOMEWHERE, SOMEWHERE),
                new SessionEvents() {},
                front.eventLoop().ticker()),
            new RelayLimits(RelayLimits.LONGEST_IDLE, Duration.ofSeconds(30)));
    Tap tap = new SmtpTap(new UpstreamSession(List.of()));
    ClientTap client = new ClientTap(tap, upstream, session);
    front.pipeline().addLast(client);
    upstream.pipeline().addLast(new UpstreamTap(tap, client, session));
  }

  @AfterEach
  void close() {
    front.finishAndReleaseAll();
    upstream.finishAndReleaseAll();
  }

  /** As records of TLS with a byte each: tens of thousands fit into what may wait. */
  @Test
  void bytesThatWaitOneByOneCostNoMoreThanOthers() {
    String behind = "NOOP\r\n".repeat(10_000);
    send("EHLO me\r\n");
    assertThat(passed()).isEqualTo("EHLO me\r\n");

    behind.chars().forEach(b -> send(Character.toString(b)));
    assertThat(passed()).isEmpty();
    upstream.writeInbound(upstream.alloc().buffer().writeBytes("250 ok\r\n".getBytes(US_ASCII)));

    assertThat(passed()).isEqualTo(behind);
    assertThat(front.isOpen()).isTrue();
  }

  @Test
  void whatComesWhenTheUpstreamIsClosedWaitsForNothing() {
    List<Object> ends = new ArrayList<>();
    front
        .pipeline()
        .addLast(
            new ChannelInboundHandlerAdapter() {
              @Override
              public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
                ends.add(event);
              }
            });
    send("EHLO me\r\n");
    send("NOOP\r\n");
    upstream.close();

    send("NOOP\r\n".repeat(200_000));
    front.pipeline().fireUserEventTriggered(ChannelInputShutdownEvent.INSTANCE);

    assertThat(passed()).isEqualTo("EHLO me\r\n");
    assertThat(front.isOpen()).as("more than may be held").isTrue();
    assertThat(ends).hasSize(1);
  }

  private void send(String bytes) {
    front.writeInbound(front.alloc().buffer().writeBytes(bytes.getBytes(US_ASCII)));
  }

  /** What came through since this was asked last. */
  private String passed() {
    StringBuilder passed = new StringBuilder();
    for (ByteBuf bytes = front.readInbound(); bytes != null; bytes = front.readInbound()) {
      passed.append(bytes.toString(US_ASCII));
      bytes.release();
    }
    return passed.toString();
  }
}
