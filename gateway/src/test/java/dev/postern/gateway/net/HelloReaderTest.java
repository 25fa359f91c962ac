package dev.postern.gateway.net;

import static org.assertj.core.api.Assertions.assertThat;

import dev.postern.gateway.net.ClientHello.Curve;
import dev.postern.store.auth.Scope;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOutboundHandlerAdapter;
import io.netty.channel.embedded.EmbeddedChannel;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLParameters;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@ExtendWith(LeakCheck.class)
class HelloReaderTest {
  private static final byte[] ALERT = {21, 3, 3, 0, 2, 2, 120};

  private static final Duration PATIENCE = Duration.ofSeconds(3);

  /** A channel with a reader, what it told the handlers behind it, and whom it made way for. */
  private static final class Guarded {
    final List<Object> events = new ArrayList<>();
    final EmbeddedChannel channel = new EmbeddedChannel();
    final List<Optional<ClientHello>> hellos = new ArrayList<>();
    final List<Duration> left = new ArrayList<>();

    Guarded(Scope protocol) {
      channel.freezeTime();
      channel
          .pipeline()
          .addLast(
              HandlerNames.HELLO,
              new HelloReader(
                  protocol,
                  PATIENCE,
                  (hello, time) -> {
                    hellos.add(hello);
                    left.add(time);
                    return new ChannelInboundHandlerAdapter();
                  }));
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
      return channel.pipeline().get(HandlerNames.HELLO) != null;
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
    return hello(parameters -> parameters.setApplicationProtocols(offered));
  }

  private static byte[] hello(Consumer<SSLParameters> with) throws Exception {
    SSLEngine engine = SSLContext.getDefault().createSSLEngine("Mail.example.com", 993);
    engine.setUseClientMode(true);
    SSLParameters parameters = engine.getSSLParameters();
    with.accept(parameters);
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

  private static ClientHello read(Consumer<SSLParameters> with) throws Exception {
    Guarded guarded = new Guarded(Scope.IMAP).send(hello(with));
    guarded.close();
    return guarded.hellos.getFirst().orElseThrow();
  }

  @Test
  void readsWhoIsMeantAndWhatTheClientCan() throws Exception {
    ClientHello modern = read(_ -> {});
    assertThat(modern.serverName()).contains("mail.example.com");
    assertThat(modern.isTls13()).isTrue();
    assertThat(modern.curves()).contains(Curve.P256, Curve.P384);

    assertThat(read(parameters -> parameters.setServerNames(List.of())).serverName()).isEmpty();
    assertThat(
            read(parameters ->
                    parameters.setSignatureSchemes(
                        new String[] {"ecdsa_secp384r1_sha384", "rsa_pss_rsae_sha256"}))
                .curves())
        .containsExactly(Curve.P384);
  }

  @ParameterizedTest
  @CsvSource({
    "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256, secp256r1, true",
    "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256, secp384r1, false",
    "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256, secp256r1, false"
  })
  void beforeTls13TheSuiteAndTheGroupDecideToo(String suite, String group, boolean isTaken)
      throws Exception {
    ClientHello old =
        read(parameters -> {
          parameters.setProtocols(new String[] {"TLSv1.2"});
          parameters.setCipherSuites(new String[] {suite});
          parameters.setNamedGroups(new String[] {group});
        });
    assertThat(old.isTls13()).isFalse();
    assertThat(old.curves().contains(Curve.P256)).isEqualTo(isTaken);
  }

  @Test
  void theTimeThatTheHelloTookIsTakenFromTheHandshake() throws Exception {
    byte[] hello = hello("imap");
    Guarded guarded = new Guarded(Scope.IMAP).send(Arrays.copyOf(hello, 100));
    guarded.channel.advanceTimeBy(1, TimeUnit.SECONDS);
    guarded.send(Arrays.copyOfRange(hello, 100, hello.length));
    assertThat(guarded.left).containsExactly(PATIENCE.minusSeconds(1));
    guarded.channel.advanceTimeBy(PATIENCE.toSeconds(), TimeUnit.SECONDS);
    guarded.channel.runScheduledPendingTasks();
    assertThat(guarded.events).isEmpty();
    guarded.close();
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 100})
  void aHelloThatTakesTooLongIsGivenUp(int length) throws Exception {
    Guarded guarded = new Guarded(Scope.IMAP);
    if (length > 0) {
      guarded.send(Arrays.copyOf(hello("imap"), length));
    }
    guarded.channel.advanceTimeBy(PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
    guarded.channel.runScheduledPendingTasks();
    assertThat(guarded.events).containsExactly(TlsFailure.TIMEOUT);
    guarded.send((byte) 7);
    assertThat(guarded.passed()).isEmpty();
    guarded.close();
  }

  @Test
  void nothingIsSaidInClearBeforeThereIsTls() {
    Guarded guarded = new Guarded(Scope.IMAP);
    ChannelFuture said = guarded.channel.writeOneOutbound(Unpooled.copiedBuffer(new byte[] {65}));
    guarded.channel.flushOutbound();
    assertThat(said.cause()).isInstanceOf(IllegalStateException.class);
    assertThat(guarded.channel.writeOneOutbound(Unpooled.EMPTY_BUFFER).isSuccess()).isFalse();
    guarded.channel.flushOutbound();
    assertThat(guarded.said()).isEmpty();
    guarded.close();
  }

  @Test
  void whoeverPausedReadingDoesNotStopTheHandshake() throws Exception {
    AtomicInteger reads = new AtomicInteger();
    Guarded guarded = new Guarded(Scope.IMAP);
    guarded
        .channel
        .pipeline()
        .addFirst(
            new ChannelOutboundHandlerAdapter() {
              @Override
              public void read(ChannelHandlerContext ctx) {
                reads.incrementAndGet();
                ctx.read();
              }
            });
    guarded.channel.config().setAutoRead(false);
    guarded.send(Arrays.copyOf(hello("imap"), 100));
    assertThat(reads.get()).isPositive();
    guarded.close();
  }

  /** As somebody between the two may cut it, whom neither notices. */
  private static byte[] inPieces(byte[] hello, int... cuts) {
    ByteBuf out = Unpooled.buffer();
    int from = 5;
    for (int i = 0; i <= cuts.length; i++) {
      int to = i < cuts.length ? cuts[i] : hello.length;
      out.writeBytes(hello, 0, 3).writeShort(to - from).writeBytes(hello, from, to - from);
      from = to;
    }
    return ByteBufUtil.getBytes(out);
  }

  private static byte[] joined(byte[] first, byte[] second) {
    byte[] both = Arrays.copyOf(first, first.length + second.length);
    System.arraycopy(second, 0, both, first.length, second.length);
    return both;
  }

  @Test
  void aHelloInSeveralRecordsIsReadAsOne() throws Exception {
    byte[] foreign = hello("h2");
    byte[] ours = hello("imap");
    for (int cut = 6; cut < 200; cut++) {
      Guarded refused = new Guarded(Scope.IMAP).send(inPieces(foreign, cut));
      assertThat(refused.said()).as("cut at %d", cut).isEqualTo(ALERT);
      refused.close();

      Guarded served = new Guarded(Scope.IMAP).send(inPieces(ours, cut, cut + 10));
      assertThat(served.hellos).singleElement().matches(Optional::isPresent);
      assertThat(served.passed()).isEqualTo(inPieces(ours, cut, cut + 10));
      served.close();
    }
  }

  @Test
  void whatStandsBeforeAHelloOrInItIsNotPassedOver() throws Exception {
    byte[] warning = {21, 3, 1, 0, 2, 1, 90};
    byte[] hello = hello("h2");
    byte[] begun = Arrays.copyOf(inPieces(hello, 30), 5 + 25);
    for (byte[] bytes : List.of(warning, joined(begun, warning))) {
      Guarded guarded = new Guarded(Scope.IMAP).send(bytes).send(hello);
      assertThat(guarded.events).containsExactly(TlsFailure.EVASIVE);
      assertThat(guarded.passed()).isEmpty();
      guarded.close();
    }
    Guarded shredded =
        new Guarded(Scope.IMAP).send(inPieces(hello, 10, 11, 12, 13, 14, 15, 16, 17, 18));
    assertThat(shredded.events).containsExactly(TlsFailure.EVASIVE);
    shredded.close();
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

      boolean isWaiting = guarded.isGuarding() && guarded.events.isEmpty();
      assertThat(isWaiting || guarded.passed().length + guarded.said().length > 0)
          .as("seed %d", seed)
          .isTrue();
      guarded.close();
    }
  }
}
