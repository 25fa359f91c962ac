package dev.postern.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.postern.gateway.GatewayConfig.Listener.Tls;
import dev.postern.gateway.dialogue.UpstreamPlan.Security;
import dev.postern.gateway.net.LeakCheck;
import dev.postern.gateway.net.ScriptedUpstream;
import dev.postern.gateway.net.Wire;
import dev.postern.store.auth.Scope;
import dev.postern.store.upstream.UpstreamState;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** What a gateway tells operators of its upstreams. */
@ExtendWith(LeakCheck.class)
class UpstreamReportSocketTest {
  private static final Duration SOON = Duration.ofSeconds(20);

  @TempDir Path folder;

  private final CountDownLatch isAsked = new CountDownLatch(1);
  private final CountDownLatch mayAnswer = new CountDownLatch(1);
  private volatile boolean isThere;

  private void serve(Wire wire) throws Exception {
    if (!isThere) {
      return;
    }
    wire.send("220 upstream.test ESMTP\r\n");
    wire.lineStarting("EHLO");
    wire.send("250-upstream.test\r\n250 AUTH PLAIN\r\n");
    wire.lineStarting("AUTH");
    isAsked.countDown();
    var _ = mayAnswer.await(20, TimeUnit.SECONDS);
    wire.send("235 2.7.0 in\r\n");
    wire.rest();
  }

  @Test
  void saysSinceWhenAnUpstreamIsNotReachedAndWhenItLetSomebodyIn() throws Exception {
    Instant before = Instant.now();
    try (ScriptedUpstream upstream = new ScriptedUpstream(this::serve);
        GatewayFixture fixture =
            new GatewayFixture(
                GatewayFixture.config(
                    folder,
                    Tls.NONE,
                    "127.0.0.1",
                    upstream.port(),
                    Security.CLEAR,
                    GatewayFixture.LIMITS))) {
      assertThat(report(fixture).protocol()).isEqualTo(Scope.SUBMISSION);
      assertThat(report(fixture).load().most()).isPositive();
      assertThat(report(fixture).lastLogin()).isEmpty();

      await()
          .atMost(SOON)
          .until(() -> {
            var _ = answer(fixture);
            return report(fixture).openSince().isPresent();
          });
      UpstreamState open = report(fixture);
      assertThat(open.openSince().orElseThrow()).isBetween(before.minusMillis(5), Instant.now());
      assertThat(open.lastFailure().orElseThrow().cause()).isIn("protocol", "connect", "timeout");
      assertThat(open.lastFailure().orElseThrow().at()).isBetween(before, Instant.now());
      assertThat(report(fixture).openSince()).as("the same each time").isEqualTo(open.openSince());

      isThere = true;
      CompletableFuture<String> let = CompletableFuture.supplyAsync(() -> insisting(fixture));
      assertThat(isAsked.await(SOON.toSeconds(), TimeUnit.SECONDS)).isTrue();
      assertThat(report(fixture).load().underWay()).isPositive();
      assertThat(report(fixture).lastLogin()).isEmpty();
      mayAnswer.countDown();
      assertThat(let.get(SOON.toSeconds(), TimeUnit.SECONDS)).startsWith("235 ");

      UpstreamState sound = report(fixture);
      assertThat(sound.openSince()).isEmpty();
      assertThat(sound.lastLogin().orElseThrow()).isBetween(before, Instant.now());
      assertThat(sound.lastFailure()).as("of before").isPresent();
      await().atMost(SOON).until(() -> report(fixture).load().underWay() == 0);
    }
  }

  /** As mail clients do, again and again. */
  private static String insisting(GatewayFixture fixture) {
    try {
      while (true) {
        String answer = answer(fixture);
        if (!answer.startsWith("454 ")) {
          return answer;
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String answer(GatewayFixture fixture) throws IOException {
    try (Wire client = fixture.client()) {
      client.send(GatewayFixture.RIGHT);
      return client.line();
    }
  }

  private static UpstreamState report(GatewayFixture fixture) {
    return fixture.reports.element().now().getFirst();
  }
}
