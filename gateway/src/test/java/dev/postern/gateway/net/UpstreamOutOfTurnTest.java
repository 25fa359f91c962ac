package dev.postern.gateway.net;

import static org.assertj.core.api.Assertions.assertThat;

import dev.postern.gateway.dialogue.UpstreamFailure;
import dev.postern.gateway.dialogue.UpstreamPlan;
import dev.postern.gateway.dialogue.UpstreamPlan.Security;
import dev.postern.gateway.dialogue.UpstreamSession;
import dev.postern.gateway.imap.ImapUpstream;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * An IMAP server may say untagged things at any time, but answer nothing before it is asked, and
 * soon when it is.
 */
class UpstreamOutOfTurnTest {
  private final List<String> results = new ArrayList<>();
  private final EmbeddedChannel channel = new EmbeddedChannel();

  @AfterEach
  void close() {
    channel.finishAndReleaseAll();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"P1 OK [CAPABILITY IMAP4rev1] in\r\n", "+ go on\r\n", "* OK x\r\nP2 OK\r\n"})
  void anAnswerBehindTheGreetingEndsTheLogin(String early) {
    open();
    receive("* OK ready\r\n* CAPABILITY IMAP4rev1 AUTH=PLAIN\r\n" + early);

    assertThat(results).containsExactly("PROTOCOL: it answered before it was asked");
    assertThat(channel.outboundMessages()).isEmpty();
  }

  @Test
  void anUntaggedResponseBehindTheGreetingIsFine() {
    open();
    receive("* OK ready\r\n* OK busy day\r\n* NO disk full\r\nP1 O");
    receive("K not our tag's line yet\r\n");

    assertThat(results).containsExactly("PROTOCOL: CAPABILITY: OK");
  }

  @Test
  void itsGreetingAndEachOfItsAnswersHaveATimeThatChatterDoesNotExtend() {
    channel.freezeTime();
    open();
    pass(Duration.ofSeconds(9));
    receive("* OK ready\r\n");
    pass(Duration.ofSeconds(9));
    assertThat(results).as("a time for each").isEmpty();
    receive("* OK busy day\r\nP1");
    pass(Duration.ofMillis(999));
    assertThat(results).isEmpty();
    pass(Duration.ofMillis(1));
    assertThat(results).containsExactly("TIMEOUT: it did not answer within 10000 ms");
  }

  private void pass(Duration time) {
    channel.advanceTimeBy(time.toMillis(), TimeUnit.MILLISECONDS);
    channel.runScheduledPendingTasks();
  }

  private void open() {
    UpstreamPlan plan = new UpstreamPlan(Security.CLEAR, "gate.test", Optional.empty(), List.of());
    channel
        .pipeline()
        .addLast(
            new UpstreamHandler(
                new ImapUpstream(plan),
                Security.CLEAR,
                () -> {
                  throw new IllegalStateException("no TLS here");
                },
                channel.alloc(),
                Duration.ofSeconds(10),
                new UpstreamHandler.Result() {
                  @Override
                  public void greeted() {}

                  @Override
                  public void loggedIn(UpstreamSession session) {
                    results.add("logged in");
                  }

                  @Override
                  public void failed(UpstreamFailure failure) {
                    results.add(failure.cause() + ": " + failure.detail());
                  }
                }));
    channel.pipeline().fireChannelActive();
  }

  private void receive(String text) {
    channel.writeInbound(Unpooled.copiedBuffer(text, StandardCharsets.ISO_8859_1));
  }
}
