package dev.postern.gateway.observe;

import static org.assertj.core.api.Assertions.assertThat;

import dev.postern.store.auth.Scope;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class SessionMetricsTest {
  private static final InetSocketAddress HERE =
      new InetSocketAddress(InetAddress.getLoopbackAddress(), 993);

  private final SimpleMeterRegistry meters = new SimpleMeterRegistry();
  private final SimpleMeterRegistry timers = new SimpleMeterRegistry();
  private final List<String> marked = new ArrayList<>();
  private final SessionMetrics metrics =
      new SessionMetrics(
          new Metering(
              meters,
              timers,
              (session, measurement) -> {
                marked.add(session);
                measurement.run();
              }),
          List.of(Scope.IMAP),
          List.of("mail"));

  @Test
  void timesSayWhichSessionTheyAreOf() {
    metrics.answered(session("one"), Duration.ofMillis(1));
    metrics.upstreamReady(session("two"), "mail", Duration.ofMillis(2));
    metrics.revoked(session("three"), Duration.ofMillis(3));

    assertThat(marked).containsExactly("one", "two", "three");
    assertThat(timers.get("postern.login").timer().totalTime(TimeUnit.MILLISECONDS)).isEqualTo(1);
    assertThat(timers.get("postern.upstream.login").timer().totalTime(TimeUnit.MILLISECONDS))
        .isEqualTo(2);
    assertThat(timers.get("postern.revocation").timer().totalTime(TimeUnit.MILLISECONDS))
        .isEqualTo(3);
  }

  /** They are too many to look for a session at each. */
  @Test
  void relayedBytesAreWhereNoSessionIsLookedFor() {
    metrics.relayed(Scope.IMAP, Direction.DOWN, 7);

    assertThat(meters.get("postern.relay.bytes").tag("direction", "down").counter().count())
        .isEqualTo(7);
    assertThat(timers.find("postern.relay.bytes").meter()).isNull();
    assertThat(marked).isEmpty();
  }

  private static Session session(String id) {
    return new Session(id, Scope.IMAP, Session.Tls.IMPLICIT, HERE, HERE);
  }
}
