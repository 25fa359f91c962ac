package dev.postern.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.postern.gateway.GatewayConfig.Limits;
import dev.postern.gateway.GatewayConfig.Listener.Tls;
import dev.postern.gateway.dialogue.UpstreamPlan.Security;
import dev.postern.gateway.net.LeakCheck;
import dev.postern.gateway.net.ScriptedUpstream;
import dev.postern.gateway.net.TestLog;
import dev.postern.gateway.net.Wire;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Queue;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** Five hundred clients whose upstream is gone, and comes back. */
@ExtendWith(LeakCheck.class)
class StormSocketTest {
  private static final int CLIENTS = 500;
  private static final Caps CAPS =
      new Caps(
          5_000,
          5_000,
          5_000,
          OptionalInt.of(5_000),
          5_000,
          5_000,
          OptionalInt.of(2_500),
          List.of());

  private static final CredentialBudget UNLIMITED =
      new CredentialBudget(OptionalInt.empty(), OptionalLong.empty(), OptionalLong.empty());

  @TempDir Path folder;

  private final AtomicInteger arrived = new AtomicInteger();
  private final AtomicInteger underWay = new AtomicInteger();
  private final AtomicLong backAt = new AtomicLong();
  private final Queue<String> tooMany = new ConcurrentLinkedQueue<>();
  private volatile boolean isThere;

  private void serve(Wire wire) throws Exception {
    arrived.incrementAndGet();
    if (!isThere) {
      return;
    }
    // Ours begins when the first is greeted; the gateway hears of that later.
    int now = underWay.incrementAndGet();
    long since = backAt.get() == 0 ? 0 : System.nanoTime() - backAt.get();
    long steps = Duration.ofNanos(since).toMillis() / 250;
    int most = steps > 6 ? CLIENTS + 1 : 16 << steps;
    if (now > most) {
      tooMany.add(now + " after " + Duration.ofNanos(since).toMillis() + " ms");
    }
    backAt.compareAndSet(0, System.nanoTime());
    wire.send("220 upstream.test ESMTP\r\n");
    wire.lineStarting("EHLO");
    wire.send("250-upstream.test\r\n250 AUTH PLAIN\r\n");
    wire.lineStarting("AUTH");
    // It takes a while over each, so that those that come together are there together.
    var _ = new CountDownLatch(1).await(20, TimeUnit.MILLISECONDS);
    underWay.decrementAndGet();
    wire.send("235 2.7.0 in\r\n");
    wire.rest();
  }

  @Test
  void theUpstreamIsSparedWhileItIsGoneAndWhenItComesBack() throws Exception {
    Limits usual = GatewayFixture.LIMITS;
    Limits limits =
        new Limits(
            Duration.ofMillis(300),
            Duration.ofSeconds(60),
            Duration.ofSeconds(60),
            1_000,
            usual.relayIdle(),
            usual.timeouts(),
            1_024);
    try (ScriptedUpstream upstream = new ScriptedUpstream(this::serve);
        TestLog log = new TestLog();
        GatewayFixture fixture =
            new GatewayFixture(
                AlteredConfig.of(
                        GatewayFixture.config(
                            folder, Tls.NONE, "127.0.0.1", upstream.port(), Security.CLEAR, limits))
                    .caps(CAPS)
                    .budget(UNLIMITED)
                    .config());
        ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Wire> clients = new ArrayList<>();
      for (int i = 0; i < CLIENTS; i++) {
        clients.add(fixture.client());
      }
      for (int i = 0; i < 5; i++) {
        assertThat(answer(clients.get(i))).startsWith("454 4.7.0 ");
      }
      await().until(() -> isOpen(fixture));
      int before = arrived.get();

      long startedAt = System.nanoTime();
      assertThat(all(threads, clients, StormSocketTest::answer))
          .allMatch(answer -> answer.startsWith("454 4.7.0 "));
      assertThat(Duration.ofNanos(System.nanoTime() - startedAt)).isLessThan(Duration.ofSeconds(5));
      assertThat(arrived.get() - before).as("logins that were tried").isLessThan(5);
      assertThat(log.lines()).filteredOn(line -> line.contains("is not reached")).hasSize(1);

      isThere = true;
      startedAt = System.nanoTime();
      assertThat(all(threads, clients, StormSocketTest::insisting))
          .allMatch(answer -> answer.startsWith("235 "));
      assertThat(Duration.ofNanos(System.nanoTime() - startedAt))
          .isLessThan(Duration.ofSeconds(15));
      assertThat(tooMany).isEmpty();
      assertThat(isOpen(fixture)).isFalse();
      assertThat(log.lines()).filteredOn(line -> line.contains("is reached again")).hasSize(1);
      for (Wire client : clients) {
        client.close();
      }
    }
  }

  private static boolean isOpen(GatewayFixture fixture) {
    return fixture
            .metrics
            .get("postern.upstream.circuit.open")
            .tags("upstream", "real", "protocol", "submission")
            .gauge()
            .value()
        == 1;
  }

  private static String answer(Wire client) throws IOException {
    client.send(GatewayFixture.RIGHT);
    return client.line();
  }

  /** As mail clients do, again and again. */
  private static String insisting(Wire client) throws IOException {
    while (true) {
      String answer = answer(client);
      if (!answer.startsWith("454 ")) {
        return answer;
      }
    }
  }

  private interface Deed {
    String done(Wire client) throws IOException;
  }

  private static List<String> all(ExecutorService threads, List<Wire> clients, Deed deed)
      throws Exception {
    List<Callable<String>> tasks =
        clients.stream().<Callable<String>>map(client -> () -> deed.done(client)).toList();
    List<String> answers = new ArrayList<>();
    for (Future<String> answer : threads.invokeAll(tasks, 60, TimeUnit.SECONDS)) {
      answers.add(answer.get());
    }
    return answers;
  }
}
