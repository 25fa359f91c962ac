package dev.postern.gateway.net;

import static org.assertj.core.api.Assertions.assertThat;

import dev.postern.gateway.GatewayConfig.Endpoint;
import dev.postern.gateway.dialogue.UpstreamFailure;
import dev.postern.gateway.dialogue.UpstreamFailure.Cause;
import dev.postern.gateway.dialogue.UpstreamPlan.Security;
import dev.postern.store.auth.Scope;
import io.netty.channel.embedded.EmbeddedChannel;
import java.time.Duration;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.EnumSource.Mode;

class CircuitUseTest {
  private final EmbeddedChannel channel = new EmbeddedChannel();
  private final Circuit circuit = new Circuit(channel.eventLoop().ticker(), new Random(1));
  private final LoginPlaces places =
      new LoginPlaces(100, Duration.ofSeconds(5), channel.eventLoop().ticker());

  @Test
  void whoWaitsIsLetInAsTimePassesAlsoWhereNobodyLeaves() {
    channel.freezeTime();
    open();
    use(true).reached();
    AtomicInteger inside = new AtomicInteger();
    for (int i = 0; i < 100; i++) {
      if (places.take(inside::incrementAndGet).orElseThrow().hasPlace()) {
        inside.incrementAndGet();
      }
    }
    for (int expected : new int[] {16, 32, 64, 100}) {
      assertThat(inside).hasValue(expected);
      channel.advanceTimeBy(LoginPlaces.STEP.toMillis(), TimeUnit.MILLISECONDS);
      channel.runScheduledPendingTasks();
    }
    assertThat(channel.hasPendingTasks()).as("nothing goes on").isFalse();
  }

  @Test
  void whereThereWasNoTroubleNobodyIsHeldBack() {
    use(false).reached();
    for (int i = 0; i < 100; i++) {
      assertThat(places.take(() -> {}).orElseThrow().hasPlace()).isTrue();
    }
  }

  @ParameterizedTest
  @EnumSource(
      value = Cause.class,
      names = {"CONNECT", "TLS", "NOT_SERVING", "TIMEOUT", "PROTOCOL"})
  void beforeTheGreetingTheseMeanThatItIsNotReached(Cause cause) {
    for (int i = 0; i < 5; i++) {
      use(false).ended(new UpstreamFailure(cause, ""), false);
    }
    assertThat(circuit.isOpen()).isTrue();
  }

  @ParameterizedTest
  @EnumSource(
      value = Cause.class,
      mode = Mode.EXCLUDE,
      names = {"CONNECT", "TLS"})
  void behindTheGreetingNoneOfTheOthersDoes(Cause cause) {
    for (int i = 0; i < 5; i++) {
      use(false).ended(new UpstreamFailure(cause, ""), true);
    }
    assertThat(circuit.isOpen()).isFalse();
  }

  private void open() {
    for (int i = 0; i < 5; i++) {
      use(false).ended(new UpstreamFailure(Cause.CONNECT, "refused"), false);
    }
    assertThat(circuit.isOpen()).isTrue();
  }

  private CircuitUse use(boolean isUnhindered) {
    UpstreamTarget target =
        new UpstreamTarget(
            "real", Scope.IMAP, new Endpoint("localhost", 143, Security.CLEAR), Optional.empty());
    return new CircuitUse(circuit, target, places, channel.eventLoop(), isUnhindered);
  }
}
