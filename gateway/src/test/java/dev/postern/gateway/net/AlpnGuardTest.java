package dev.postern.gateway.net;

import static org.assertj.core.api.Assertions.assertThat;

import dev.postern.store.auth.Scope;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.embedded.EmbeddedChannel;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLParameters;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@ExtendWith(LeakCheck.class)
class AlpnGuardTest {
  private static final byte[] ALERT = {21, 3, 3, 0, 2, 2, 120};

  /** A channel with a guard, and what it told the handlers behind it. */
  private static final class Guarded {
    final List<Object> events = new ArrayList<>();
    final EmbeddedChannel channel = new EmbeddedChannel();

    Guarded(Scope protocol) {
      channel.pipeline().addLast(HandlerNames.ALPN, new AlpnGuard(protocol));
      channel
          .pipeline()
          .addLast(
              new ChannelInboundHandlerAdapter() {
                @Override
                public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
                  events.add(event);
                }
              });
    }

    Guarded send(byte... bytes) {
      channel.writeInbound(Unpooled.copiedBuffer(bytes));
      return this;
    }

    boolean isGuarding() {
      return channel.pipeline().get(HandlerNames.ALPN) != null;
    }

    byte[] passed() {
      return drain(channel.inboundMessages());
    }

    byte[] said() {
      return drain(channel.outboundMessages());
    }

    private static byte[] drain(Iterable<Object> messages) {
      ByteBuf all = Unpooled.buffer();
      for (Object message : messages) {
        all.writeBytes((ByteBuf) message);
      }
      return ByteBufUtil.getBytes(all);
    }

    void close() {
      channel.finishAndReleaseAll();
    }
  }

  private static byte[] hello(String... offered) throws Exception {
    SSLEngine engine = SSLContext.getDefault().createSSLEngine("mail.example.com", 993);
    engine.setUseClientMode(true);
    SSLParameters parameters = engine.getSSLParameters();
    parameters.setApplicationProtocols(offered);
    engine.setSSLParameters(parameters);
    ByteBuffer record = ByteBuffer.allocate(32_768);
    engine.wrap(ByteBuffer.allocate(0), record);
    return Arrays.copyOf(record.array(), record.position());
  }

  @ParameterizedTest
  @CsvSource({"IMAP, imap", "POP3, pop3", "SUBMISSION, smtp", "IMAP, h2 http/1.1 imap", "IMAP, ''"})
  void letsEverybodyElsePassUnaltered(Scope protocol, String offered) throws Exception {
    byte[] hello = hello(offered.isEmpty() ? new String[0] : offered.split(" "));
    Guarded guarded = new Guarded(protocol).send(hello).send((byte) 1, (byte) 2);

    assertThat(guarded.isGuarding()).isFalse();
    assertThat(guarded.passed()).startsWith(hello).endsWith(1, 2).hasSize(hello.length + 2);
    assertThat(guarded.said()).isEmpty();
    guarded.close();
  }

  @ParameterizedTest
  @CsvSource({"IMAP, h2", "IMAP, smtp", "IMAP, IMAP", "SUBMISSION, http/1.1 h2", "POP3, pop"})
  void turnsForeignersAwayHoweverTheyArrive(Scope protocol, String offered) throws Exception {
    byte[] hello = hello(offered.split(" "));
    for (int cut = 1; cut < hello.length; cut += cut < 80 ? 1 : 37) {
      Guarded guarded =
          new Guarded(protocol)
              .send(Arrays.copyOf(hello, cut))
              .send(Arrays.copyOfRange(hello, cut, hello.length))
              .send((byte) 7);

      assertThat(guarded.said()).isEqualTo(ALERT);
      assertThat(guarded.events).containsExactly(TlsFailure.ALPN);
      assertThat(guarded.passed()).isEmpty();
      guarded.close();
    }
  }

  @Test
  void holdsBackWhatIsNotWholeAndLetsGoOfItAtTheEnd() throws Exception {
    byte[] hello = hello("h2");
    for (int cut = 1; cut < hello.length; cut++) {
      Guarded guarded = new Guarded(Scope.IMAP).send(Arrays.copyOf(hello, cut));

      assertThat(guarded.isGuarding()).isTrue();
      assertThat(guarded.passed()).isEmpty();
      guarded.close();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"G", "GET / HTTP/1.1\r\n", "\u0016\u0003\u0001\u7fff", "\u0080\u0001"})
  void whatIsNoHandshakeIsTheEngines(String bytes) {
    byte[] sent = new byte[bytes.length()];
    for (int i = 0; i < sent.length; i++) {
      sent[i] = (byte) (bytes.charAt(i) > 0xff ? 0xff : bytes.charAt(i));
    }
    byte[] whole = Arrays.copyOf(sent, Math.max(sent.length, sent[0] == 22 ? 5 : sent.length));
    Guarded guarded = new Guarded(Scope.IMAP).send(whole);

    assertThat(guarded.isGuarding()).isFalse();
    assertThat(guarded.passed()).isEqualTo(whole);
    guarded.close();
  }

  @Test
  void noHelloWhateverItHoldsIsAFault() throws Exception {
    byte[] hello = hello("h2", "imap");
    for (int seed = 0; seed < 20_000; seed++) {
      Random random = new Random(seed);
      byte[] bent = hello.clone();
      for (int i = 0; i < 1 + random.nextInt(4); i++) {
        bent[5 + random.nextInt(bent.length - 5)] = (byte) random.nextInt();
      }
      Guarded guarded = new Guarded(Scope.IMAP).send(bent);

      assertThat(guarded.passed().length + guarded.said().length).as("seed %d", seed).isPositive();
      guarded.close();
    }
  }
}
